# Compilers, flags and where things land. CONFIG picks the host build: gcc (default), clang, asan, fuzz, cross: the
# builder for the other architecture (tests/repro/other-host).

CONFIG ?= gcc
ifeq ($(CONFIG),gcc)
host-cc := gcc
else
host-cc := clang
endif

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

# Targets have this machine's architecture, or the other one, for which a cross compiler works on a sysroot.
host-cpu := $(shell uname -m)
ifeq ($(host-cpu),x86_64)
cross-cpu := aarch64
cross-arch := arm64
else
cross-cpu := x86_64
cross-arch := amd64
endif
# UEFI's names of the machines.
efi-x86_64 := x64
efi-aarch64 := aa64
branch-protection-x86_64 := -fcf-protection=full
branch-protection-aarch64 := -mbranch-protection=standard
branch-protection := $(branch-protection-$(host-cpu))

comma := ,
host-deps := $(build)/deps/host
musl-deps := $(build)/deps/musl
cross-deps := $(build)/deps/musl-$(cross-arch)

host-cflags := $(common) -O2 -g -D_FORTIFY_SOURCE=2 -fstack-clash-protection $(branch-protection) -fPIE \
	$(if $(filter gcc,$(host-cc)),$(gcc-only)) -isystem $(host-deps)/include
host-ldflags := -pie -Wl,--as-needed -Wl,-z,relro,-z,now,-z,noexecstack
host-libraries := -lyyjson -lseccomp -lyaml -lcrypto -lsquashfs -lz -lzstd -lpthread
host-libs := -L$(host-deps)/lib $(host-libraries)
sanitized := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -isystem $(host-deps)/include
ifeq ($(CONFIG),asan)
host-cflags := $(common) $(sanitized)
host-ldflags := -fsanitize=address,undefined
endif
ifeq ($(CONFIG),cross)
host-cc := $(cross-cpu)-linux-gnu-gcc
host-deps := $(build)/deps/host-$(cross-arch)
host-sysroot := $(host-deps)/sysroot
host-cflags := $(common) $(gcc-only) -O2 -fPIE -isystem $(host-deps)/include -idirafter $(host-sysroot)/usr/include \
	-idirafter $(host-sysroot)/usr/include/$(cross-cpu)-linux-gnu
host-libs := -Wl,--sysroot=$(host-sysroot) -L$(host-deps)/lib $(foreach lib,usr/lib lib,-L$(host-sysroot)/$(lib)/$(cross-cpu)-linux-gnu \
	-Wl$(comma)-rpath-link=$(host-sysroot)/$(lib)/$(cross-cpu)-linux-gnu) $(host-libraries)
endif
ifeq ($(CONFIG),fuzz)
host-cflags := $(common) $(sanitized) -fsanitize=fuzzer-no-link
host-ldflags := -fsanitize=address,undefined
endif

# Size first on the target. musl's compilers know no kernel headers: those of the distribution follow last.
target-cflags := $(common) $(gcc-only) -Os -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fomit-frame-pointer -flto
# A program's objects, those of its libraries with them, become one first, compiled as a whole with main as its only door
# (LLVM's linker cannot read gcc's objects, and -r with gcc's plugin would keep every function for callers elsewhere).
whole-program := -flto-partition=one -flto=1 -fwhole-program -fno-use-linker-plugin -flinker-output=pie -r -nostdlib
# Arm: no calls that choose at run time between two kinds of atomic instructions; nothing here contends for them.
# The stack protector's value is where musl has it for each thread (pthread_impl.h: 16 bytes below the thread pointer).
lean-aarch64 := -mno-outline-atomics -mstack-protector-guard=sysreg -mstack-protector-guard-reg=tpidr_el0 \
	-mstack-protector-guard-offset=-16
musl-cc := musl-gcc
musl-cflags := $(target-cflags) $(branch-protection) $(lean-$(host-cpu)) -isystem $(musl-deps)/include \
	-idirafter /usr/include/$(host-cpu)-linux-gnu -idirafter /usr/include
cross-cc := $(cross-cpu)-linux-gnu-gcc -specs=$(cross-deps)/musl-gcc.specs
cross-cflags := $(target-cflags) $(branch-protection-$(cross-cpu)) $(lean-$(cross-cpu)) -isystem $(cross-deps)/include \
	-idirafter /usr/$(cross-cpu)-linux-gnu/include
# musl's spec file does not know -static-pie (it links a program that asks for ld-musl): spelled out.
target-ldflags := -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text \
	-s -Wl,--gc-sections,--build-id=none -Wl,-z,relro,-z,now,-z,noexecstack
# A fifth smaller: LLVM's linker packs relocations, which base/start.c applies, and leaves no gaps between segments.
# (GNU's of bookworm packs none on Arm, and fills up to 64 KB there.)
packed-ldflags = -B$(dir $(shell readlink -f /usr/bin/ld.lld)) -fuse-ld=lld -e start \
	-Wl,--pack-dyn-relocs=relr,-O2,--icf=all,--hash-style=gnu
crt := rcrt1.o crti.o crtn.o
musl-ldflags := $(addprefix /usr/lib/$(host-cpu)-linux-musl/,$(crt)) $(target-ldflags)
cross-ldflags := $(addprefix $(cross-deps)/sysroot/usr/lib/$(cross-cpu)-linux-musl/,$(crt)) $(target-ldflags)

host-dir := $(build)/$(CONFIG)
musl-dir := $(build)/musl
cross-dir := $(build)/musl-$(cross-arch)
bin := $(build)/bin
lib := $(host-dir)/libslipway.a
obj = $(patsubst %.c,$(1)/%.o,$(2))
