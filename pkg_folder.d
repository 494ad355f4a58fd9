pkg_folder.o: mkimage/pkg/pkg_folder.c base/banned.h base/fd.h \
  base/auto_fd.h base/diag.h base/arena.h base/attr.h mkimage/pkg/elf.h \
  mkimage/tree/tree.h base/digest.h mkimage/pkg/pkg_impl.h \
  mkimage/layer/layer.h mkimage/store/garbage.h \
  mkimage/store/digest_set.h mkimage/store/store.h mkimage/out/out.h \
  mkimage/pkg/pkg.h mkimage/pkg/recipe.h yaml/config.h \
  yaml/config_service.h yaml/config_values.h yaml/node.h

base/banned.h:

base/fd.h:

base/auto_fd.h:

base/diag.h:

base/arena.h:

base/attr.h:

mkimage/pkg/elf.h:

mkimage/tree/tree.h:

base/digest.h:

mkimage/pkg/pkg_impl.h:

mkimage/layer/layer.h:

mkimage/store/garbage.h:

mkimage/store/digest_set.h:

mkimage/store/store.h:

mkimage/out/out.h:

mkimage/pkg/pkg.h:

mkimage/pkg/recipe.h:

yaml/config.h:

yaml/config_service.h:

yaml/config_values.h:

yaml/node.h:
