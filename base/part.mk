base-src += \
	base/arena.c \
	base/clock.c \
	base/diag.c \
	base/diag_print.c \
	base/digest.c \
	base/dir.c \
	base/fd.c \
	base/file.c \
	base/json.c \
	base/json_text.c \
	base/library.c \
	base/near.c \
	base/path.c \
	base/spawn.c \
	base/utf8.c

unit-tests += \
	tests/unit/base_system_test.c \
	tests/unit/base_text_test.c \
	tests/unit/format_test.c \
	tests/unit/json_test.c
