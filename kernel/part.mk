# Kernels from source (docs/kernel.md). Minutes of compiling: no part of `make packages` or `make test`, which take
# Debian's kernel.

VARIANT ?= virt
KERNEL_ARCH ?= amd64
$(build)/kernel-setup.stamp: kernel/packages.txt setup/install | $(build)/setup.stamp
	@mkdir -p $(@D)
	@setup/install kernel/packages.txt
	@touch $@

.PHONY: kernel
kernel: all $(build)/kernel-setup.stamp
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch $(KERNEL_ARCH) kernel/slipway/$(VARIANT)
