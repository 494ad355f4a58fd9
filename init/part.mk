# The parsers: pure, so that the host tests and fuzzes the very code that boots the machine.
init-pure := \
	init/bootconf.c \
	init/fmt.c \
	init/kopt.c \
	init/modalias.c \
	init/moddep.c \
	init/mountinfo.c \
	init/partuuid.c \
	init/span.c \
	init/verity_table.c

init-src += \
	$(init-pure) \
	init/blockdev.c \
	init/clock.c \
	init/coldplug.c \
	init/devices.c \
	init/hotplug.c \
	init/identity.c \
	init/line.c \
	init/log.c \
	init/loop.c \
	init/main.c \
	init/modprobe.c \
	init/module.c \
	init/mounts.c \
	init/power_button.c \
	init/rescue.c \
	init/root.c \
	init/shutdown.c \
	init/spawn.c \
	init/stage.c \
	init/supervise.c \
	init/switch_root.c \
	init/sysfile.c \
	init/uevent.c \
	init/unmount.c \
	init/verity.c \
	init/wait.c \
	init/watchdog.c

# The line to the supervisor too, for its test.
slipway-src += $(init-pure) init/line.c
unit-tests += \
	tests/unit/init_line_test.c \
	tests/unit/init_modules_test.c \
	tests/unit/init_options_test.c \
	tests/unit/init_partuuid_test.c
