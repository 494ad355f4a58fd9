recipe_check.o: mkimage/pkg/recipe_check.c base/banned.h \
  mkimage/pkg/recipe_impl.h mkimage/pkg/recipe.h yaml/config.h \
  yaml/config_service.h yaml/config_values.h base/diag.h base/arena.h \
  base/attr.h yaml/node.h

base/banned.h:

mkimage/pkg/recipe_impl.h:

mkimage/pkg/recipe.h:

yaml/config.h:

yaml/config_service.h:

yaml/config_values.h:

base/diag.h:

base/arena.h:

base/attr.h:

yaml/node.h:
