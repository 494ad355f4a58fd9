#include "mkimage/registry/registry_impl.h"

#include <string.h>

static const char accept_line[] = "Accept: application/vnd.oci.image.index.v1+json, "
				  "application/vnd.oci.image.manifest.v1+json, "
				  "application/vnd.docker.distribution.manifest.list.v2+json, "
				  "application/vnd.docker.distribution.manifest.v2+json";

/* The type of what came: the header's, or what the text itself says. */
static int media_type(
	struct channel *c, const struct http_response *r, const char **out, struct diags *d)
{
	struct json root;
	const char *type = r->content_type ? arena_strn(c->mem, r->content_type,
						     strcspn(r->content_type, "; "))
					   : "";
	if (!media_is_index(type) && !media_is_manifest(type)) {
		const char *own = NULL;
		if (json_parse(c->mem, "the manifest", r->body, r->body_len, &root, d) < 0 ||
			json_as_object(root, d) < 0 || json_str(root, "mediaType", &own, d) < 0)
			return -1;
		if (own)
			type = own;
	}
	if (!media_is_index(type) && !media_is_manifest(type))
		return fail(d, KIND_INPUT,
			strstr(type, "v1+prettyjws") ? "push it again with a tool of this decade"
						     : NULL,
			"what the registry has is of the type \"%s\", which is no image", type);
	*out = type;
	return 0;
}

static int check(struct channel *c, const struct ask *k, const struct http_response *r,
	const struct digest *want, struct manifest_text *out, struct diags *d)
{
	char a[DIGEST_TEXT_SIZE], b[DIGEST_TEXT_SIZE];
	struct digest said;
	struct descriptor desc = { .size = r->body_len };
	digest_of(want ? want->alg : DIGEST_SHA256, r->body, r->body_len, &desc.digest);
	if (want && !digest_equal(want, &desc.digest))
		return registry_lies(k->at, want, &desc.digest, d);
	if (!want && r->digest && digest_parse(r->digest, &said) == 0 &&
		said.alg == desc.digest.alg && !digest_equal(&said, &desc.digest))
		return fail(d, KIND_INTEGRITY, "ask again later",
			"%s says that the manifest is %s, and its bytes give %s", k->at->host,
			digest_text(&said, a), digest_text(&desc.digest, b));
	if (media_type(c, r, &desc.media_type, d) < 0)
		return -1;
	out->desc = desc;
	out->text = r->body;
	out->from = k->at;
	return 0;
}

static struct ask question(struct channel *c, const struct endpoint *e, const char *ref)
{
	struct ask k = { .at = e, .scope = "pull" };
	k.q = (struct http_request){ .method = HTTP_GET, .max = MANIFEST_MAX };
	k.q.url.target = repository_path(c->mem, e, arena_fmt(c->mem, "manifests/%s", ref));
	vec_push(c->mem, &k.q.headers, accept_line);
	return k;
}

static int answer(struct channel *c, struct ask *k, const char *ref, const struct digest *want,
	bool *found, struct manifest_text *out, struct diags *d)
{
	struct http_response r;
	if (registry_ask(c, k, &r, d) < 0)
		return -1;
	if (found)
		*found = r.status != 404;
	if (found && r.status == 404)
		return 0;
	if (r.status != 200)
		return registry_refused(c, k, &r, arena_fmt(c->mem, "reading \"%s\"", ref), d);
	return check(c, k, &r, want, out, d);
}

int manifest_find(struct channel *c, const struct endpoint *e, const char *ref,
	struct manifest_text *out, bool *found, struct diags *d)
{
	struct ask k = question(c, e, ref);
	return answer(c, &k, ref, NULL, found, out, d);
}

int manifest_get(struct channel *c, const struct endpoints *from, const char *ref,
	const struct digest *want, struct manifest_text *out, struct diags *d)
{
	for (size_t i = 0; i + 1 < from->len; i++) {
		struct ask k = question(c, &from->items[i], ref);
		struct diags quiet; /* a mirror that cannot is passed over */
		diags_init(&quiet, c->mem);
		k.once = true;
		if (answer(c, &k, ref, want, NULL, out, &quiet) == 0)
			return 0;
	}
	struct ask k = question(c, &from->items[from->len - 1], ref);
	return answer(c, &k, ref, want, NULL, out, d);
}

int manifest_get_first(struct channel *c, struct endpoints *from, const char *ref,
	const struct digest *want, struct manifest_text *out, struct diags *d)
{
	if (from->len > 1)
		return endpoints_settle(c, from, d) < 0 ? -1
							: manifest_get(c, from, ref, want, out, d);
	struct ask k = question(c, from->items, ref);
	k.settle = from->items;
	return answer(c, &k, ref, want, NULL, out, d);
}
