/* Package recipes: hostile only when somebody builds a stranger's folder, which people do. */
#include "tests/fuzz/fuzz.h"

#include "mkimage/pkg/pkg_impl.h"
#include "mkimage/pkg/recipe_impl.h"
#include "mkimage/pkg/source_impl.h"

feeder feed_recipe;

int feed_recipe(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct recipe r;
	const char *json;
	diags_init(&d, a);
	const char *text = arena_strn(a, (const char *)data, len);
	if (recipe_parse(a, "folder", "folder/build.yml", text, len, &r, &d) == 0 && r.config.node)
		(void)!pkg_json(a, r.config.node, &json, &d);
	/* A fragment of a configuration, against itself. */
	(void)source_select(a, text, text);
	return 0;
}
