# From the lists of sources to programs.

base-obj := $(call obj,$(host-dir),$(base-src))
slipway-main := mkimage/cli/main.c
slipway-lib-src := $(filter-out $(slipway-main),$(slipway-src))

programs := $(if $(slipway-src),$(host-dir)/slipway) $(if $(init-src),$(musl-dir)/bin/init) \
	$(if $(runtime-src),$(musl-dir)/bin/system-runtime) $(if $(svc-src),$(musl-dir)/bin/svc)

all: $(addprefix $(bin)/,$(notdir $(programs)))

$(bin)/slipway: $(host-dir)/slipway
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

$(musl-dir)/%.o: %.c | $(build)/setup.stamp $(musl-deps)/stamp
	@mkdir -p $(@D)
	@echo "  MUSL    $@"
	@$(musl-cc) $(musl-cflags) -c -o $@ $<

$(musl-dir)/bin/init: $(call obj,$(musl-dir),$(init-src))
$(musl-dir)/bin/system-runtime: $(call obj,$(musl-dir),$(runtime-src))
$(musl-dir)/bin/system-runtime: musl-libs := -L$(musl-deps)/lib -lyyjson -lseccomp
$(musl-dir)/bin/svc: $(call obj,$(musl-dir),$(svc-src))
$(musl-dir)/bin/svc: musl-libs := -L$(musl-deps)/lib -lyyjson
$(musl-dir)/bin/%:
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(musl-cc) $(musl-ldflags) -o $@ $^ $(musl-libs)

# What the build itself needs: Debian packages, and libraries built from Debian's sources.
$(build)/setup.stamp: setup/packages.txt setup/install
	@mkdir -p $(@D)
	@setup/install setup/packages.txt
	@touch $@
$(host-deps)/stamp: setup/libraries setup/syscalls.awk | $(build)/setup.stamp
	@setup/libraries host $(build)/deps
	@touch $@
$(musl-deps)/stamp: setup/libraries setup/syscalls.awk | $(build)/setup.stamp
	@setup/libraries musl $(build)/deps
	@touch $@

# Unit tests: one program per file.
unit-bin := $(patsubst tests/unit/%.c,$(host-dir)/unit/%,$(unit-tests))
$(host-dir)/unit/%: $(host-dir)/tests/unit/%.o $(lib)
	@mkdir -p $(@D)
	@$(host-cc) $(host-ldflags) -o $@ $^ $(host-libs) -lcmocka
.PRECIOUS: $(host-dir)/%.o $(musl-dir)/%.o

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
-include $(shell find $(host-dir) $(musl-dir) -name "*.d" -type f 2>/dev/null)
