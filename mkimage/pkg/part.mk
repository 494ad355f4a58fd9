slipway-src += \
	mkimage/pkg/apt_fetch.c \
	mkimage/pkg/apt_line.c \
	mkimage/pkg/apt_open.c \
	mkimage/pkg/apt_resolve.c \
	mkimage/pkg/apt_root.c \
	mkimage/pkg/apt_update.c \
	mkimage/pkg/deb_data.c \
	mkimage/pkg/deb_follow.c \
	mkimage/pkg/deb_merged.c \
	mkimage/pkg/deb_needs.c \
	mkimage/pkg/deb_select.c \
	mkimage/pkg/deb_unpack.c \
	mkimage/pkg/elf.c \
	mkimage/pkg/glob.c
