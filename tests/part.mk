# make test and its parts. Each part runs alone too; CI runs the same.

fuzz-src += $(wildcard tests/fuzz/[a-z]*.c)
fuzz-src := $(filter-out tests/fuzz/replay.c tests/fuzz/fuzzer.c,$(fuzz-src))

store := $(build)/store
run-pytest = SLIPWAY_OFFLINE=1 SLIPWAY_STORE=$(CURDIR)/$(store) timeout 1500 /usr/bin/python3 -m pytest -q -rs -p no:cacheprovider

$(build)/test-setup.stamp: tests/packages.txt setup/install | $(build)/setup.stamp
	@mkdir -p $(@D)
	@setup/install tests/packages.txt
	@touch $@

# make test has no -j: stages run one after the other, and what a stage compiles on all processors.
at-once = --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: engine-tests
.PHONY: lint unit-all cases cases-asan bless fuzz-replay fuzz image-tests lock-tests registry-tests runtime-tests \
	pkg-tests fault-tests repro boot-tests test print-flags

# Everything, in the order of what is quick to say no.
stages := lint docs-current sizes unit-all cases fuzz-replay runtime-tests runtime-asan-tests engine-tests image-tests lock-tests registry-tests pkg-tests fault-tests repro boot-tests kernel-tests
test: $(build)/test-setup.stamp
	@tests/stages $(stages)

lint: $(build)/test-setup.stamp
	@mkdir -p $(build)
	tests/lint/layers
	tests/lint/size
	tests/lint/format
	tests/lint/proofs
	tests/runtime/defences --lines
	tests/lint/clean
	tests/lint/manual
	tests/lint/printf
	tests/lint/warnings/run gcc $(common) $(gcc-only)
	tests/lint/warnings/run clang $(common)

# The unit tests as built by gcc, by clang, and with the address and undefined-behaviour sanitizers.
unit-all: $(build)/test-setup.stamp
	@$(MAKE) $(at-once) CONFIG=gcc unit
	@$(MAKE) $(at-once) CONFIG=clang unit
	@$(MAKE) $(at-once) CONFIG=asan unit

CASE ?=
cases: all $(build)/test-setup.stamp
	@tests/cases/run $(bin)/slipway $(CASE)
	@$(MAKE) $(at-once) CONFIG=asan $(build)/asan/slipway
	@tests/cases/run $(build)/asan/slipway $(CASE)
bless: all
	@tests/cases/run --bless $(bin)/slipway $(CASE)

