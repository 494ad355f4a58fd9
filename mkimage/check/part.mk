slipway-src += \
	mkimage/check/check_command.c \
	mkimage/check/check_commands.c \
	mkimage/check/check_init.c \
	mkimage/check/check_libraries.c \
	mkimage/check/check_look.c \
	mkimage/check/check_memory.c \
	mkimage/check/check_mounts.c \
	mkimage/check/check_plan.c \
	mkimage/check/check_ports.c \
	mkimage/check/check_say.c
