/* What a registry says when it refuses (distribution-spec "Error Codes"). */
#include "mkimage/registry/registry_impl.h"

#include <string.h>

enum { MESSAGE_MAX = 300 };

/* A registry that sends back what it got must not bring it to the screen and into logs. */
static bool shows_secret(struct registry *r, const char *message)
{
	bool shows = false;
	pthread_mutex_lock(&r->lock);
	vec_each (const char *, secret, &r->secrets)
		shows |= **secret && strstr(message, *secret);
	pthread_mutex_unlock(&r->lock);
	return shows;
}

/* {"errors":[{"code":"…","message":"…"}]} -> `: "…"`; "" when there is no such text. */
static const char *said(struct registry *session, struct arena *a, const struct http_response *r)
{
	struct diags quiet;
	struct json root, list, first;
	const char *message = NULL, *code = NULL;
	diags_init(&quiet, a);
	if (json_parse(a, "the answer", r->body, r->body_len, &root, &quiet) < 0 ||
		json_array(root, "errors", &list, &quiet) < 0)
		return "";
	struct json_each e = json_each(list);
	if (!json_next(&e, NULL, &first) || json_str(first, "message", &message, &quiet) < 0 ||
		json_str(first, "code", &code, &quiet) < 0)
		return "";
	if (!message || !*message)
		message = code;
	if (message && shows_secret(session, message))
		return "";
	return message ? arena_fmt(a, ": \"%.*s\"", MESSAGE_MAX, message) : "";
}

static const char *hint_of(const struct ask *k, long status)
{
	if (status == 401)
		return "log in to it, for example with `docker login` or `skopeo login`";
	if (status == 403 && k->scope && strstr(k->scope, "push"))
		return "ask for the right to push to it";
	if (status == 404)
		return "check the name and the tag";
	if (status == 429)
		return "wait, or log in: most registries give known users more";
	return NULL;
}

int registry_refused(struct channel *c, const struct ask *k, const struct http_response *r,
	const char *doing, struct diags *d)
{
	return fail(d, r->status >= 500 ? KIND_SYSTEM : KIND_INPUT, hint_of(k, r->status),
		"%s at %s is refused with status %ld%s", doing, k->at->host, r->status,
		said(c->r, c->mem, r));
}

int registry_lies(const struct endpoint *e, const struct digest *want, const struct digest *got,
	struct diags *d)
{
	char a[DIGEST_TEXT_SIZE], b[DIGEST_TEXT_SIZE];
	return fail(d, KIND_INTEGRITY, "do not trust this registry, or ask again later",
		"%s answers with %s when asked for %s", e->host, digest_text(got, b),
		digest_text(want, a));
}
