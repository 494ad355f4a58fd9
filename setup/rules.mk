# From the lists of sources to programs.

base-obj := $(call obj,$(host-dir),$(base-src))
slipway-main := mkimage/cli/main.c
slipway-lib-src := $(filter-out $(slipway-main),$(slipway-src))

target-programs := init system-runtime svc metadata
linked-system-runtime := yyjson libseccomp
# In place of parts of libc that are too large for what we ask of them.
libc-src := base/format.c base/qsort.c base/strstr.c
linked-svc := yyjson
linked-metadata := yyjson
# Not compiled as one with a program: libc calls it, and the start has no stack protector yet.
apart-src := $(libc-src) base/start.c
# The objects of libraries, for the shell: $(call linked,FOLDER,NAME...)
linked = $(patsubst %,$(1)/lib/%/*.o,$(2))
space := $(subst ,, )
target-files := $(target-programs) $(addsuffix .linked,$(target-programs))

efi-programs := $(addprefix $(bin)/$(cross-arch)/,systemd-boot$(efi-$(cross-cpu)).efi linux$(efi-$(cross-cpu)).efi.stub)

all: $(addprefix $(bin)/,slipway $(target-files)) $(addprefix $(bin)/$(cross-arch)/,$(target-files)) $(efi-programs)

$(bin)/slipway: $(host-dir)/slipway
	@mkdir -p $(@D)
	@cp --remove-destination $< $@
$(efi-programs): $(cross-deps)/stamp
	@mkdir -p $(@D)
	@cp --remove-destination $(cross-deps)/efi/usr/lib/systemd/boot/efi/$(@F) $@
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
$($(1)-dir)/%.o: %.c setup/toolchain.mk | $(build)/setup.stamp $($(1)-deps)/stamp
	@mkdir -p $$(@D)
	@echo "  MUSL    $$@"
	@$($(1)-cc) $($(1)-cflags) $$(more-cflags) -c -o $$@ $$<

$($(1)-dir)/bin/init: $(call obj,$($(1)-dir),base/start.c $(init-src))
$($(1)-dir)/bin/system-runtime: $(call obj,$($(1)-dir),$(libc-src) base/start.c $(runtime-src))
$($(1)-dir)/bin/system-runtime: more-objects := $$(call linked,$($(1)-deps),yyjson libseccomp)
$($(1)-dir)/bin/svc: $(call obj,$($(1)-dir),base/format.c base/start.c $(svc-src))
$($(1)-dir)/bin/svc: more-objects := $$(call linked,$($(1)-deps),yyjson)
$($(1)-dir)/bin/metadata: $(call obj,$($(1)-dir),base/start.c $(metadata-src))
$($(1)-dir)/bin/metadata: more-objects := $$(call linked,$($(1)-deps),yyjson)
$(call obj,$($(1)-dir),$(apart-src)): more-cflags := -fno-lto
$($(1)-dir)/bin/%:
	@mkdir -p $$(@D)
	@echo "  LD      $$@"
	@$($(1)-cc) $($(1)-cflags) $(whole-program) -o $$@.o $$(filter-out $(call obj,$($(1)-dir),$(apart-src)),$$^) $$(more-objects)
	@$($(1)-cc) $($(1)-ldflags) $(packed-ldflags) -o $$@ $$@.o $$(filter $(call obj,$($(1)-dir),$(apart-src)),$$^)
	@rm $$@.o

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
$(host-dir)/bin/metadata: $(call obj,$(host-dir),$(metadata-src))
$(host-dir)/bin/system-runtime $(host-dir)/bin/svc $(host-dir)/bin/metadata:
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(host-cc) $(host-ldflags) -o $@ $^ -L$(host-deps)/lib -lyyjson -lseccomp

# What the build itself needs: Debian packages, and libraries built from Debian's sources.
$(build)/setup.stamp: setup/packages.txt setup/install
	@mkdir -p $(@D)
	@setup/install setup/packages.txt
	@touch $@
$(host-deps)/stamp: setup/libraries setup/syscalls.awk | $(build)/setup.stamp
	@setup/libraries $(notdir $(@D)) $(build)/deps
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
