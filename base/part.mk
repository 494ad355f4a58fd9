base-src += \
	base/arena.c \
	base/clock.c \
	base/diag.c \
	base/diag_print.c \
	base/digest.c \
	base/dir.c \
	base/fd.c \
	base/file.c \
	base/spawn.c \
	base/utf8.c
