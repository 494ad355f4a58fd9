# Compilers, flags and where things land. CONFIG picks the host build: gcc (default), clang, asan, fuzz.

CONFIG ?= gcc
ifeq ($(CONFIG),gcc)
host-cc := gcc
else
host-cc := clang
endif
musl-cc := musl-gcc
musl-arch := $(shell uname -m)-linux-gnu

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wwrite-strings -Wcast-qual -Wundef -Wvla -Wformat=2 -Wswitch-enum \
	-Wimplicit-fallthrough -Wnull-dereference -Wdate-time \
	-Werror=implicit-function-declaration -Werror=int-conversion \
	-Werror=incompatible-pointer-types -Werror=return-type
ifdef CI
warnings += -Werror
endif

common := -std=gnu11 -D_GNU_SOURCE -I. -include base/banned.h $(warnings) \
	-ffile-prefix-map=$(CURDIR)=. -fno-common -fvisibility=hidden \
	-fstack-protector-strong -MMD -MP
# clang 14 still hides this one behind a second flag.
gcc-only := -ftrivial-auto-var-init=zero

host-arch := $(shell uname -m)
ifeq ($(host-arch),x86_64)
branch-protection := -fcf-protection=full
else
branch-protection := -mbranch-protection=standard
endif

host-deps := $(build)/deps/host
musl-deps := $(build)/deps/musl

host-cflags := $(common) -O2 -g -D_FORTIFY_SOURCE=2 -fstack-clash-protection $(branch-protection) -fPIE \
	$(if $(filter gcc,$(host-cc)),$(gcc-only)) -isystem $(host-deps)/include
host-ldflags := -pie -Wl,-z,relro,-z,now,-z,noexecstack
host-libs := -L$(host-deps)/lib -lyyjson -lseccomp -lyaml -larchive -lcrypto -lsquashfs -lz -lzstd -lpthread
sanitized := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -isystem $(host-deps)/include
ifeq ($(CONFIG),asan)
host-cflags := $(common) $(sanitized)
host-ldflags := -fsanitize=address,undefined
endif
ifeq ($(CONFIG),fuzz)
host-cflags := $(common) $(sanitized) -fsanitize=fuzzer-no-link
host-ldflags := -fsanitize=address,undefined
endif

# Size first on the target. musl-gcc knows no kernel headers: those of the distribution follow last.
musl-cflags := $(common) $(gcc-only) -Os -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-unwind-tables $(branch-protection) -isystem $(musl-deps)/include \
	-idirafter /usr/include/$(musl-arch) -idirafter /usr/include
# musl-gcc's spec file does not know -static-pie (it links a program that asks for ld-musl): spelled out.
musl-crt := /usr/lib/$(shell uname -m)-linux-musl
musl-ldflags := -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text \
	$(addprefix $(musl-crt)/,rcrt1.o crti.o crtn.o) \
	-s -Wl,--gc-sections,--build-id=none -Wl,-z,relro,-z,now,-z,noexecstack

host-dir := $(build)/$(CONFIG)
musl-dir := $(build)/musl
bin := $(build)/bin
lib := $(host-dir)/libslipway.a
obj = $(patsubst %.c,$(1)/%.o,$(2))
