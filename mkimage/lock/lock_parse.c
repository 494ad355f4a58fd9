/* Text -> lock. Strict: what this tool did not write is refused, with its place. */
#include "mkimage/lock/lock_impl.h"

#include "base/clock.h"
#include "yaml/node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 4096 };

struct parser {
	struct arena *mem;
	struct diags *d;
};

static const char hint[] = "remove the file, and `slipway lock` writes it anew";

static int bad(struct parser *p, struct pos at, const char *what)
{
	return fail_at(p->d, at, hint, "%s", what);
}

static int scalar(struct parser *p, const struct yaml_node *map, const char *key, const char **out,
	struct pos *at)
{
	const struct yaml_node *n = yaml_get(map, key);
	if (!n)
		return fail_at(p->d, map->at, hint, "\"%s\" is missing", key);
	if (n->type != YAML_SCALAR || !n->text[0] || strlen(n->text) > NAME_MAX_LEN)
		return fail_at(p->d, n->at, hint, "\"%s\" must be a text of one line", key);
	*out = n->text;
	if (at)
		*at = n->at;
	return 0;
}

static int number(struct parser *p, const struct yaml_node *map, const char *key, int64_t *out,
	struct pos *at)
{
	const char *text;
	struct pos here;
	char *end;
	if (scalar(p, map, key, &text, &here) < 0)
		return -1;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno)
		return fail_at(p->d, here, hint, "\"%s\" must be a number, not \"%s\"", key, text);
	*out = v;
	if (at)
		*at = here;
	return 0;
}

static int digest_at(
	struct parser *p, const struct yaml_node *map, const char *key, struct digest *out)
{
	const char *text;
	struct pos at;
	if (scalar(p, map, key, &text, &at) < 0)
		return -1;
	return digest_parse(text, out) < 0 ? bad(p, at, "this is no digest") : 0;
}

static int digest(struct parser *p, const struct yaml_node *map, struct digest *out)
{
	return digest_at(p, map, "digest", out);
}

/* Only these keys. */
static int keys(struct parser *p, const struct yaml_node *n, const char *const *known)
{
	if (n->type != YAML_MAP)
		return bad(p, n->at, "this must be a map");
	for (size_t i = 0; i < n->len; i++) {
		const char *const *k = known;
		while (*k && strcmp(*k, n->keys[i]->text) != 0)
			k++;
		if (!*k)
			return fail_at(p->d, n->keys[i]->at, hint, "a lock has no key \"%s\"",
				n->keys[i]->text);
	}
	return 0;
}

static int sboms(struct parser *p, const struct yaml_node *n, struct strings *out)
{
	struct digest g;
	if (n->type != YAML_LIST)
		return bad(p, n->at, "\"sboms\" must be a list");
	for (size_t i = 0; i < n->len; i++) {
		const struct yaml_node *one = n->items[i];
		if (one->type != YAML_SCALAR || digest_parse(one->text, &g) < 0)
			return bad(p, one->at, "this is no digest");
		if (i && strcmp(out->items[i - 1], one->text) >= 0)
			return bad(
				p, one->at, "the digests must be sorted, and each be there once");
		vec_push(p->mem, out, one->text);
	}
	return 0;
}

static int image(struct parser *p, const struct yaml_node *n, struct lock *l)
{
	static const char *const known[] = { "image", "digest", "size", "platform", "key", "sboms",
		NULL };
	struct locked_image i = { .at = n->at };
	struct platform platform;
	struct pos at, platform_at;
	int64_t size;
	const char *full, *why;
	if (keys(p, n, known) < 0 || scalar(p, n, "image", &i.ref, &at) < 0 ||
		digest(p, n, &i.digest) < 0 || number(p, n, "size", &size, NULL) < 0 ||
		scalar(p, n, "platform", &i.platform, &platform_at) < 0)
		return -1;
	if (reference_normalise(p->mem, i.ref, &full, &why) < 0 || strcmp(full, i.ref) != 0)
		return bad(p, at, "this is no full name of an image");
	struct diags quiet;
	diags_init(&quiet, p->mem);
	if (platform_parse(p->mem, i.platform, &platform, &quiet) < 0)
		return bad(p, platform_at, "this is no platform");
	if (l->images.len && strcmp(l->images.items[l->images.len - 1].ref, i.ref) >= 0)
		return bad(p, at, "the images must be sorted, and each be there once");
	i.size = (uint64_t)size;
	i.has_key = yaml_get(n, "key") != NULL;
	if (i.has_key && digest_at(p, n, "key", &i.key) < 0)
		return -1;
	const struct yaml_node *bills = yaml_get(n, "sboms");
	if (bills && sboms(p, bills, &i.sboms) < 0)
		return -1;
	vec_push(p->mem, &l->images, i);
	return 0;
}

int locked_package_parse(struct arena *a, const char *line, struct locked_package *out)
{
	static const char *const charset[] = { "abcdefghijklmnopqrstuvwxyz0123456789+-.",
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.~:",
		"abcdefghijklmnopqrstuvwxyz0123456789-" };
	const char *part[3], *at = line;
	for (size_t i = 0; i < 3; i++) {
		size_t len = strspn(at, charset[i]);
		if (!len || at[len] != ' ' || len > 256)
			return -1;
		part[i] = arena_strn(a, at, len);
		at += len + 1;
	}
	*out = (struct locked_package){ part[0], part[1], part[2], at, { 0 } };
	size_t digests = 0;
	for (; *at; digests++) {
		size_t len = strcspn(at, " ");
		struct digest g;
		if (digest_parse(arena_strn(a, at, len), &g) < 0)
			return -1;
		at += len;
		if (*at && !*++at)
			return -1;
	}
	return digests == 1 || digests == 2 ? 0 : -1;
}

