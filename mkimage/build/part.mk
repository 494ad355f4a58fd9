slipway-src += \
	mkimage/build/artefacts.c \
	mkimage/build/boot_parts.c \
	mkimage/build/build_bundles.c \
	mkimage/build/build_disk.c \
	mkimage/build/build_entries.c \
	mkimage/build/build_files.c \
	mkimage/build/build_images.c \
	mkimage/build/build_kernel.c \
	mkimage/build/build_outputs.c \
	mkimage/build/build_sbom.c \
	mkimage/build/build_sign.c \
	mkimage/build/build_tree.c \
	mkimage/build/build_verity.c \
	mkimage/build/build_volumes.c \
	mkimage/build/efi_program.c \
	mkimage/build/format_disk.c \
	mkimage/build/format_drivers.c \
	mkimage/build/format_files.c \
	mkimage/build/format_microvm.c \
	mkimage/build/format_oci.c \
	mkimage/build/format_rpi.c \
	mkimage/build/formats.c \
	mkimage/build/gzip_copy.c \
	mkimage/build/initrd.c \
	mkimage/build/initrd_room.c \
	mkimage/build/kernel_elf.c \
	mkimage/build/kernel_modules.c \
	mkimage/build/kernel_tar.c \
	mkimage/build/metadata.c \
	mkimage/build/metadata_yaml.c \
	mkimage/build/modules.c \
	mkimage/build/modules_filter.c \
	mkimage/build/mount_points.c
unit-tests += tests/unit/build_modules_test.c
