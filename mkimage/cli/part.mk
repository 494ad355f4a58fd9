slipway-src += \
	mkimage/cli/command_build.c \
	mkimage/cli/command_bundle.c \
	mkimage/cli/command_check.c \
	mkimage/cli/command_completion.c \
	mkimage/cli/command_image.c \
	mkimage/cli/command_info.c \
	mkimage/cli/command_lock.c \
	mkimage/cli/command_migrate.c \
	mkimage/cli/command_pkg.c \
	mkimage/cli/command_registry.c \
	mkimage/cli/command_run.c \
	mkimage/cli/command_show.c \
	mkimage/cli/command_store.c \
	mkimage/cli/command_tree.c \
	mkimage/cli/commands.c \
	mkimage/cli/fetch.c \
	mkimage/cli/help.c \
	mkimage/cli/inputs.c \
	mkimage/cli/locked.c \
	mkimage/cli/main.c \
	mkimage/cli/options.c \
	mkimage/cli/show_json.c \
	mkimage/cli/show_yaml.c \
	mkimage/cli/templates.c