# The reference page comes from the field tables, that of the packages from the recipes; a page that is not what they say now is
# a failure.
recipes := $(wildcard packages/*/build.yml)
.PHONY: docs docs-current
docs: all $(build)/test-setup.stamp
	@mkdir -p docs/reference
	@$(bin)/slipway schema --markdown >docs/reference/config.md
	@packages/page $(recipes) >$(build)/packages.md
	@mv $(build)/packages.md docs/packages.md
docs-current: $(build)/test-setup.stamp
	@$(MAKE) --no-print-directory $(host-deps)/stamp $(musl-deps)/stamp $(cross-deps)/stamp
	@$(MAKE) $(at-once) all
	@$(bin)/slipway schema --markdown | diff -u docs/reference/config.md - || \
		{ echo "docs/reference/config.md is not current; run: make docs"; false; }
	@set -o pipefail; packages/page $(recipes) | diff -u docs/packages.md - || \
		{ echo "docs/packages.md is not current; run: make docs"; false; }
# Sizes change with Debian's updates: this page says of which day they are.
.PHONY: package-sizes
test-slow: package-sizes
package-sizes: packages-hosts
	@packages/sizes $(store) $(recipes) >$(build)/package-sizes.md
	@mv $(build)/package-sizes.md docs/package-sizes.md

# The target's programs, for both architectures, against their budgets (docs/BUDGETS.md).
.PHONY: sizes
sizes: all
	@tests/sizes $(bin) $(bin)/$(cross-arch)

# Feeders, replayed over their corpora under the sanitizers.
fuzz-obj := $(call obj,$(host-dir),$(fuzz-src))
$(host-dir)/fuzz-replay: $(host-dir)/tests/fuzz/replay.o $(fuzz-obj) $(lib)
	@$(host-cc) $(host-ldflags) -o $@ $^ $(host-libs)
fuzz-replay:
	@$(MAKE) $(at-once) CONFIG=asan $(build)/asan/fuzz-replay
	timeout 600 $(build)/asan/fuzz-replay tests/fuzz/corpus 2>$(build)/fuzz-replay.log || \
		{ tail -n 40 $(build)/fuzz-replay.log; false; }

# make fuzz FUZZ=yaml SECONDS=600: looks for new inputs; keep crashers under tests/fuzz/corpus/NAME/.
FUZZ ?= yaml
SECONDS ?= 60
fuzz:
	@$(MAKE) --no-print-directory CONFIG=fuzz $(build)/fuzz/fuzz-$(FUZZ)
	@mkdir -p $(build)/fuzz/new/$(FUZZ)
	$(build)/fuzz/fuzz-$(FUZZ) -max_total_time=$(SECONDS) -timeout=5 -rss_limit_mb=2048 \
		$(build)/fuzz/new/$(FUZZ) tests/fuzz/corpus/$(FUZZ)
$(host-dir)/fuzz-%: tests/fuzz/fuzzer.c $(fuzz-obj) $(lib)
	@$(host-cc) $(host-cflags) -DFEED=feed_$* -fsanitize=fuzzer $(host-ldflags) -o $@ $^ $(host-libs)

# The language: the schema against the parser, and what the worst megabytes cost.
.PHONY: language-tests
stages += language-tests
language-tests: all $(build)/test-setup.stamp
	@$(run-pytest) tests/language
runtime-tests: all
	@$(run-pytest) tests/runtime
# Engines of Debian trixie, unpacked below build/ (tests/engine/make-tree); the system's own apt stays as it is.
engines := podman runc containerd docker.io docker-cli crun bubblewrap busybox-static
$(build)/engines/done: tests/engine/make-tree
	@tests/engine/make-tree $(build)/engines $(engines)
engine-tests: all $(build)/test-setup.stamp $(build)/engines/done
	@$(run-pytest) tests/engine
# The same tests with the runtime under the address and undefined-behaviour sanitizers.
# Not those that count its system calls, or run it in a container, where its libraries are not.
asan-not := (test_faults or test_runtime_cannot_be_overwritten or (test_stuck and test_pause))
.PHONY: runtime-asan-tests
runtime-asan-tests: all $(build)/test-setup.stamp
	@$(MAKE) $(at-once) CONFIG=asan $(build)/asan/bin/system-runtime $(build)/asan/bin/svc
	@rm -rf $(build)/asan/reports && mkdir -p $(build)/asan/reports
	@ASAN_OPTIONS=detect_leaks=0:log_path=$(CURDIR)/$(build)/asan/reports/asan \
	UBSAN_OPTIONS=print_stacktrace=1:log_path=$(CURDIR)/$(build)/asan/reports/ubsan \
	RUNTIME=$(CURDIR)/$(build)/asan/bin/system-runtime $(run-pytest) tests/runtime -k 'not $(asan-not)'
	@! cat $(build)/asan/reports/* 2>/dev/null
image-tests: all
	@$(run-pytest) tests/image
# Finished images, looked into.
.PHONY: inspect-tests
stages += inspect-tests
inspect-tests: packages $(build)/test-setup.stamp
	@$(run-pytest) tests/inspect
lock-tests: all
	@$(run-pytest) tests/lock
registry-tests: packages
	@$(run-pytest) tests/registry
pkg-tests: packages
	@$(run-pytest) tests/pkg
fault-tests: packages
	@$(run-pytest) tests/faults
# Those of each list share no file's name.
repro-any := tar,docker,kernel+initrd,tar-kernel-initrd,kernel+squashfs,kernel+erofs,uki,iso,iso-efi,iso-efi-initrd,raw,raw-efi,qcow2,qcow2-efi,openstack,vmdk,dynamic-vhd,azure,gcp,aws,firecracker,oci,sbom
repro-amd64 := $(repro-any),raw-bios,microvm iso-bios,qcow2-bios,vhd kernel+iso
repro-arm64 := $(repro-any),arm64-efi vhd kernel+iso
repro: packages
	@tests/repro/run $(bin)/slipway $(store) examples/nginx.yml amd64 $(repro-amd64)
	@tests/repro/run $(bin)/slipway $(store) examples/nginx.yml arm64 $(repro-arm64)
# The same on a host of the other architecture.
.PHONY: repro-other-host
test-slow: repro-other-host
repro-other-host: packages $(build)/test-setup.stamp
	@$(MAKE) $(at-once) CONFIG=cross $(build)/cross/slipway
	@for arch in amd64 arm64; do \
		if [ $$arch = amd64 ]; then formats="$(repro-amd64)"; else formats="$(repro-arm64)"; fi; \
		tests/repro/other-host $(bin)/slipway $(build)/cross/slipway qemu-$(cross-cpu) \
			$(build)/deps/host-$(cross-arch)/sysroot $(store) examples/nginx.yml $$arch $$formats || exit; done
# Every format, built and judged by other programs; test-slow boots each under each firmware, and writes the table
# of docs/formats.md; last of all docs/slow-tests.md.
slow := $(build)/slow
.PHONY: format-tests test-slow
stages += format-tests
format-tests: packages $(build)/test-setup.stamp
	@$(run-pytest) tests/formats
test-slow: packages-hosts kernel-debian-rpi $(build)/test-setup.stamp
	@SLOW=1 SLIPWAY_OFFLINE=1 SLIPWAY_STORE=$(CURDIR)/$(store) timeout 14400 /usr/bin/python3 -m pytest -q -rs \
		-p no:cacheprovider --junitxml=$(slow)/formats.xml tests/formats
	@tests/formats/table.py
	@tests/slow-page $(slow)/*.xml >$(build)/slow-tests.md
	@mv $(build)/slow-tests.md docs/slow-tests.md
boot-tests: packages
	@$(run-pytest) tests/boot -m 'not slow'
# Limits that podman, containerd and dockerd set, in a guest of cgroup v2 alone.
.PHONY: slow-engine-tests
test-slow: slow-engine-tests
slow-engine-tests: packages-hosts kernel-debian $(build)/engines/done
	@$(MAKE) $(at-once) CONFIG=cross $(build)/deps/host-$(cross-arch)/stamp # where the other architecture's packages come from
	@$(subst timeout 1500,timeout 7200,$(run-pytest)) tests/boot -m slow --junitxml=$(slow)/boot.xml

# Every attack test must fail when its defence is taken out (tests/runtime/defences).
.PHONY: defences print-musl
defences: all $(build)/test-setup.stamp
	@tests/runtime/defences
print-musl:
	@echo 'dir=$(musl-dir)'
	@echo 'cc=$(musl-cc)'
	@echo 'cflags=$(musl-cflags)'
	@echo 'whole=$(musl-cflags) $(whole-program)'
	@echo 'ldflags=$(musl-ldflags) $(packed-ldflags)'
	@echo 'objects=$(call obj,$(musl-dir),$(runtime-src)) $(sort $(wildcard $(call linked,$(musl-deps),yyjson libseccomp)))'
	@echo 'apart=$(call obj,$(musl-dir),$(apart-src))'

print-flags:
	@echo '$(common)'

# Budgets (docs/BUDGETS.md) as ratios in one run; on a machine that does nothing else.
.PHONY: bench
bench: packages $(build)/test-setup.stamp $(build)/bench/floor_many $(build)/bench/pid1
	@tests/bench/run $(bin)/slipway $(store) $(build)/bench
	@tests/bench/disks $(bin)/slipway $(store) $(build)/bench/disks
	@tests/bench/scale $(bin)/slipway $(store) $(build)/bench/floor_many $(build)/bench/scale
	@tests/bench/registry $(bin)/slipway $(build)/bench/registry
	@tests/bench/kernels $(bin)/slipway $(store) $(build)/bench/pid1 $(build)/bench/kernels

# Ours beside crun, runc, bubblewrap and a floor, in turns; as root, on a machine that does nothing else.
.PHONY: bench-runtimes
$(build)/bench/floor $(build)/bench/floor_many $(build)/bench/pid1: $(build)/bench/%: tests/bench/%.c $(musl-deps)/stamp
	@mkdir -p $(@D)
	@$(musl-cc) $(musl-cflags) -fno-lto $(musl-ldflags) -o $@ $<
bench-runtimes: all $(build)/test-setup.stamp $(build)/engines/done $(build)/bench/floor
	@unshare --mount --cgroup --propagation private \
		tests/bench/runtimes $(bin)/system-runtime $(build)/bench/floor $(build)/engines/tree
