pkg_kconfig_test.o: tests/unit/pkg_kconfig_test.c base/banned.h \
  tests/unit/base_test.h base/arena.h base/attr.h base/diag.h \
  mkimage/pkg/kconfig.h

base/banned.h:

tests/unit/base_test.h:

base/arena.h:

base/attr.h:

base/diag.h:

mkimage/pkg/kconfig.h:
