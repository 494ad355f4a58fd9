slipway-src += \
	mkimage/inspect/compare.c \
	mkimage/inspect/expand.c \
	mkimage/inspect/expand_qcow2.c \
	mkimage/inspect/expand_vhd.c \
	mkimage/inspect/expand_vmdk.c \
	mkimage/inspect/find.c \
	mkimage/inspect/first.c \
	mkimage/inspect/inspect_open.c \
	mkimage/inspect/part.c \
	mkimage/inspect/pcrs.c \
	mkimage/inspect/read_cmdline.c \
	mkimage/inspect/read_cpio.c \
	mkimage/inspect/read_erofs.c \
	mkimage/inspect/read_fat.c \
	mkimage/inspect/read_gpt.c \
	mkimage/inspect/read_iso.c \
	mkimage/inspect/read_kernel.c \
	mkimage/inspect/read_oci.c \
	mkimage/inspect/read_rock_ridge.c \
	mkimage/inspect/read_squashfs.c \
	mkimage/inspect/read_tar.c \
	mkimage/inspect/read_uki.c \
	mkimage/inspect/signatures.c \
	mkimage/inspect/squash_in.c
