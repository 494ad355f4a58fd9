# The images that the examples need, into the store below build/. Quick when nothing changed.

package-folders := $(addprefix packages/,busybox init system-runtime getty dhcp sysctl ntp sshd nginx) \
	kernel/debian-cloud

.PHONY: packages
packages: all
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --programs $(bin) $(package-folders)
