/*
 * What a registry has about an image (distribution-spec "Listing Referrers"): by the API, else by
 * the tag sha256-HEX; and what cosign puts under tags of its own.
 */
#include "mkimage/registry/link.h"
#include "mkimage/registry/subject.h"

#include <string.h>

enum { PAGES_MAX = 100, LIST_MAX = 4096 };

static int add_all(struct channel *c, const char *text, size_t len, struct registry_referrers *out,
	struct diags *d)
{
	struct json root, list, item;
	if (json_parse(c->mem, "the list of referrers", text, len, &root, d) < 0 ||
		json_as_object(root, d) < 0 || json_need_array(root, "manifests", &list, d) < 0)
		return -1;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		struct registry_referrer one = { 0 };
		if (out->len == LIST_MAX)
			return fail(d, KIND_INPUT, NULL, "more than %d manifests refer to it",
				LIST_MAX);
		if (descriptor_parse(item, &one.desc, d) < 0)
			return -1;
		vec_push(c->r->mem, out, one);
	}
	return 0;
}

/* *known: the registry has the API. */
static int by_api(struct channel *c, const struct endpoint *e, const struct digest *g, bool *known,
	struct registry_referrers *out, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct http_response r;
	struct url at = e->base;
	struct ask k = { .at = e, .scope = "pull", .start = &at };
	k.q.max = MANIFEST_MAX;
	at.target = repository_path(
		c->mem, e, arena_fmt(c->mem, "referrers/%s", digest_text(g, text)));
	*known = true;
	for (unsigned page = 0; page < PAGES_MAX; page++) {
		if (registry_ask(c, &k, &r, d) < 0)
			return -1;
		if (page == 0 && (r.status == 404 || r.status == 400 || r.status == 405)) {
			*known = false;
			return 0;
		}
		if (r.status != 200)
			return registry_refused(c, &k, &r, "listing referrers", d);
		if (add_all(c, r.body, r.body_len, out, d) < 0)
			return -1;
		r.location = r.link ? link_next(c->mem, r.link) : NULL;
		if (!r.location)
			return 0;
		struct url from = at;
		if (registry_location(c, e, &from, &r, &at, d) < 0)
			return -1;
	}
	return fail(d, KIND_INPUT, NULL, "the list of referrers has more than %d pages", PAGES_MAX);
}

static int by_tag(struct channel *c, const struct endpoint *e, const struct digest *g,
	struct registry_referrers *out, struct diags *d)
{
	struct manifest_text t;
	bool found;
	if (manifest_find(c, e, referrers_tag(c->mem, g), &t, &found, d) < 0)
		return -1;
	return found ? add_all(c, t.text, (size_t)t.desc.size, out, d) : 0;
}

static int by_cosign(struct channel *c, const struct endpoint *e, const struct digest *g,
	struct registry_referrers *out, struct diags *d)
{
	static const struct {
		const char *suffix, *type;
	} tags[] = {
		{ ".sig", "application/vnd.dev.cosign.artifact.sig.v1+json" },
		{ ".att", "application/vnd.dev.cosign.artifact.att.v1+json" },
		{ ".sbom", "application/vnd.dev.cosign.artifact.sbom.v1+json" },
	};
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		struct manifest_text t;
		bool found;
		const char *tag = arena_fmt(
			c->mem, "%s%s", referrers_tag(c->mem, g), tags[i].suffix);
		if (manifest_find(c, e, tag, &t, &found, d) < 0)
			return -1;
		if (!found)
			continue;
		struct registry_referrer one = { .desc = t.desc, .tag = tag };
		one.desc.artifact_type = tags[i].type;
		vec_push(c->r->mem, out, one);
	}
	return 0;
}

int referrers_of(struct channel *c, const struct endpoint *e, const struct digest *g, bool all,
	struct registry_referrers *out, struct diags *d)
{
	bool known;
	if (by_api(c, e, g, &known, out, d) < 0 || (!known && by_tag(c, e, g, out, d) < 0))
		return -1;
	return all ? by_cosign(c, e, g, out, d) : 0;
}

int registry_referrers(
	struct registry *r, const char *name, struct registry_referrers *out, struct diags *d)
{
	struct reference ref;
	struct endpoints from;
	struct manifest_text root;
	struct registry_referrers all = { 0 };
	struct digest want;
	/* The lists live as long as the session. */
	AUTO_CHANNEL own = channel_open(r, NULL);
	struct channel c = { .r = r, .http = own.http, .mem = r->mem };
	if (registry_name(&c, name, &ref, d) < 0 ||
		endpoints_of(&c, ref.repository, &from, d) < 0 ||
		endpoints_settle(&c, &from, d) < 0)
		return -1;
	const struct endpoint *e = &from.items[from.len - 1];
	bool by_digest = *ref.digest && digest_parse(ref.digest, &want) == 0;
	if (!by_digest) {
		if (manifest_get(&c, &from, ref.tag, NULL, &root, d) < 0)
			return fail_ctx(d, "looking for \"%s\"", name);
		want = root.desc.digest;
	}
	if (referrers_of(&c, e, &want, true, &all, d) < 0)
		return fail_ctx(d, "listing what refers to \"%s\"", name);
	*out = all;
	return 0;
}
