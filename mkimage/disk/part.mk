slipway-src += \
	mkimage/disk/boot_write.c \
	mkimage/disk/disk_part.c \
	mkimage/disk/disk_types.c \
	mkimage/disk/disk_write.c \
	mkimage/disk/esp_write.c \
	mkimage/disk/fat_layout.c \
	mkimage/disk/fat_names.c \
	mkimage/disk/fat_write.c \
	mkimage/disk/gpt_write.c \
	mkimage/disk/iso_boot.c \
	mkimage/disk/iso_volume.c \
	mkimage/disk/iso_write.c \
	mkimage/disk/syslinux_config.c \
	mkimage/disk/syslinux_install.c \
	mkimage/disk/syslinux_read.c \
	mkimage/disk/uki_stub.c \
	mkimage/disk/uki_write.c \
	mkimage/disk/verity_write.c \
	mkimage/disk/verity_level.c
unit-tests += \
	tests/unit/disk_boot_test.c \
	tests/unit/disk_fat_test.c \
	tests/unit/disk_iso_test.c \
	tests/unit/disk_uki_test.c \
	tests/unit/disk_verity_test.c
