/* slipway image pull, push, referrers: images from registries, and to them. */
#include "mkimage/cli/fetch.h"

#include "base/json.h"

#include <string.h>

static yyjson_mut_val *moved_json(
	struct cli *c, yyjson_mut_doc *doc, const struct registry_moved *m)
{
	char digest[DIGEST_TEXT_SIZE];
	yyjson_mut_val *v = yyjson_mut_obj(doc);
	yyjson_mut_obj_add_strcpy(doc, v, "name", m->name);
	yyjson_mut_obj_add_strcpy(doc, v, "mediaType", m->root.media_type);
	yyjson_mut_obj_add_strcpy(doc, v, "digest", digest_text(&m->root.digest, digest));
	yyjson_mut_obj_add_uint(doc, v, "size", m->root.size);
	yyjson_mut_obj_add_uint(doc, v, "transferred", m->bytes);
	(void)c;
	return v;
}

static void print(struct cli *c, const struct registry_moved *m)
{
	char digest[DIGEST_TEXT_SIZE];
	printf("%s %s\n", digest_text(&m->root.digest, digest), cli_safe(c->mem, m->name));
	fflush(stdout);
}

int command_image_pull(struct cli *c)
{
	const struct option_value *arch = cli_option(c, "arch");
	bool all = arch->set && strcmp(arch->text, "all") == 0;
	struct platform p = platform_host();
	if (arch->set && !all && platform_parse(c->mem, arch->text, &p, &c->d) < 0)
		return -1;
	AUTO_STORE store = NULL;
	AUTO_REGISTRY r = NULL;
	if (cli_store(c, &store) < 0 || cli_registry(c, &r) < 0)
		return -1;
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	yyjson_mut_doc_set_root(doc, root);
	vec_each (const char *, name, &c->words) {
		struct registry_moved m;
		if (registry_pull(r, store, *name, all ? NULL : &p, &m, &c->d) < 0)
			return -1;
		if (cli_flag(c, "json"))
			yyjson_mut_arr_append(root, moved_json(c, doc, &m));
		else
			print(c, &m);
	}
	size_t len;
	if (cli_flag(c, "json"))
		printf("%s\n", json_write(c->mem, doc, 2, &len));
	return 0;
}

int command_image_push(struct cli *c)
{
	const struct option_value *arch = cli_option(c, "arch");
	struct platform p;
	struct registry_moved m;
	if (arch->set && platform_parse(c->mem, arch->text, &p, &c->d) < 0)
		return -1;
	AUTO_STORE store = NULL;
	AUTO_REGISTRY r = NULL;
	if (cli_store(c, &store) < 0 || cli_registry(c, &r) < 0 ||
		registry_push(r, store, c->words.items[0],
			c->words.len > 1 ? c->words.items[1] : NULL, arch->set ? &p : NULL, &m,
			&c->d) < 0)
		return -1;
	if (!cli_flag(c, "json")) {
		print(c, &m);
		return 0;
	}
	size_t len;
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_doc_set_root(doc, moved_json(c, doc, &m));
	printf("%s\n", json_write(c->mem, doc, 2, &len));
	return 0;
}

int command_image_referrers(struct cli *c)
{
	char digest[DIGEST_TEXT_SIZE];
	struct registry_referrers all;
	AUTO_REGISTRY r = NULL;
	if (cli_registry(c, &r) < 0 || registry_referrers(r, c->words.items[0], &all, &c->d) < 0)
		return -1;
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	yyjson_mut_doc_set_root(doc, root);
	vec_each (struct registry_referrer, one, &all) {
		const char *type = one->desc.artifact_type ? one->desc.artifact_type : "-";
		digest_text(&one->desc.digest, digest);
		if (!cli_flag(c, "json")) {
			printf("%s %s\n", digest, cli_safe(c->mem, type));
			continue;
		}
		yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, root);
		yyjson_mut_obj_add_strcpy(doc, v, "digest", digest);
		yyjson_mut_obj_add_strcpy(doc, v, "mediaType", one->desc.media_type);
		yyjson_mut_obj_add_uint(doc, v, "size", one->desc.size);
		if (one->desc.artifact_type)
			yyjson_mut_obj_add_strcpy(doc, v, "artifactType", one->desc.artifact_type);
		if (one->tag)
			yyjson_mut_obj_add_strcpy(doc, v, "tag", one->tag);
	}
	size_t len;
	if (cli_flag(c, "json"))
		printf("%s\n", json_write(c->mem, doc, 2, &len));
	return 0;
}
