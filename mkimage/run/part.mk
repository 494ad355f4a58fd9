slipway-src += \
	mkimage/run/run_command.c \
	mkimage/run/run_devices.c \
	mkimage/run/run_exec.c \
	mkimage/run/run_exit.c \
	mkimage/run/run_keys.c \
	mkimage/run/run_memory.c \
	mkimage/run/run_screen.c \
	mkimage/run/run_share.c \
	mkimage/run/run_tpm.c \
	mkimage/run/run_words.c
unit-tests += tests/unit/run_command_test.c
