/*
 * Uploads (distribution-spec "Pushing Blobs"): POST opens a session, its Location says where to go
 * on. A small blob goes with the closing PUT, a large one in pieces by PATCH, so that a broken
 * connection costs a piece and not the whole: the registry says with a GET how far it came.
 */
#include "mkimage/registry/registry_impl.h"

#include "base/fd.h"

#include <string.h>

static const uint64_t piece_size = 16 << 20;
enum { TRIES = 5 };

struct session {
	struct channel *c;
	const struct upload *u;
	const struct descriptor *desc;
	int fd;
	struct url at;
	uint64_t sent;
};

static struct ask ask_for(const struct upload *u, enum http_method method)
{
	struct ask k = { .at = u->to, .scope = "pull,push" };
	k.q.method = method;
	k.q.max = 64 << 10;
	return k;
}

/* 1: it is there; 0: it is not. */
static int is_there(
	struct channel *c, const struct upload *u, const struct descriptor *desc, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct http_response r;
	struct ask k = ask_for(u, HTTP_HEAD);
	k.q.url.target = repository_path(
		c->mem, u->to, arena_fmt(c->mem, "blobs/%s", digest_text(&desc->digest, text)));
	if (registry_ask(c, &k, &r, d) < 0)
		return -1;
	if (r.status == 200)
		return 1;
	return r.status == 404 ? 0 : registry_refused(c, &k, &r, "looking for a blob", d);
}

/* 1: mounted, nothing to send; 0: a session is open. */
static int open_session(struct session *x, bool mount, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct channel *c = x->c;
	struct http_response r;
	struct ask k = ask_for(x->u, HTTP_POST);
	const char *rest = "blobs/uploads/";
	if (mount)
		k.also_pull = x->u->mount_from;
	if (mount)
		rest = arena_fmt(c->mem, "blobs/uploads/?mount=%s&from=%s",
			digest_text(&x->desc->digest, text), url_encode(c->mem, x->u->mount_from));
	k.q.url.target = repository_path(c->mem, x->u->to, rest);
	vec_push(c->mem, &k.q.headers, "Content-Type:");
	if (registry_ask(c, &k, &r, d) < 0)
		return -1;
	if (r.status == 201 && mount)
		return 1;
	if (r.status != 202)
		return registry_refused(c, &k, &r, "beginning an upload", d);
	x->sent = 0;
	return registry_location(c, x->u->to, &k.answered, &r, &x->at, d);
}

static struct ask body_ask(struct session *x, enum http_method method, uint64_t len)
{
	struct ask k = ask_for(x->u, method);
	k.start = &x->at;
	k.q.body_fd = x->fd;
	k.q.body_at = x->sent;
	k.q.body_len = len;
	vec_push(x->c->mem, &k.q.headers, "Content-Type: application/octet-stream");
	return k;
}

/* "0-1023": how far the registry came. A session that it does not know begins anew. */
static int ask_how_far(struct session *x, struct diags *d)
{
	struct http_response r;
	unsigned long long last;
	struct ask k = ask_for(x->u, HTTP_GET);
	k.start = &x->at;
	if (registry_ask(x->c, &k, &r, d) < 0)
		return -1;
	if (r.status == 204 && r.range && sscanf(r.range, "0-%19llu", &last) == 1 &&
		last < x->desc->size) {
		x->sent = last ? last + 1 : 0; /* "0-0" is said for nothing, too */
		return r.location ? registry_location(x->c, x->u->to, &k.answered, &r, &x->at, d)
				  : 0;
	}
	return open_session(x, false, d) < 0 ? -1 : 0;
}

