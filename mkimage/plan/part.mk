slipway-src += \
	mkimage/plan/plan_capabilities.c \
	mkimage/plan/plan_disk.c \
	mkimage/plan/plan_files.c \
	mkimage/plan/plan_ids.c \
	mkimage/plan/plan_images.c \
	mkimage/plan/plan_limits.c \
	mkimage/plan/plan_make.c \
	mkimage/plan/plan_memory.c \
	mkimage/plan/plan_merge.c \
	mkimage/plan/plan_mounts.c \
	mkimage/plan/plan_namespaces.c \
	mkimage/plan/plan_seccomp.c \
	mkimage/plan/plan_services.c \
	mkimage/plan/plan_settings.c \
	mkimage/plan/plan_sign.c \
	mkimage/plan/plan_verify.c \
	mkimage/plan/plan_volumes.c \
	mkimage/plan/resolved_config.c \
	mkimage/plan/resolved_field.c \
	mkimage/plan/seccomp_default.c \
	mkimage/plan/seccomp_read.c
unit-tests += tests/unit/plan_make_test.c
