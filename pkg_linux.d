pkg_linux.o: mkimage/pkg/pkg_linux.c base/banned.h base/fd.h \
  base/auto_fd.h base/diag.h base/arena.h base/attr.h base/spawn.h \
  mkimage/pkg/linux_impl.h mkimage/pkg/apt.h mkimage/store/store.h \
  base/digest.h mkimage/pkg/kconfig.h mkimage/pkg/pkg_impl.h \
  mkimage/layer/layer.h mkimage/store/garbage.h \
  mkimage/store/digest_set.h mkimage/tree/tree.h mkimage/out/out.h \
  mkimage/pkg/pkg.h mkimage/pkg/recipe.h yaml/config.h \
  yaml/config_service.h yaml/config_values.h yaml/node.h \
  mkimage/pkg/pkg_sbom.h mkimage/pkg/musl.h mkimage/sbom/sbom.h

base/banned.h:

base/fd.h:

base/auto_fd.h:

base/diag.h:

base/arena.h:

base/attr.h:

base/spawn.h:

mkimage/pkg/linux_impl.h:

mkimage/pkg/apt.h:

mkimage/store/store.h:

base/digest.h:

mkimage/pkg/kconfig.h:

mkimage/pkg/pkg_impl.h:

mkimage/layer/layer.h:

mkimage/store/garbage.h:

mkimage/store/digest_set.h:

mkimage/tree/tree.h:

mkimage/out/out.h:

mkimage/pkg/pkg.h:

mkimage/pkg/recipe.h:

yaml/config.h:

yaml/config_service.h:

yaml/config_values.h:

yaml/node.h:

mkimage/pkg/pkg_sbom.h:

mkimage/pkg/musl.h:

mkimage/sbom/sbom.h:
