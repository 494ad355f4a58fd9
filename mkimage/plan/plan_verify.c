/*
 * The key verify: a name that a rule's pattern fits must have a signature by its key, over the
 * image or over the index that holds it. What a lock holds was checked when it was written: it says
 * by which key.
 */
#include "mkimage/plan/plan_impl.h"

#include "base/fd.h"
#include "mkimage/signature/signature.h"

#include <string.h>

enum { KEY_MAX = 64 << 10 };

/* `*` stands for any part. */
static bool fits(const char *pattern, const char *text)
{
	const char *star = NULL, *back = NULL;
	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			back = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* With the tag or without it. */
static bool names_it(struct arena *a, const char *pattern, const char *ref)
{
	const char *slash = strrchr(ref, '/');
	size_t end = strcspn(slash ? slash : ref, ":@") + (size_t)(slash ? slash - ref : 0);
	return fits(pattern, ref) || fits(pattern, arena_strn(a, ref, end));
}

/* The rule for the name; two are a mistake. */
static int rule_for(struct planner *pl, const char *ref, const struct verify_item **out)
{
	const struct verify_items *all = &pl->c->verify;
	*out = NULL;
	for (size_t i = 0; i < all->len; i++) {
		const struct y_list *names = &all->items[i].images;
		bool named = false;
		for (size_t k = 0; k < names->len; k++)
			named |= names_it(pl->mem, names->items[k].v, ref);
		if (named && *out)
			return fail_at(pl->d, all->items[i].at, "make the patterns narrower",
				"two rules of verify: name the image \"%s\"", ref);
		if (named)
			*out = &all->items[i];
	}
	return 0;
}

static int read_key(struct planner *pl, const struct verify_item *rule, struct signature_key **out,
	struct digest *file)
{
	const char *path = plan_beside(pl, &rule->key);
	unsigned before = pl->d->errors;
	char *text;
	size_t len;
	if (file_read(pl->mem, path, KEY_MAX, &text, &len, pl->d) == 0 &&
		signature_key_parse(pl->mem, arena_fmt(pl->mem, "the file \"%s\"", path), text, len,
			out, file, pl->d) == 0)
		return 0;
	if (pl->d->errors > before && pl->d->last && !pl->d->last->at.line)
		pl->d->last->at = rule->key.at;
	return -1;
}

/* What the store has, and then what a registry has. */
static int find(struct planner *pl, const char *ref, const struct digest *g,
	const struct signature_key *k, enum signature_result *out)
{
	const struct plan_options *o = pl->options;
	const char *name = signature_name(pl->mem, ref, g);
	struct diags quiet;
	bool got = false;
	diags_init(&quiet, pl->mem);
	if (signature_find(pl->store, pl->mem, name, g, k, out, pl->d) < 0)
		return -1;
	if (*out == SIGNATURE_GOOD || !o->fetch ||
		o->fetch(o->fetch_ctx, name, &pl->p->platform, &got, &quiet) < 0 || !got)
		return 0;
	return signature_find(pl->store, pl->mem, name, g, k, out, pl->d);
}

static int refuse(struct planner *pl, const struct y_str *name, const struct verify_item *rule,
	const char *signature, enum signature_result result)
{
	const char *hint = arena_fmt(
		pl->mem, "pull its signature: slipway image pull %s", signature);
	bool full = diags_full(pl->d);
	/* A check asks nobody. */
	if (result == SIGNATURE_NONE && pl->options->skip_missing) {
		note_at(pl->d, name->at, hint,
			"the signature of the image \"%s\" is not in the store, so that it is not checked",
			name->v);
		return 0;
	}
	if (result == SIGNATURE_OTHERS)
		(void)fail_at(pl->d, name->at, "do not run it, or name the key of who signed it",
			"the image \"%s\" is signed, but not by the key \"%s\"", name->v,
			rule->key.v);
	else
		(void)fail_at(pl->d, name->at,
			pl->options->fetch ? "sign it: cosign sign --key KEY NAME@DIGEST" : hint,
			"the image \"%s\" has no signature, and verify: asks for one by the key \"%s\"",
			name->v, rule->key.v);
	if (!full)
		pl->d->last->kind = KIND_INTEGRITY;
	return -1;
}

int plan_verify(struct planner *pl, const struct y_str *name, const char *ref,
	const struct image *image, const struct plan_pin *pin)
{
	const struct verify_item *rule;
	struct plan_key record = { .ref = ref };
	AUTO_SIGNATURE_KEY key = NULL;
	enum signature_result result;
	if (rule_for(pl, ref, &rule) < 0)
		return -1;
	if (!rule)
		return 0;
	if (read_key(pl, rule, &key, &record.key) < 0)
		return -1;
	if (!(pin && pin->has_key && digest_equal(&pin->key, &record.key))) {
		if (find(pl, ref, &image->index.digest, key, &result) < 0)
			return -1;
		if (result != SIGNATURE_GOOD &&
			!digest_equal(&image->index.digest, &image->manifest.digest)) {
			enum signature_result own;
			if (find(pl, ref, &image->manifest.digest, key, &own) < 0)
				return -1;
			result = own == SIGNATURE_NONE ? result : own;
		}
		if (result != SIGNATURE_GOOD)
			return refuse(pl, name, rule,
				signature_name(pl->mem, ref, &image->index.digest), result);
	}
	vec_push(pl->mem, &pl->p->keys, record);
	return 0;
}

/* One that fits nothing may be mistyped, and then guards nothing. */
int plan_verify_unused(struct planner *pl)
{
	const struct verify_items *all = &pl->c->verify;
	/* After a mistake not every name was looked up. */
	if (pl->d->errors)
		return 0;
	for (size_t i = 0; i < all->len; i++) {
		const struct y_list *names = &all->items[i].images;
		for (size_t k = 0; k < names->len; k++) {
			bool used = false;
			vec_each (struct found_image, f, &pl->found)
				used |= names_it(pl->mem, names->items[k].v, f->ref);
			if (!used)
				warn_at(pl->d, names->items[k].at,
					"write the name in full, as in `docker.io/library/nginx`",
					"\"%s\" in verify: names no image of this config",
					names->items[k].v);
		}
	}
	return 0;
}
