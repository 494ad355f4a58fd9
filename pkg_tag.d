pkg_tag.o: mkimage/pkg/pkg_tag.c base/banned.h base/fd.h base/auto_fd.h \
  base/diag.h base/arena.h base/attr.h mkimage/pkg/linuxkit.h \
  yaml/config.h yaml/config_service.h yaml/config_values.h \
  mkimage/pkg/pkg_impl.h mkimage/layer/layer.h mkimage/store/garbage.h \
  mkimage/store/digest_set.h base/digest.h mkimage/store/store.h \
  mkimage/tree/tree.h mkimage/out/out.h mkimage/pkg/pkg.h \
  mkimage/pkg/recipe.h yaml/node.h

base/banned.h:

base/fd.h:

base/auto_fd.h:

base/diag.h:

base/arena.h:

base/attr.h:

mkimage/pkg/linuxkit.h:

yaml/config.h:

yaml/config_service.h:

yaml/config_values.h:

mkimage/pkg/pkg_impl.h:

mkimage/layer/layer.h:

mkimage/store/garbage.h:

mkimage/store/digest_set.h:

base/digest.h:

mkimage/store/store.h:

mkimage/tree/tree.h:

mkimage/out/out.h:

mkimage/pkg/pkg.h:

mkimage/pkg/recipe.h:

yaml/node.h:
