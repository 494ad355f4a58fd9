slipway-src += \
	mkimage/out/out_commit.c \
	mkimage/out/out_create.c \
	mkimage/out/out_write.c
unit-tests += tests/unit/out_fallback_test.c tests/unit/out_write_test.c
