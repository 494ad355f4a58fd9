/* What slipway says about itself. */
#include "mkimage/cli/cli.h"
#include "mkimage/cli/version.h"

#include "base/json.h"
#include "mkimage/build/build.h"

int command_formats(struct cli *c)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	for (size_t i = 0; i < formats_len; i++) {
		const struct format *f = &formats[i];
		if (!cli_flag(c, "json")) {
			printf("%-14s %-12s %s\n%-27s %s\n", f->name, f->archs, f->about, "",
				f->files);
			continue;
		}
		yyjson_mut_val *v = yyjson_mut_obj(doc);
		yyjson_mut_obj_add_str(doc, v, "name", f->name);
		yyjson_mut_obj_add_str(doc, v, "archs", f->archs);
		yyjson_mut_obj_add_str(doc, v, "files", f->files);
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
