/* An image's config (image-spec config.md). */
#include "mkimage/store/store_impl.h"

#include "base/clock.h"

#include <string.h>

static int labels_read(struct json run, struct labels *out, struct diags *d)
{
	struct json all, item;
	if (json_object(run, "Labels", &all, d) < 0)
		return -1;
	const char *key;
	for (struct json_each e = json_each(all); json_next(&e, &key, &item);) {
		struct label one = { .key = key };
		if (json_as_str(item, &one.value, d) < 0)
			return -1;
		vec_push(run.mem, out, one);
	}
	return 0;
}

/* The keys of an object whose values are empty objects. */
static int keys_read(struct json run, const char *name, struct strings *out, struct diags *d)
{
	struct json all, item;
	if (json_object(run, name, &all, d) < 0)
		return -1;
	const char *key;
	for (struct json_each e = json_each(all); json_next(&e, &key, &item);)
		vec_push(run.mem, out, key);
	return 0;
}

static int run_read(struct json root, struct image_config *c, struct diags *d)
{
	struct json run;
	if (json_object(root, "config", &run, d) < 0 ||
		json_strings(run, "Entrypoint", &c->entrypoint, d) < 0 ||
		json_strings(run, "Cmd", &c->cmd, d) < 0 ||
		json_strings(run, "Env", &c->env, d) < 0 ||
		json_str(run, "User", &c->user, d) < 0 ||
		json_str(run, "WorkingDir", &c->workdir, d) < 0 ||
		keys_read(run, "Volumes", &c->volumes, d) < 0 ||
		keys_read(run, "ExposedPorts", &c->ports, d) < 0 ||
		labels_read(run, &c->labels, d) < 0)
		return -1;
	if (!c->user)
		c->user = "";
	if (!c->workdir)
		c->workdir = "";
	return 0;
}

static int diff_ids_read(struct json root, struct image_config *c, struct diags *d)
{
	struct json fs;
	struct strings ids;
	const char *type;
	if (json_need_object(root, "rootfs", &fs, d) < 0 || json_str(fs, "type", &type, d) < 0 ||
		json_strings(fs, "diff_ids", &ids, d) < 0)
		return -1;
	if (type && strcmp(type, "layers") != 0)
		return json_fail(fs, "type", d, "is \"%s\", and only \"layers\" is known", type);
	if (ids.len > LAYERS_MAX)
		return json_fail(fs, "diff_ids", d, "has more than %d entries", LAYERS_MAX);
	c->diff_ids = arena_array(root.mem, ids.len, sizeof(*c->diff_ids));
	for (size_t i = 0; i < ids.len; i++)
		if (digest_parse(ids.items[i], &c->diff_ids[i]) < 0)
			return json_fail(fs, "diff_ids", d, "holds \"%s\", which is no digest",
				ids.items[i]);
	c->diff_ids_len = ids.len;
	return 0;
}

int image_config_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct image_config *out, struct diags *d)
{
	struct json root;
	struct image_config c = { 0 };
	int64_t when;
	if (json_parse(a, what, text, len, &root, d) < 0 || json_as_object(root, d) < 0 ||
		json_str(root, "os", &c.platform.os, d) < 0 ||
		json_str(root, "architecture", &c.platform.arch, d) < 0 ||
		json_str(root, "variant", &c.platform.variant, d) < 0 ||
		json_str(root, "created", &c.created, d) < 0 || run_read(root, &c, d) < 0 ||
		diff_ids_read(root, &c, d) < 0)
		return -1;
	if (c.created && !*c.created)
		c.created = NULL;
	if (c.created && clock_parse_rfc3339(c.created, &when) < 0)
		return json_fail(root, "created", d, "is no time of RFC 3339: \"%s\"", c.created);
	*out = c;
	return 0;
}

const char *image_label(const struct image *i, const char *key)
{
	vec_each (struct label, l, &i->config.labels)
		if (strcmp(l->key, key) == 0)
			return l->value;
	return NULL;
}