/* One piece. 1: it is there; 0: try again from x->sent. */
static int put_piece(struct session *x, uint64_t len, bool last_try, struct diags *d)
{
	struct http_response r;
	struct diags quiet;
	struct ask k = body_ask(x, HTTP_PATCH, len);
	diags_init(&quiet, x->c->mem);
	k.once = true;
	vec_push(x->c->mem, &k.q.headers,
		arena_fmt(x->c->mem, "Content-Range: %llu-%llu", (unsigned long long)x->sent,
			(unsigned long long)(x->sent + len - 1)));
	int rc = registry_ask(x->c, &k, &r, last_try ? d : &quiet);
	if (rc == 0 && r.status == 202) {
		x->sent += len;
		return registry_location(x->c, x->u->to, &k.answered, &r, &x->at, d) < 0 ? -1 : 1;
	}
	bool passing = rc < 0 || r.status >= 500 || r.status == 416 || r.status == 429;
	if (rc == 0 && (last_try || !passing))
		return registry_refused(x->c, &k, &r, "uploading a blob", d);
	return last_try ? -1 : ask_how_far(x, d);
}

static int put_pieces(struct session *x, uint64_t *sent, struct diags *d)
{
	for (unsigned failed = 0; x->sent < x->desc->size;) {
		uint64_t left = x->desc->size - x->sent, before = x->sent;
		int rc = put_piece(
			x, left < piece_size ? left : piece_size, failed + 1 >= TRIES, d);
		if (rc < 0)
			return -1;
		failed = rc ? 0 : failed + 1;
		__atomic_add_fetch(sent, x->sent - before, __ATOMIC_RELAXED);
	}
	return 0;
}

static int close_session(struct session *x, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct http_response r;
	digest_text(&x->desc->digest, text);
	x->at.target = arena_fmt(x->c->mem, "%s%cdigest=%s", x->at.target,
		strchr(x->at.target, '?') ? '&' : '?', text);
	struct ask k = body_ask(x, HTTP_PUT, x->desc->size - x->sent);
	if (registry_ask(x->c, &k, &r, d) < 0)
		return -1;
	if (r.status == 201 || r.status == 204)
		return 0;
	/* An attempt whose answer was lost may have done it. */
	if (r.status == 404 && is_there(x->c, x->u, x->desc, d) == 1)
		return 0;
	return registry_refused(x->c, &k, &r, "uploading a blob", d);
}

int blob_put(struct channel *c, const struct upload *u, struct store *s,
	const struct descriptor *desc, uint64_t *sent, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	AUTO_FD fd = -EBADF;
	struct session x = { .c = c, .u = u, .desc = desc };
	uint64_t pieces = 0;
	if (store_blob_open(s, desc, &fd, d) < 0)
		return -1;
	x.fd = fd;
	int rc = is_there(c, u, desc, d);
	if (rc == 0)
		rc = open_session(&x, u->mount_from != NULL, d);
	if (rc == 0 && desc->size > piece_size)
		rc = put_pieces(&x, &pieces, d);
	if (rc == 0)
		rc = close_session(&x, d);
	if (rc < 0)
		return fail_ctx(d, "pushing the blob %s", digest_text(&desc->digest, text));
	__atomic_add_fetch(sent, desc->size, __ATOMIC_RELAXED);
	return 0;
}

int manifest_put(struct channel *c, const struct endpoint *e, const char *ref,
	const struct manifest_text *t, bool *knows_subject, struct diags *d)
{
	struct http_response r;
	struct ask k = { .at = e, .scope = "pull,push" };
	k.q = (struct http_request){ .method = HTTP_PUT, .max = 64 << 10 };
	k.q.url.target = repository_path(c->mem, e, arena_fmt(c->mem, "manifests/%s", ref));
	k.q.body = t->text;
	k.q.body_len = t->desc.size;
	vec_push(c->mem, &k.q.headers, arena_fmt(c->mem, "Content-Type: %s", t->desc.media_type));
	if (registry_ask(c, &k, &r, d) < 0)
		return -1;
	if (r.status != 201 && r.status != 202)
		return registry_refused(c, &k, &r, arena_fmt(c->mem, "pushing \"%s\"", ref), d);
	*knows_subject = r.subject != NULL;
	return 0;
}
