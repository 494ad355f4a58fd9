# make            the programs, into build/bin/
# make run        build examples/minimal.yml and boot it in QEMU
# make test       everything that CI checks
# make test-slow  boots every format under every firmware, and makes the table of docs/formats.md
# make packages   the images that the examples need, into build/store/
# make packages-hosts  docker, containerd, podman and a registry, which are large, into build/store/
# make kernel     VARIANT=virt|microvm|metal|rpi: our kernel from source, into build/store/; takes minutes
# make kernel-debian   Debian's kernel for bare metal, into build/store/; kernel-debian-rpi for the Raspberry Pi
# make test-kernel  our kernels that the store has, as they run; a kernel that takes modules
# make unit       unit tests; CONFIG=gcc|clang|asan
# make cases      golden cases; CASE=AREA/NAME for one; make bless CASE=... writes what they print now
# make lint       layering, sizes, formatting, warnings
# make fuzz       FUZZ=NAME SECONDS=60: looks for new inputs for a parser
# make bench      budgets as ratios against a floor
# make bench-runtimes   ours beside crun, runc, bubblewrap and a floor
# make defences   breaks each defence of the runtime: its attack test must fail
# make clean      forgets everything under build/
# make help       this list
#
# Each folder has a part.mk that names its sources; objects land in build/<config>/.

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/bash
export LC_ALL := C
export TZ := UTC

build := build
all:

# Sources, by what they end up in.
base-src :=
slipway-src :=
init-src :=
runtime-src :=
svc-src :=
unit-tests :=
fuzz-src :=

parts := base yaml $(addprefix mkimage/,store registry signature sign sbom layer tree fs disk out pkg plan lock check bundle build run inspect cli) \
	init system-runtime packages kernel tests
include setup/toolchain.mk
include $(wildcard $(addsuffix /part.mk,$(parts)))
include setup/rules.mk
