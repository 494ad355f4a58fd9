slipway-src += \
	mkimage/tree/tree_content.c \
	mkimage/tree/tree_enter.c \
	mkimage/tree/tree_find.c \
	mkimage/tree/tree_follow.c \
	mkimage/tree/tree_put.c \
	mkimage/tree/tree_walk.c
unit-tests += tests/unit/tree_put_test.c
