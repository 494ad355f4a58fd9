slipway-src += \
	mkimage/lock/lock_check.c \
	mkimage/lock/lock_compare.c \
	mkimage/lock/lock_make.c \
	mkimage/lock/lock_parse.c \
	mkimage/lock/lock_text.c \
	mkimage/lock/pack_read.c \
	mkimage/lock/pack_write.c
unit-tests += tests/unit/lock_text_test.c
