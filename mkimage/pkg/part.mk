slipway-src += \
	mkimage/pkg/linuxkit_recipe.c \
	mkimage/pkg/linuxkit_tag.c \
	mkimage/pkg/apt_fetch.c \
	mkimage/pkg/apt_line.c \
	mkimage/pkg/apt_open.c \
	mkimage/pkg/apt_resolve.c \
	mkimage/pkg/apt_root.c \
	mkimage/pkg/apt_update.c \
	mkimage/pkg/archive_api.c \
	mkimage/pkg/compile_depends.c \
	mkimage/pkg/deb_control.c \
	mkimage/pkg/deb_data.c \
	mkimage/pkg/deb_follow.c \
	mkimage/pkg/deb_merged.c \
	mkimage/pkg/deb_needs.c \
	mkimage/pkg/deb_select.c \
	mkimage/pkg/deb_unpack.c \
	mkimage/pkg/elf.c \
	mkimage/pkg/elf_read.c \
	mkimage/pkg/glob.c

slipway-src += \
	mkimage/pkg/archive_api.c \
	mkimage/pkg/kernel_board.c \
	mkimage/pkg/kernel_depmod.c \
	mkimage/pkg/kernel_list.c \
	mkimage/pkg/kbuild.c \
	mkimage/pkg/kconfig.c \
	mkimage/pkg/linux_asides.c \
	mkimage/pkg/linux_make.c \
	mkimage/pkg/musl.c \
	mkimage/pkg/pkg_asides.c \
	mkimage/pkg/pkg_build.c \
	mkimage/pkg/pkg_compile.c \
	mkimage/pkg/pkg_config.c \
	mkimage/pkg/pkg_debian.c \
	mkimage/pkg/pkg_files.c \
	mkimage/pkg/pkg_folder.c \
	mkimage/pkg/pkg_image.c \
	mkimage/pkg/pkg_index.c \
	mkimage/pkg/pkg_json.c \
	mkimage/pkg/pkg_kernel.c \
	mkimage/pkg/pkg_linux.c \
	mkimage/pkg/pkg_modules.c \
	mkimage/pkg/pkg_put.c \
	mkimage/pkg/pkg_sbom.c \
	mkimage/pkg/pkg_source.c \
	mkimage/pkg/pkg_tag.c \
	mkimage/pkg/pkg_work.c \
	mkimage/pkg/recipe_check.c \
	mkimage/pkg/recipe_fields.c \
	mkimage/pkg/recipe_parse.c \
	mkimage/pkg/source_fetch.c \
	mkimage/pkg/source_make.c \
	mkimage/pkg/source_select.c
unit-tests += \
	tests/unit/compile_depends_test.c \
	tests/unit/pkg_apt_test.c \
	tests/unit/pkg_deb_test.c \
	tests/unit/pkg_elf_test.c \
	tests/unit/pkg_kconfig_test.c \
	tests/unit/pkg_recipe_test.c
