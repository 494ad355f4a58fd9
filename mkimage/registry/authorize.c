/*
 * From a challenge to an Authorization header. Credentials are those of the endpoint's own host;
 * the scope is what we need and not what the registry asks for, so that it cannot have us fetch a
 * token for somebody else's repository; and the token server is one that may be spoken to as the
 * registry is.
 */
#include "mkimage/registry/authorize.h"

#include "mkimage/registry/challenge.h"

#include <string.h>
#include <strings.h>

enum { ANSWER_MAX = 256 << 10 };

static struct auth *known(struct registry *r, const struct endpoint *e, const char *scope)
{
	vec_each (struct auth, one, &r->auths)
		if (url_same_origin(&one->origin, &e->base) &&
			(!one->scope || strcmp(one->scope, scope) == 0))
			return one;
	return NULL;
}

const char *authorization(struct channel *c, const struct endpoint *e, const char *scope)
{
	pthread_mutex_lock(&c->r->lock);
	const struct auth *have = known(c->r, e, scope);
	const char *header = have ? have->header : NULL;
	pthread_mutex_unlock(&c->r->lock);
	return header;
}

/* From now on this is what the endpoint gets. scope NULL: for all of them. */
static const char *remember(
	struct registry *r, const struct endpoint *e, const char *scope, const char *value)
{
	const char *header = arena_fmt(r->mem, "Authorization: %s", value);
	struct auth *old = known(r, e, scope ? scope : "");
	struct auth new = { .header = header, .scope = scope ? arena_str(r->mem, scope) : NULL };
	new.origin = e->base;
	new.origin.host = arena_str(r->mem, e->base.host);
	new.origin.target = "/";
	const char *secret = strchr(value, ' ') + 1;
	vec_push(r->mem, &r->secrets, arena_str(r->mem, secret));
	if (old)
		*old = new;
	else
		vec_push(r->mem, &r->auths, new);
	return header;
}

/* The address of the token server: TLS, unless the registry itself has none and it is as near. */
static int realm_url(struct channel *c, const struct endpoint *e, const struct challenge *h,
	struct url *out, struct diags *d)
{
	const char *why = NULL;
	struct url u;
	if (!h->realm)
		return fail(d, KIND_INPUT, NULL, "%s asks for a token and names no token server",
			e->host);
	if (url_parse(c->mem, h->realm, &u, &why) < 0)
		return fail(d, KIND_INPUT, NULL, "%s names a token server that is refused: %s",
			e->host, why);
	if (url_is_loopback(&u) && !url_is_loopback(&e->base))
		return fail(d, KIND_INTEGRITY, NULL, "%s names a token server on this machine",
			e->host);
	bool same_host = strcmp(u.host, e->base.host) == 0;
	if (!u.https && (e->base.https || !(url_is_loopback(&u) || (same_host && e->plain_ok))))
		return fail(d, KIND_INTEGRITY, NULL,
			"%s names a token server that is spoken to in plain http, \"%s\"", e->host,
			u.host);
	*out = u;
	return 0;
}

static const char *query(struct channel *c, const char *service, const char *scope, char first)
{
	const char *q = "";
	if (service)
		q = arena_fmt(c->mem, "%cservice=%s", first, url_encode(c->mem, service));
	for (const char *s = scope; *s;) {
		size_t n = strcspn(s, " ");
		q = arena_fmt(c->mem, "%s%cscope=%s", q, *q ? '&' : first,
			url_encode(c->mem, arena_strn(c->mem, s, n)));
		s += n + (s[n] == ' ');
	}
	return q;
}

static int token_of(struct channel *c, const struct endpoint *e, const struct http_response *r,
	const char **out, struct diags *d)
{
	struct json root;
	const char *token = NULL;
	const char *what = arena_fmt(c->mem, "the answer of %s's token server", e->host);
	if (json_parse(c->mem, what, r->body, r->body_len, &root, d) < 0 ||
		json_as_object(root, d) < 0 || json_str(root, "token", &token, d) < 0 ||
		(!token && json_str(root, "access_token", &token, d) < 0))
		return -1;
	if (!token || !token_ok(token))
		return fail(d, KIND_INPUT, NULL, "%s holds no token", what);
	*out = token;
	return 0;
}

