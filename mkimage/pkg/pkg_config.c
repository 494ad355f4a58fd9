/* The image's config (image-spec config.md): what the recipe says, and the base where it says
 * nothing. */
#include "mkimage/pkg/image_impl.h"

#include "base/clock.h"

#include <string.h>

static void add_list(yyjson_mut_doc *doc, yyjson_mut_val *to, const char *key,
	const struct y_list *own, const struct strings *base)
{
	if (!own->set && (!base || !base->len))
		return;
	yyjson_mut_val *list = yyjson_mut_arr(doc);
	if (own->set)
		for (size_t i = 0; i < own->len; i++)
			yyjson_mut_arr_add_strcpy(doc, list, own->items[i].v);
	else
		vec_each (const char *, s, base)
			yyjson_mut_arr_add_strcpy(doc, list, *s);
	yyjson_mut_obj_add_val(doc, to, key, list);
}

static void add_text(yyjson_mut_doc *doc, yyjson_mut_val *to, const char *key,
	const struct y_str *own, const char *base)
{
	const char *v = own->v ? own->v : base;
	if (v && *v)
		yyjson_mut_obj_add_strcpy(doc, to, key, v);
}

static int by_key(const void *x, const void *y)
{
	return strcmp(((const struct label *)x)->key, ((const struct label *)y)->key);
}

/* Of the labels, what the base is made of goes on to hold; what the base wants from a machine does
 * not. */
static int labels_collect(struct pkg_build *b, struct labels *out, struct diags *d)
{
	static const char *const origins[] = { "io.slipway.debian", "io.slipway.source",
		"io.slipway.toolchain" };
	const struct recipe *r = b->recipe;
	struct label own = { .key = "org.mobyproject.config" };
	vec_each (struct label, l, &b->labels)
		vec_push(b->mem, out, *l);
	for (size_t i = 0; b->base && i < ARRAY_LEN(origins); i++) {
		const char *below = image_label(b->base, origins[i]);
		struct label *same = NULL;
		vec_each (struct label, l, out)
			if (strcmp(l->key, origins[i]) == 0)
				same = l;
		if (below && same)
			same->value = arena_fmt(b->mem, "%s\n%s", below, same->value);
		else if (below)
			vec_push(b->mem, out, ((struct label){ origins[i], below }));
	}
	for (size_t i = 0; i < r->labels.len; i++)
		vec_push(b->mem, out,
			((struct label){ r->labels.items[i].key.v, r->labels.items[i].value.v }));
	if (r->config.node && pkg_json(b->mem, r->config.node, &own.value, d) < 0)
		return -1;
	if (r->config.node)
		vec_push(b->mem, out, own);
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), by_key);
	for (size_t i = 1; i < out->len; i++)
		if (strcmp(out->items[i - 1].key, out->items[i].key) == 0)
			return fail_at(d, r->labels.set ? r->labels.at : r->at, NULL,
				"the label \"%s\" is made by the build itself", out->items[i].key);
	return 0;
}

static int run_add(struct pkg_build *b, yyjson_mut_doc *doc, yyjson_mut_val *root, struct diags *d)
{
	const struct recipe *r = b->recipe;
	const struct image_config *base = b->base ? &b->base->config : NULL;
	struct labels labels = { 0 };
	if (labels_collect(b, &labels, d) < 0)
		return -1;
	yyjson_mut_val *run = yyjson_mut_obj(doc);
	add_text(doc, run, "User", &r->user, base ? base->user : NULL);
	add_list(doc, run, "Env", &r->env, base ? &base->env : NULL);
	add_list(doc, run, "Entrypoint", &r->entrypoint, base ? &base->entrypoint : NULL);
	/* A base's Cmd are arguments of the base's Entrypoint. */
	add_list(doc, run, "Cmd", &r->cmd, base && !r->entrypoint.set ? &base->cmd : NULL);
	add_text(doc, run, "WorkingDir", &r->workdir, base ? base->workdir : NULL);
	yyjson_mut_val *all = yyjson_mut_obj(doc);
	vec_each (struct label, l, &labels)
		yyjson_mut_obj_add(
			all, yyjson_mut_strcpy(doc, l->key), yyjson_mut_strcpy(doc, l->value));
	if (labels.len)
		yyjson_mut_obj_add_val(doc, run, "Labels", all);
	yyjson_mut_obj_add_val(doc, root, "config", run);
	return 0;
}

int image_config_text(struct pkg_build *b, const struct image_parts *parts, const char **out,
	size_t *len, struct diags *d)
{
	char created[CLOCK_RFC3339_SIZE], text[DIGEST_TEXT_SIZE];
	const struct platform *p = &b->options->platform;
	yyjson_mut_doc *doc = json_new(b->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc), *fs = yyjson_mut_obj(doc);
	clock_rfc3339(b->epoch, created);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_strcpy(doc, root, "created", created);
	yyjson_mut_obj_add_strcpy(doc, root, "architecture", p->arch);
	if (p->variant)
		yyjson_mut_obj_add_strcpy(doc, root, "variant", p->variant);
	yyjson_mut_obj_add_strcpy(doc, root, "os", p->os);
	if (run_add(b, doc, root, d) < 0)
		return -1;
	yyjson_mut_val *ids = yyjson_mut_arr(doc);
	for (size_t i = 0; i < parts->len; i++)
		yyjson_mut_arr_add_strcpy(doc, ids, digest_text(&parts->diff_ids[i], text));
	yyjson_mut_obj_add_strcpy(doc, fs, "type", "layers");
	yyjson_mut_obj_add_val(doc, fs, "diff_ids", ids);
	yyjson_mut_obj_add_val(doc, root, "rootfs", fs);
	*out = json_write(b->mem, doc, 0, len);
	return 0;
}
