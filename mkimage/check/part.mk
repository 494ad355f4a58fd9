slipway-src += \
	mkimage/check/check_command.c \
	mkimage/check/check_libraries.c \
	mkimage/check/check_mounts.c \
	mkimage/check/check_plan.c \
	mkimage/check/check_ports.c
