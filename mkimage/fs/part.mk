slipway-src += \
	mkimage/fs/fs_cpio.c \
	mkimage/fs/fs_nodes.c \
	mkimage/fs/fs_tar.c \
	mkimage/fs/fs_tar_pax.c
