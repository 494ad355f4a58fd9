slipway-src += \
	mkimage/bundle/bundle_config.c \
	mkimage/bundle/bundle_limits.c \
	mkimage/bundle/bundle_linux.c \
	mkimage/bundle/bundle_resources.c \
	mkimage/bundle/bundle_runtime.c \
	mkimage/bundle/bundle_seccomp.c \
	mkimage/bundle/bundle_write.c
unit-tests += tests/unit/bundle_config_test.c
