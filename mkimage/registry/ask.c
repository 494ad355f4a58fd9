/* One checked exchange with a registry: attempts, redirects, credentials. */
#include "mkimage/registry/authorize.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { WAIT_FIRST_MS = 200, WAIT_MAX_MS = 5000, RETRY_AFTER_MAX = 60, REFUSED_TRIES = 3 };

static bool may_pass(long status)
{
	return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
	       status == 504;
}

static void wait_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* 307 and 308 keep method and body (RFC 9110, 15.4.8); what others would make of them is no upload.
 */
static bool is_redirect(const struct http_request *q, const struct http_response *r)
{
	if (r->status == 307 || r->status == 308)
		return true;
	return (q->method == HTTP_GET || q->method == HTTP_HEAD) &&
	       (r->status == 301 || r->status == 302 || r->status == 303);
}

/* A Location: another machine may send us neither out of TLS, nor to what listens on this one. */
int registry_location(struct channel *c, const struct endpoint *e, const struct url *from,
	const struct http_response *r, struct url *out, struct diags *d)
{
	const char *why = NULL, *where = url_safe(c->mem, from);
	struct url to;
	if (!r->location)
		return fail(d, KIND_INPUT, NULL, "%s redirects to nowhere", where);
	if (url_resolve(c->mem, from, r->location, &to, &why) < 0)
		return fail(d, KIND_INPUT, NULL, "%s redirects to an address that is refused: %s",
			where, why);
	if (from->https && !to.https)
		return fail(
			d, KIND_INTEGRITY, NULL, "%s redirects from https to plain http", where);
	if (url_is_loopback(&to) && !url_is_loopback(&e->base))
		return fail(d, KIND_INTEGRITY, NULL, "%s redirects to this machine", where);
	bool same_host = strcmp(to.host, e->base.host) == 0;
	if (!to.https && !url_is_loopback(&to) && !(same_host && e->plain_ok))
		return fail(d, KIND_INTEGRITY,
			"if that host may be spoken to in plain HTTP, say so in registries.json",
			"%s redirects to plain http on another machine, \"%s\"", where, to.host);
	*out = to;
	return 0;
}

/*
 * The answer at the end of the redirects. The credentials go to the endpoint alone: once a redirect
 * has led elsewhere, *home is false, and nothing after it gets them, whatever it answers.
 */
static enum http_result follow(struct channel *c, struct ask *k, const char *auth,
	struct http_response *out, bool *home, struct diags *d)
{
	struct http_request q = k->q;
	struct tls tls;
	struct url at = k->at->base;
	at.target = k->q.url.target;
	if (k->start)
		at = *k->start;
	if (k->have)
		q.from = *k->have;
	*home = true;
	for (unsigned hops = 0; hops <= REDIRECTS_MAX; hops++) {
		*home = *home && url_same_origin(&at, &k->at->base);
		tls = *home ? k->at->tls : tls_of(c, &at);
		q.url = k->answered = at;
		q.tls = &tls;
		q.headers = k->q.headers;
		if (*home && auth)
			vec_push(c->mem, &q.headers, auth);
		enum http_result rc = http_send(c->http, c->mem, &q, out, d);
		if (rc != HTTP_ANSWERED || k->final || !is_redirect(&q, out))
			return rc;
		if (registry_location(c, k->at, &q.url, out, &at, d) < 0)
			return HTTP_FAILED;
	}
	return fail(
		d, KIND_INPUT, NULL, "%s redirects more than %d times", k->at->host, REDIRECTS_MAX);
}

static const char *full_scope(struct channel *c, const struct ask *k)
{
	const char *scope = arena_fmt(c->mem, "repository:%s:%s", k->at->repository, k->scope);
	return k->also_pull ? arena_fmt(c->mem, "%s repository:%s:pull", scope, k->also_pull)
			    : scope;
}

/* As above, logging in when the endpoint asks for it. */
static enum http_result enter(
	struct channel *c, struct ask *k, struct http_response *out, struct diags *d)
{
	const char *scope = k->scope ? full_scope(c, k) : NULL;
	const char *auth = scope ? authorization(c, k->at, scope) : NULL;
	bool home;
	for (unsigned logins = 0;; logins++) {
		enum http_result rc = follow(c, k, auth, out, &home, d);
		if (rc != HTTP_ANSWERED || out->status != 401 || !home || !scope ||
			!out->challenges.len || logins == LOGINS_MAX)
			return rc;
		const char *new = NULL;
		if (authorize(c, k->at, scope, auth, out, &new, d) < 0)
			return HTTP_FAILED;
		if (!new || new == auth)
			return HTTP_ANSWERED;
		auth = new;
	}
}

/* Milliseconds to wait before the next attempt, or -1: there is none. */
static long pause_before(struct channel *c, unsigned attempt, const struct http_response *r)
{
	long ms = WAIT_FIRST_MS << attempt;
	long said = r ? http_retry_after(c->http, r) : -1;
	if (said > RETRY_AFTER_MAX)
		return -1;
	if (said >= 0)
		return said * 1000;
	return ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
}

/* An answer but for 400, with which servers of TLS meet plain HTTP, says that there is none. */
static bool settles(enum http_result rc, const struct http_response *r)
{
	return rc == HTTP_ANSWERED && r->status != 400;
}

int registry_ask(struct channel *c, struct ask *k, struct http_response *out, struct diags *d)
{
	uint64_t before = k->have ? *k->have : 0;
	for (unsigned attempt = 0, total = 0;; attempt++, total++) {
		enum http_result rc = enter(c, k, out, d);
		if (rc == HTTP_FAILED)
			return -1;
		if (k->settle && k->settle->guessed) {
			k->settle->guessed = !settles(rc, out);
			if (endpoint_settle(c, k->settle, d) < 0)
				return -1;
			if (k->at->base.https)
				continue;
		}
		unsigned tries = c->r->settings.attempts;
		if (rc == HTTP_REFUSED && tries > REFUSED_TRIES)
			tries = REFUSED_TRIES;
		bool last = k->once || attempt + 1 >= tries;
		long ms = pause_before(c, attempt, rc == HTTP_ANSWERED ? out : NULL);
		if (rc == HTTP_ANSWERED && (!may_pass(out->status) || last || ms < 0))
			return 0;
		/* A slow line that goes on giving is worth going on with. */
		if (k->have && *k->have - before >= 1 << 20) {
			before = *k->have;
			attempt = 0;
			last = false;
		}
		if (rc != HTTP_ANSWERED && last)
			return fail(d, KIND_SYSTEM,
				rc == HTTP_REFUSED ? "is the registry running there?" : NULL,
				"%s, in %u attempts", http_lost(c->http), total + 1);
		wait_ms(ms);
	}
}