int locked_package_order(const struct locked_package *x, const struct locked_package *y)
{
	int c = strcmp(x->name, y->name);
	c = c ? c : strcmp(x->arch, y->arch);
	c = c ? c : strcmp(x->version, y->version);
	return c ? c : strcmp(x->digests, y->digests);
}

static int package(struct parser *p, const struct yaml_node *n, struct lock *l)
{
	struct locked_package k;
	if (n->type != YAML_SCALAR || locked_package_parse(p->mem, n->text, &k) < 0)
		return bad(p, n->at, "a package must be `NAME VERSION ARCHITECTURE sha256:DIGEST`");
	if (l->packages.len &&
		locked_package_order(&l->packages.items[l->packages.len - 1], &k) >= 0)
		return bad(p, n->at, "the packages must be sorted, and each be there once");
	k.at = n->at;
	vec_push(p->mem, &l->packages, k);
	return 0;
}

static int file(struct parser *p, const struct yaml_node *n, struct lock *l)
{
	static const char *const known[] = { "source", "digest", "size", NULL };
	struct locked_file f = { .at = n->at };
	int64_t size;
	if (keys(p, n, known) < 0 || scalar(p, n, "source", &f.source, NULL) < 0 ||
		digest(p, n, &f.digest) < 0 || number(p, n, "size", &size, NULL) < 0)
		return -1;
	if (l->files.len && strcmp(l->files.items[l->files.len - 1].source, f.source) >= 0)
		return bad(p, n->at, "the files must be sorted, and each be there once");
	f.size = (uint64_t)size;
	vec_push(p->mem, &l->files, f);
	return 0;
}

static int value(struct parser *p, const struct yaml_node *n, struct lock *l)
{
	static const char *const known[] = { "name", "digest", NULL };
	struct locked_value v = { .at = n->at };
	if (keys(p, n, known) < 0 || scalar(p, n, "name", &v.name, NULL) < 0 ||
		digest(p, n, &v.digest) < 0)
		return -1;
	if (strspn(v.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
		strlen(v.name))
		return bad(p, n->at, "this is no name of a variable");
	if (l->values.len && strcmp(l->values.items[l->values.len - 1].name, v.name) >= 0)
		return bad(p, n->at, "the values must be sorted, and each be there once");
	vec_push(p->mem, &l->values, v);
	return 0;
}

static int list(struct parser *p, const struct yaml_node *root, const char *key,
	int (*one)(struct parser *, const struct yaml_node *, struct lock *), struct lock *l)
{
	const struct yaml_node *n = yaml_get(root, key);
	if (!n)
		return fail_at(p->d, root->at, hint, "\"%s\" is missing", key);
	if (n->type != YAML_LIST)
		return fail_at(p->d, n->at, hint, "\"%s\" must be a list", key);
	for (size_t i = 0; i < n->len; i++) {
		if (one(p, n->items[i], l) < 0)
			return -1;
	}
	return 0;
}

static int head(struct parser *p, const struct yaml_node *root, struct lock *l)
{
	static const char *const known[] = { "lock", "plan", "platform", "time", "images", "debian",
		"files", "values", NULL };
	int64_t version;
	const char *time;
	struct platform platform;
	struct pos at;
	if (root->type != YAML_MAP)
		return bad(p, root->at, "this is no lock");
	/* First: a later version may have other keys. */
	if (number(p, root, "lock", &version, &at) < 0)
		return -1;
	if (version != LOCK_VERSION)
		return fail_at(p->d, at,
			"use the slipway that wrote it; or remove the file, and write it anew",
			"this is a lock of version %lld, and only version %d is known",
			(long long)version, LOCK_VERSION);
	if (keys(p, root, known) < 0 || number(p, root, "plan", &l->plan, &l->plan_at) < 0 ||
		scalar(p, root, "platform", &l->platform, &l->platform_at) < 0 ||
		scalar(p, root, "time", &time, &l->time_at) < 0)
		return -1;
	struct diags quiet;
	diags_init(&quiet, p->mem);
	if (platform_parse(p->mem, l->platform, &platform, &quiet) < 0)
		return bad(p, l->platform_at, "this is no platform");
	if (clock_parse_rfc3339(time, &l->time) < 0 || l->time < 0)
		return bad(p, l->time_at, "this is no time of RFC 3339");
	return 0;
}

int lock_parse(struct arena *a, const char *name, const char *text, size_t len, struct lock *out,
	struct diags *d)
{
	struct parser p = { .mem = a, .d = d };
	struct lock l = { .file = name };
	struct yaml_node *root;
	diags_add_source(d, name, text, len);
	if (yaml_parse(a, name, text, len, &root, d) < 0)
		return -1;
	if (!root)
		return fail_at(d, (struct pos){ .file = name }, hint, "the lock is empty");
	if (head(&p, root, &l) < 0 || list(&p, root, "images", image, &l) < 0 ||
		list(&p, root, "debian", package, &l) < 0 || list(&p, root, "files", file, &l) < 0)
		return -1;
	/* Most configs have none. */
	if (yaml_get(root, "values") && list(&p, root, "values", value, &l) < 0)
		return -1;
	*out = l;
	return 0;
}
