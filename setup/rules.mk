# From the lists of sources to programs.

base-obj := $(call obj,$(host-dir),$(base-src))
slipway-main := mkimage/cli/main.c
slipway-lib-src := $(filter-out $(slipway-main),$(slipway-src))

target-programs := init system-runtime svc
linked-system-runtime := yyjson libseccomp
# In place of parts of libc that are too large for what we ask of them.
libc-src := base/format.c base/qsort.c base/strstr.c
linked-svc := yyjson
space := $(subst ,, )
target-files := $(target-programs) $(addsuffix .linked,$(target-programs))

all: $(addprefix $(bin)/,slipway $(target-files)) $(addprefix $(bin)/$(cross-arch)/,$(target-files))

$(bin)/slipway: $(host-dir)/slipway
	@mkdir -p $(@D)
	@cp --remove-destination $< $@
$(bin)/$(cross-arch)/%: $(cross-dir)/bin/%
	@mkdir -p $(@D)
	@cp --remove-destination $< $@
$(bin)/%: $(musl-dir)/bin/%
	@mkdir -p $(@D)
	@cp --remove-destination $< $@

$(lib): $(base-obj) $(call obj,$(host-dir),$(slipway-lib-src))
	@rm -f $@
	@ar rcsD $@ $^

$(host-dir)/slipway: $(call obj,$(host-dir),$(slipway-main)) $(lib)
	@echo "  LD      $@"
	@$(host-cc) $(host-ldflags) -o $@ $^ $(host-libs)

$(host-dir)/%.o: %.c | $(build)/setup.stamp $(host-deps)/stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(host-cc) $(host-cflags) -c -o $@ $<

# A kind of target programs, musl or cross: its variables in setup/toolchain.mk; more-* are a program's own.
define target-rules
$($(1)-dir)/%.o: %.c | $(build)/setup.stamp $($(1)-deps)/stamp
	@mkdir -p $$(@D)
	@echo "  MUSL    $$@"
	@$($(1)-cc) $($(1)-cflags) $$(more-cflags) -c -o $$@ $$<

$($(1)-dir)/bin/init: $(call obj,$($(1)-dir),$(init-src))
$($(1)-dir)/bin/system-runtime: $(call obj,$($(1)-dir),$(libc-src) base/start.c $(runtime-src))
$($(1)-dir)/bin/system-runtime: more-libs := -L$($(1)-deps)/lib -lyyjson -lseccomp
$($(1)-dir)/bin/svc: $(call obj,$($(1)-dir),base/format.c base/start.c $(svc-src))
$($(1)-dir)/bin/svc: more-libs := -L$($(1)-deps)/lib -lyyjson
$($(1)-dir)/bin/system-runtime $($(1)-dir)/bin/svc: more-ldflags = $$(packed-ldflags)
$($(1)-dir)/bin/%:
	@mkdir -p $$(@D)
	@echo "  LD      $$@"
	@$($(1)-cc) $($(1)-ldflags) $$(more-ldflags) -o $$@ $$^ $$(more-libs)

# The libraries in a program, for its bill of materials: NAME VERSION LICENCE.
$($(1)-dir)/bin/%.linked: $($(1)-dir)/bin/%
	@grep -E '^($$(subst $$(space),|,musl libgcc $$(linked-$$*))) ' $($(1)-deps)/versions >$$@

$($(1)-deps)/stamp: setup/libraries setup/syscalls.awk | $(build)/setup.stamp
	@setup/libraries $$(notdir $$(@D)) $(build)/deps
	@touch $$@
endef
$(foreach kind,musl cross,$(eval $(call target-rules,$(kind))))

# The target's programs for the host, when the sanitizers are to watch them (make runtime-asan-tests).
$(host-dir)/bin/system-runtime: $(call obj,$(host-dir),$(runtime-src))
$(host-dir)/bin/svc: $(call obj,$(host-dir),$(svc-src))
$(host-dir)/bin/system-runtime $(host-dir)/bin/svc:
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(host-cc) $(host-ldflags) -o $@ $^ -L$(host-deps)/lib -lyyjson -lseccomp

# What the build itself needs: Debian packages, and libraries built from Debian's sources.
$(build)/setup.stamp: setup/packages.txt setup/install
	@mkdir -p $(@D)
	@setup/install setup/packages.txt
	@touch $@
$(host-deps)/stamp: setup/libraries setup/syscalls.awk | $(build)/setup.stamp
	@setup/libraries host $(build)/deps
	@touch $@

# Unit tests: one program per file.
unit-bin := $(patsubst tests/unit/%.c,$(host-dir)/unit/%,$(unit-tests))
$(host-dir)/unit/%: $(host-dir)/tests/unit/%.o $(lib)
	@mkdir -p $(@D)
	@$(host-cc) $(host-ldflags) -o $@ $^ $(host-libs) -lcmocka -larchive
.PRECIOUS: $(host-dir)/%.o $(musl-dir)/%.o $(cross-dir)/%.o $(musl-dir)/bin/%.linked $(cross-dir)/bin/%.linked

unit: $(unit-bin)
	@set -e; for t in $(unit-bin); do echo "# $$t"; timeout 120 $$t; done

# Boots the smallest example on this terminal; `poweroff` or Ctrl-a x ends it.
run: packages
	SLIPWAY_STORE=$(build)/store $(bin)/slipway run examples/minimal.yml

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

clean:
	rm -rf $(build)

.PHONY: all unit run help clean
-include $(shell find $(host-dir) $(musl-dir) $(cross-dir) -name "*.d" -type f 2>/dev/null)
