slipway-src += \
	mkimage/out/clusters.c \
	mkimage/out/out_commit.c \
	mkimage/out/out_create.c \
	mkimage/out/out_stream.c \
	mkimage/out/out_write.c \
	mkimage/out/qcow2_write.c \
	mkimage/out/sparse_tar.c \
	mkimage/out/vhd_write.c \
	mkimage/out/vmdk_write.c
unit-tests += tests/unit/disk_image_test.c tests/unit/out_fallback_test.c tests/unit/out_write_test.c
