slipway-src += \
	mkimage/layer/layer_apply.c \
	mkimage/layer/layer_blame.c \
	mkimage/layer/layer_gc.c \
	mkimage/layer/layer_index.c \
	mkimage/layer/layer_media.c \
	mkimage/layer/layer_open.c \
	mkimage/layer/layer_pack.c \
	mkimage/layer/layer_path.c \
	mkimage/layer/layer_unpack.c \
	mkimage/layer/layer_verify.c \
	mkimage/layer/layer_write.c
unit-tests += \
	tests/unit/layer_refuse_test.c \
	tests/unit/layer_unpack_test.c \
	tests/unit/layer_write_test.c
