# The images that the examples need, for both architectures, into the store below build/. Quick when nothing changed.

package-folders := $(addprefix packages/,busybox init system-runtime getty dhcp sysctl ntp sshd nginx disk modprobe sysfs format mount \
	extend swap losetup ip kmsg poweroff firewall node-exporter metadata ca-certificates logforward dm-crypt redis qemu-ga) \
	kernel/debian-cloud examples/site

metadata-src := $(addprefix packages/metadata/,main.c text.c json.c http.c providers.c disk.c firmware.c smbios.c \
	nocloud.c vmware.c output.c)

.PHONY: packages
packages: all
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch amd64,arm64 --programs $(bin) $(package-folders)

# Those of container hosts and others that are large: no part of `make packages`, which `make test` needs.
host-packages := docker containerd podman registry binfmt debug firmware
.PHONY: packages-hosts
packages-hosts: packages
	@SLIPWAY_STORE=$(build)/store $(bin)/slipway pkg build --arch amd64,arm64 --programs $(bin) $(addprefix packages/,$(host-packages))

unit-tests += tests/unit/package_disk_test.c tests/unit/metadata_vmware_test.c
