kconfig.o: mkimage/pkg/kconfig.c base/banned.h mkimage/pkg/kconfig.h \
  base/diag.h base/arena.h base/attr.h

base/banned.h:

mkimage/pkg/kconfig.h:

base/diag.h:

base/arena.h:

base/attr.h:
