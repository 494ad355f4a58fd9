#include "yaml/node_impl.h"

#include <string.h>

int yaml_tag_check(
	struct diags *d, const yaml_char_t *tag, struct pos at, enum yaml_type type, bool *text)
{
	static const struct {
		const char *name;
		enum yaml_type type;
		bool text;
	} known[] = {
		{ "str", YAML_SCALAR, true },
		{ "int", YAML_SCALAR, false },
		{ "float", YAML_SCALAR, false },
		{ "bool", YAML_SCALAR, false },
		{ "null", YAML_SCALAR, false },
		{ "seq", YAML_LIST, false },
		{ "map", YAML_MAP, false },
	};
	static const char prefix[] = "tag:yaml.org,2002:";
	const char *t = (const char *)tag;
	if (strcmp(t, "!") == 0) {
		*text = true;
		return 0;
	}
	bool core = strncmp(t, prefix, sizeof(prefix) - 1) == 0;
	for (size_t i = 0; core && i < ARRAY_LEN(known); i++) {
		if (strcmp(t + sizeof(prefix) - 1, known[i].name) != 0)
			continue;
		if (type != known[i].type)
			return fail_at(d, at, "remove the tag",
				"the tag \"!!%s\" does not fit this value", known[i].name);
		*text = known[i].text;
		return 0;
	}
	return fail_at(d, at, "remove the tag; text that looks like a number goes in quotes",
		core ? "the tag \"!!%s\" is not known here" : "the tag \"%s\" is not known here",
		core ? t + sizeof(prefix) - 1 : t);
}