static int fetch_token(struct channel *c, const struct endpoint *e, const struct challenge *h,
	const char *scope, const struct credentials *who, const char **out, struct diags *d)
{
	struct endpoint server = { .host = e->host };
	struct ask k = { .at = &server, .final = true };
	struct http_response r;
	k.q.max = ANSWER_MAX;
	if (realm_url(c, e, h, &server.base, d) < 0)
		return -1;
	server.tls = tls_of(c, &server.base);
	const char *path = server.base.target;
	if (who->identity_token) {
		const char *form = arena_fmt(c->mem,
			"grant_type=refresh_token&client_id=slipway&refresh_token=%s%s",
			url_encode(c->mem, who->identity_token), query(c, h->service, scope, '&'));
		k.q.method = HTTP_POST;
		k.q.url.target = path;
		k.q.body = form;
		k.q.body_len = strlen(form);
		vec_push(c->mem, &k.q.headers, "Content-Type: application/x-www-form-urlencoded");
	} else {
		k.q.url.target = arena_fmt(c->mem, "%s%s", path,
			query(c, h->service, scope, strchr(path, '?') ? '&' : '?'));
		if (who->user)
			vec_push(c->mem, &k.q.headers,
				arena_fmt(c->mem, "Authorization: %s",
					credentials_basic(c->mem, who)));
	}
	if (registry_ask(c, &k, &r, d) < 0)
		return fail_ctx(d, "getting a token for %s", e->host);
	if (r.status == 401 || r.status == 403)
		return fail(d, KIND_INPUT,
			who->user || who->identity_token
				? "log in to it again"
				: "log in to it, for example with `skopeo login`",
			"%s's token server gives no token: status %ld", e->host, r.status);
	if (r.status != 200)
		return registry_refused(c, &k, &r, "getting a token", d);
	return token_of(c, e, &r, out, d);
}

static const struct challenge *choose(const struct challenges *all, const char *scheme)
{
	vec_each (struct challenge, h, all)
		if (strcasecmp(h->scheme, scheme) == 0)
			return h;
	return NULL;
}

static int answer(struct channel *c, const struct endpoint *e, const char *scope,
	const struct challenges *all, const char **out, struct diags *d)
{
	const struct challenge *bearer = choose(all, "Bearer"), *basic = choose(all, "Basic");
	struct credentials who;
	const char *token;
	*out = NULL;
	if (!bearer && !basic)
		return fail(d, KIND_INPUT, NULL,
			"%s asks for a kind of login that is not known here", e->host);
	if (credentials_find(c->mem, e->host, e->repository, &who, d) < 0)
		return -1;
	if (who.password)
		vec_push(c->r->mem, &c->r->secrets, arena_str(c->r->mem, who.password));
	if (bearer && who.registry_token) {
		*out = remember(c->r, e, NULL, arena_fmt(c->mem, "Bearer %s", who.registry_token));
		return 0;
	}
	if (bearer && fetch_token(c, e, bearer, scope, &who, &token, d) < 0)
		return -1;
	if (bearer)
		*out = remember(c->r, e, scope, arena_fmt(c->mem, "Bearer %s", token));
	else if (who.user)
		*out = remember(c->r, e, NULL, credentials_basic(c->mem, &who));
	return 0;
}

int authorize(struct channel *c, const struct endpoint *e, const char *scope, const char *refused,
	const struct http_response *r, const char **out, struct diags *d)
{
	struct challenges all = { 0 };
	vec_each (const char *, value, &r->challenges)
		if (challenge_parse(c->mem, *value, &all) < 0)
			return fail(d, KIND_INPUT, NULL,
				"%s sends a malformed WWW-Authenticate header", e->host);
	/* One thread asks; the others then find what it got. */
	pthread_mutex_lock(&c->r->lock);
	struct auth *have = known(c->r, e, scope);
	int rc = 0;
	if (have && have->header != refused)
		*out = have->header;
	else
		rc = answer(c, e, scope, &all, out, d);
	pthread_mutex_unlock(&c->r->lock);
	return rc;
}
