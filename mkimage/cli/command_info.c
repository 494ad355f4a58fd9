/* What slipway says about itself. */
#include "mkimage/cli/cli.h"
#include "mkimage/cli/version.h"

#include "base/json.h"
#include "mkimage/build/build.h"

#include <string.h>

/* "NAME-kernel NAME-initrd.img" */
static const char *file_names(struct arena *a, const struct format *f)
{
	const char *out = "";
	for (const char *p = f->suffix; *p;) {
		size_t len = strcspn(p, " ");
		out = arena_fmt(a, "%s%sNAME%.*s", out, *out ? " " : "", (int)len, p);
		p += len + (p[len] == ' ');
	}
	return out;
}

static const char *firmware_names(struct arena *a, const struct format *f)
{
	static const char *const names[] = { "BIOS", "UEFI", "direct", "RPi" };
	const char *out = "";
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (f->firmware & 1U << i)
			out = arena_fmt(a, "%s%s%s", out, *out ? " " : "", names[i]);
	}
	return out;
}

int command_formats(struct cli *c)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	for (size_t i = 0; i < formats_len; i++) {
		const struct format *f = &formats[i];
		if (!cli_flag(c, "json")) {
			printf("%-18s %-12s %-10s %s\n%-41s %s\n", f->name, f->archs,
				firmware_names(c->mem, f), f->about, "", file_names(c->mem, f));
			continue;
		}
		yyjson_mut_val *v = yyjson_mut_obj(doc);
		yyjson_mut_obj_add_str(doc, v, "name", f->name);
		yyjson_mut_obj_add_str(doc, v, "archs", f->archs);
		yyjson_mut_obj_add_str(doc, v, "firmware", firmware_names(c->mem, f));
		yyjson_mut_obj_add_str(doc, v, "files", file_names(c->mem, f));
		yyjson_mut_obj_add_str(doc, v, "about", f->about);
		yyjson_mut_arr_append(root, v);
	}
	if (cli_flag(c, "json"))
		printf("%s\n", json_write(c->mem, doc, 2, &len));
	return 0;
}

int command_version(struct cli *c)
{
	bool json = c->command->options_len && cli_flag(c, "json");
	if (json)
		printf("{\"version\": \"%s\"}\n", SLIPWAY_VERSION);
	else
		printf("slipway %s\n", SLIPWAY_VERSION);
	return 0;
}

int command_schema(struct cli *c)
{
	if (cli_flag(c, "markdown"))
		fputs(config_reference_md(c->mem), stdout);
	else
		printf("%s\n", config_schema_json(c->mem));
	return 0;
}
