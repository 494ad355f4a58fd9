slipway-src += \
	mkimage/fs/blocks_gc.c \
	mkimage/fs/blocks_open.c \
	mkimage/fs/blocks_table.c \
	mkimage/fs/fs_cpio.c \
	mkimage/fs/fs_erofs.c \
	mkimage/fs/fs_erofs_dir.c \
	mkimage/fs/fs_erofs_xattr.c \
	mkimage/fs/fs_iso.c \
	mkimage/fs/fs_iso_dirs.c \
	mkimage/fs/fs_iso_rock.c \
	mkimage/fs/fs_nodes.c \
	mkimage/fs/fs_squashfs.c \
	mkimage/fs/fs_squashfs_blocks.c \
	mkimage/fs/fs_squashfs_data.c \
	mkimage/fs/fs_squashfs_files.c \
	mkimage/fs/fs_squashfs_inodes.c \
	mkimage/fs/fs_squashfs_io.c \
	mkimage/fs/fs_squashfs_packer.c \
	mkimage/fs/fs_squashfs_pool.c \
	mkimage/fs/fs_squashfs_tails.c \
	mkimage/fs/fs_tar.c \
	mkimage/fs/fs_tar_pax.c
unit-tests += tests/unit/fs_archive_test.c tests/unit/fs_blocks_image_test.c tests/unit/fs_blocks_test.c tests/unit/fs_mounted_test.c tests/unit/fs_squashfs_test.c
