#include "mkimage/cli/cli.h"

#include "base/json.h"

#include <string.h>

static const char *digest_str(struct arena *a, const struct digest *g)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_str(a, digest_text(g, text));
}

static void print_list(struct cli *c, const struct descriptors *l)
{
	vec_each (struct descriptor, i, l)
		printf("%s %s %llu\n", digest_str(c->mem, &i->digest),
			cli_safe(c->mem, i->name ? i->name : "-"), (unsigned long long)i->size);
}

static void add(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, const char *value)
{
	if (value)
		yyjson_mut_obj_add(obj, yyjson_mut_str(doc, key), yyjson_mut_str(doc, value));
}

static yyjson_mut_val *descriptor(struct cli *c, yyjson_mut_doc *doc, const struct descriptor *i)
{
	yyjson_mut_val *v = yyjson_mut_obj(doc);
	add(doc, v, "name", i->name);
	add(doc, v, "mediaType", i->media_type);
	add(doc, v, "digest", digest_str(c->mem, &i->digest));
	yyjson_mut_obj_add_uint(doc, v, "size", i->size);
	return v;
}

static void print_doc(struct cli *c, yyjson_mut_doc *doc, yyjson_mut_val *root)
{
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

int command_image_ls(struct cli *c)
{
	struct descriptors all, list = { 0 };
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 || store_list(store, c->mem, &all, &c->d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all)
		if (one->name || !one->artifact_type) /* an SBOM or signature is no image */
			vec_push(c->mem, &list, *one);
	if (!cli_flag(c, "json")) {
		print_list(c, &list);
		return 0;
	}
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	vec_each (struct descriptor, i, &list)
		yyjson_mut_arr_append(root, descriptor(c, doc, i));
	print_doc(c, doc, root);
	return 0;
}

int command_image_import(struct cli *c)
{
	struct strings names = { 0 };
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 ||
		store_import(store, c->words.items[0], cli_option(c, "name")->text, &names, c->mem,
			&c->d) < 0)
		return -1;
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	vec_each (const char *, n, &names) {
		if (cli_flag(c, "json"))
			yyjson_mut_arr_add_str(doc, root, *n);
		else
			printf("%s\n", cli_safe(c->mem, *n));
	}
	if (cli_flag(c, "json"))
		print_doc(c, doc, root);
	return 0;
}

int command_image_export(struct cli *c)
{
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0)
		return -1;
	return store_export(store, c->words.items[0], c->words.items[1], &c->d);
}

static void print_labels(struct cli *c, const struct labels *l)
{
	vec_each (struct label, i, l)
		printf("label      %s=%s\n", cli_safe(c->mem, i->key), cli_safe(c->mem, i->value));
}

static void print_words(struct cli *c, const char *key, const struct strings *l)
{
	vec_each (const char *, s, l)
		printf("%-10s %s\n", key, cli_safe(c->mem, *s));
}

static void print_image(struct cli *c, const struct image *i)
{
	const struct image_config *k = &i->config;
	printf("name       %s\n", cli_safe(c->mem, i->name));
	printf("platform   %s/%s%s%s\n", k->platform.os, k->platform.arch,
		k->platform.variant ? "/" : "", k->platform.variant ? k->platform.variant : "");
	printf("manifest   %s\n", digest_str(c->mem, &i->manifest.digest));
	printf("config     %s\n", digest_str(c->mem, &i->config_desc.digest));
	print_words(c, "entrypoint", &k->entrypoint);
	print_words(c, "cmd", &k->cmd);
	print_words(c, "env", &k->env);
	print_labels(c, &k->labels);
	vec_each (struct descriptor, l, &i->layers)
		printf("layer      %s %llu\n", digest_str(c->mem, &l->digest),
			(unsigned long long)l->size);
}

static yyjson_mut_val *strings(yyjson_mut_doc *doc, const struct strings *l)
{
	yyjson_mut_val *v = yyjson_mut_arr(doc);
	vec_each (const char *, s, l)
		yyjson_mut_arr_add_str(doc, v, *s);
	return v;
}

static void print_image_json(struct cli *c, const struct image *i)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *v = yyjson_mut_obj(doc), *layers = yyjson_mut_arr(doc),
		       *labels = yyjson_mut_obj(doc), *diff_ids = yyjson_mut_arr(doc);
	add(doc, v, "name", i->name);
	add(doc, v, "os", i->config.platform.os);
	add(doc, v, "arch", i->config.platform.arch);
	add(doc, v, "created", i->config.created);
	yyjson_mut_obj_add_val(doc, v, "index", descriptor(c, doc, &i->index));
	yyjson_mut_obj_add_val(doc, v, "manifest", descriptor(c, doc, &i->manifest));
	yyjson_mut_obj_add_val(doc, v, "config", descriptor(c, doc, &i->config_desc));
	vec_each (struct descriptor, l, &i->layers)
		yyjson_mut_arr_append(layers, descriptor(c, doc, l));
	yyjson_mut_obj_add_val(doc, v, "layers", layers);
	for (size_t k = 0; k < i->config.diff_ids_len; k++)
		yyjson_mut_arr_add_str(doc, diff_ids, digest_str(c->mem, &i->config.diff_ids[k]));
	yyjson_mut_obj_add_val(doc, v, "diffIds", diff_ids);
	yyjson_mut_obj_add_val(doc, v, "entrypoint", strings(doc, &i->config.entrypoint));
	yyjson_mut_obj_add_val(doc, v, "cmd", strings(doc, &i->config.cmd));
	yyjson_mut_obj_add_val(doc, v, "env", strings(doc, &i->config.env));
	add(doc, v, "workdir", i->config.workdir);
	add(doc, v, "user", i->config.user);
	vec_each (struct label, l, &i->config.labels)
		add(doc, labels, l->key, l->value);
	yyjson_mut_obj_add_val(doc, v, "labels", labels);
	print_doc(c, doc, v);
}

int command_image_inspect(struct cli *c)
{
	const struct option_value *arch = cli_option(c, "arch");
	struct platform p = platform_host();
	struct image image;
	AUTO_STORE store = NULL;
	if (arch->set && platform_parse(c->mem, arch->text, &p, &c->d) < 0)
		return -1;
	if (cli_store(c, &store) < 0 ||
		store_image(store, c->mem, c->words.items[0], &p, &image, &c->d) < 0)
		return -1;
	if (cli_flag(c, "json"))
		print_image_json(c, &image);
	else
		print_image(c, &image);
	return 0;
}
