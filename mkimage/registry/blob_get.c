#include "mkimage/registry/registry_impl.h"

#include <string.h>

/* Bytes on their way into the store. */
struct arrival {
	struct blob_in *in;
	uint64_t have;
	uint64_t *done;
	struct diags *d;
};

static int take(void *ctx, const void *bytes, size_t len)
{
	struct arrival *v = ctx;
	if (blob_in_write(v->in, bytes, len, v->d) < 0)
		return -1;
	v->have += len;
	__atomic_add_fetch(v->done, len, __ATOMIC_RELAXED);
	return 0;
}

static struct ask ask_for(
	struct channel *c, const struct endpoint *e, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	struct ask k = { .at = e, .scope = "pull" };
	k.q = (struct http_request){ .method = HTTP_GET, .max = desc->size };
	k.q.url.target = repository_path(
		c->mem, e, arena_fmt(c->mem, "blobs/%s", digest_text(&desc->digest, text)));
	return k;
}

static int short_of(
	const struct ask *k, const struct descriptor *desc, uint64_t have, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	return fail(d, KIND_INTEGRITY, NULL, "%s gives %llu bytes for the blob %s, which has %llu",
		k->at->host, (unsigned long long)have, digest_text(&desc->digest, text),
		(unsigned long long)desc->size);
}

static int text_from(struct channel *c, const struct endpoint *e, const struct descriptor *desc,
	char **text, struct diags *d)
{
	struct http_response r;
	struct digest got;
	struct ask k = ask_for(c, e, desc);
	if (registry_ask(c, &k, &r, d) < 0)
		return -1;
	if (r.status != 200)
		return registry_refused(c, &k, &r, "reading a blob", d);
	if (r.body_len != desc->size)
		return short_of(&k, desc, r.body_len, d);
	digest_of(desc->digest.alg, r.body, r.body_len, &got);
	if (!digest_equal(&got, &desc->digest))
		return registry_lies(e, &desc->digest, &got, d);
	*text = r.body;
	return 0;
}

int blob_get_text(struct channel *c, const struct endpoints *from, const struct descriptor *desc,
	size_t max, char **text, struct diags *d)
{
	char name[DIGEST_TEXT_SIZE];
	if (desc->size > max)
		return fail(d, KIND_INPUT, NULL,
			"the blob %s has %llu bytes, and at most %zu are allowed for its kind",
			digest_text(&desc->digest, name), (unsigned long long)desc->size, max);
	for (size_t i = 0; i + 1 < from->len; i++) {
		struct diags quiet;
		diags_init(&quiet, c->mem);
		if (text_from(c, &from->items[i], desc, text, &quiet) == 0)
			return 0;
	}
	return text_from(c, &from->items[from->len - 1], desc, text, d);
}

static int blob_from(struct channel *c, const struct endpoint *e, struct store *s,
	const struct descriptor *desc, uint64_t *done, struct diags *d)
{
	struct http_response r;
	AUTO_BLOB_IN in = NULL;
	/* Waits for whoever gets it already; this thread holds no other blob. */
	int rc = blob_in_want(s, desc, true, &in, d);
	if (rc < 0)
		return -1;
	struct arrival v = { .done = done, .d = d };
	if (rc == BLOB_THERE) {
		__atomic_add_fetch(done, desc->size, __ATOMIC_RELAXED);
		return 0;
	}
	v.in = in;
	v.have = blob_in_size(in); /* of an attempt that was cut off */
	uint64_t began = v.have;
	__atomic_add_fetch(done, began, __ATOMIC_RELAXED);
	struct ask k = ask_for(c, e, desc);
	k.q.sink = take;
	k.q.ctx = &v;
	k.have = &v.have;
	rc = v.have == desc->size ? 0 : registry_ask(c, &k, &r, d);
	if (rc == 0 && v.have != desc->size)
		rc = r.status == 200 || r.status == 206
			     ? short_of(&k, desc, v.have, d)
			     : registry_refused(c, &k, &r, "reading a blob", d);
	struct diags quiet;
	diags_init(&quiet, c->mem);
	bool resumed = began > 0;
	if (rc == 0)
		rc = blob_in_commit(&in, &desc->digest, NULL, NULL, resumed ? &quiet : d);
	if (rc < 0)
		__atomic_sub_fetch(done, v.have, __ATOMIC_RELAXED);
	/* What the earlier attempt left may have been what is wrong: it is gone now. */
	return rc < 0 && quiet.errors ? blob_from(c, e, s, desc, done, d) : rc;
}

int blob_get(struct channel *c, const struct endpoints *from, struct store *s,
	const struct descriptor *desc, uint64_t *done, struct diags *d)
{
	char name[DIGEST_TEXT_SIZE];
	for (size_t i = 0; i + 1 < from->len; i++) {
		struct diags quiet;
		diags_init(&quiet, c->mem);
		if (blob_from(c, &from->items[i], s, desc, done, &quiet) == 0)
			return 0;
	}
	if (blob_from(c, &from->items[from->len - 1], s, desc, done, d) == 0)
		return 0;
	return fail_ctx(d, "getting the blob %s", digest_text(&desc->digest, name));
}
