# Kernels beyond the one of `make packages` (docs/kernel.md): ours from source takes minutes of compiling, Debian's for all
# machines a hundred megabytes. So neither is a part of `make packages`, and `make test` compiles the smallest, and that only
# when what it is made of has changed.

VARIANT ?= virt
KERNEL_ARCH ?= amd64
$(build)/kernel-setup.stamp: kernel/packages.txt setup/install | $(build)/setup.stamp
	@mkdir -p $(@D)
	@setup/install kernel/packages.txt
	@touch $@

.PHONY: kernel kernel-debian kernel-debian-rpi
kernel: all $(build)/kernel-setup.stamp
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch $(KERNEL_ARCH) kernel/slipway/$(VARIANT)
kernel-debian: all
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch amd64,arm64 kernel/debian
kernel-debian-rpi: all
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch arm64 kernel/debian-rpi

# The same again into an empty store.
again := $(build)/kernel-again
inspect = SLIPWAY_STORE=$(1) $(bin)/slipway image inspect --json slipway/kernel-$(VARIANT)
.PHONY: kernel-repro test-kernel
kernel-repro: kernel
	@rm -rf $(again) && mkdir -p $(again)
	@SLIPWAY_STORE=$(again) $(bin)/slipway pkg build --arch $(KERNEL_ARCH) kernel/slipway/$(VARIANT)
	@$(call inspect,$(build)/store) >$(build)/kernel-first.json
	@$(call inspect,$(again)) | diff -u $(build)/kernel-first.json -
	@echo "kernel-$(VARIANT): two builds, the same digests"

# What the store has of ours, as it runs, and a kernel that takes modules, compiled for it; KERNEL=NAME for one of them.
test-kernel: packages $(build)/test-setup.stamp $(build)/kernel-setup.stamp
	@SLIPWAY_STORE=$(CURDIR)/$(build)/store timeout 7200 /usr/bin/python3 -m pytest -q -rs -p no:cacheprovider \
		-W ignore::pytest.PytestUnknownMarkWarning tests/kernel -k "$(KERNEL)" --junitxml=$(build)/slow/kernel.xml
test-slow: test-kernel

# Once per change of what the smallest is made of: most of the fragments are in it.
kernel-tests: all
	@tag=$$($(bin)/slipway pkg show-tag kernel/slipway/microvm); \
	if grep -qxF "$$tag" kernel/tested; then echo "$$tag: kernel/tested has it"; else \
		$(MAKE) --no-print-directory VARIANT=microvm kernel && \
		$(MAKE) --no-print-directory KERNEL=microvm test-kernel && echo "$$tag passed: put it into kernel/tested"; fi
.PHONY: kernel-tests
