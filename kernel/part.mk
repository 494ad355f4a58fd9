# Kernels beyond the one of `make packages` (docs/kernel.md): ours from source takes minutes of compiling, Debian's for all
# machines a hundred megabytes. So neither is a part of `make packages` or `make test`.

VARIANT ?= virt
KERNEL_ARCH ?= amd64
$(build)/kernel-setup.stamp: kernel/packages.txt setup/install | $(build)/setup.stamp
	@mkdir -p $(@D)
	@setup/install kernel/packages.txt
	@touch $@

.PHONY: kernel kernel-debian
kernel: all $(build)/kernel-setup.stamp
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch $(KERNEL_ARCH) kernel/slipway/$(VARIANT)
kernel-debian: all
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch amd64,arm64 kernel/debian
