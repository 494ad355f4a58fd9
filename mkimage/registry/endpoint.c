/* From a repository's name to the hosts that may have it. */
#include "mkimage/registry/registry_impl.h"

#include <string.h>

/* The host of "host:5000/path", or NULL for names of our own packages. */
static const char *host_of(struct arena *a, const char *repository)
{
	size_t len = strcspn(repository, "/");
	if (!repository[len])
		return NULL;
	const char *host = arena_strn(a, repository, len);
	bool named = strpbrk(host, ".:") || strcmp(host, "localhost") == 0;
	for (const char *p = host; *p; p++)
		named |= *p >= 'A' && *p <= 'Z';
	return named ? host : NULL;
}

/* Docker's registry answers under another name than images say. */
static const char *answers_as(const char *host)
{
	return strcmp(host, "docker.io") == 0 ? "registry-1.docker.io" : host;
}

/* A loopback registry that has no TLS says so by what it answers to a plain request. */
int endpoint_settle(struct channel *c, struct endpoint *e, struct diags *d)
{
	if (!e->guessed)
		return 0;
	struct http_request q = { .url = e->base, .max = 64 << 10 };
	struct http_response r;
	q.url.target = "/v2/";
	enum http_result rc = http_send(c->http, c->mem, &q, &r, d);
	if (rc == HTTP_FAILED)
		return -1;
	if (rc == HTTP_LOST || (rc == HTTP_ANSWERED && r.status == 400))
		e->base.https = true;
	e->guessed = false;
	return 0;
}

int endpoints_settle(struct channel *c, struct endpoints *all, struct diags *d)
{
	vec_each (struct endpoint, e, all)
		if (endpoint_settle(c, e, d) < 0)
			return -1;
	return 0;
}

struct tls tls_of(struct channel *c, const struct url *u)
{
	return settings_tls(&c->r->settings, c->mem, url_host_port(c->mem, u));
}

/* origin: the user named this host, and did not find it in the settings. */
static int endpoint_make(
	struct channel *c, const char *name, bool origin, struct endpoint *out, struct diags *d)
{
	size_t len = strcspn(name, "/");
	struct endpoint e = { .host = arena_strn(c->mem, name, len) };
	const char *why = NULL;
	e.repository = name[len] ? name + len + 1 : "";
	if (url_authority(c->mem, answers_as(e.host), &e.base, &why) < 0)
		return fail(d, KIND_INPUT, NULL, "\"%s\" is no host: %s", e.host, why);
	bool loopback = url_is_loopback(&e.base);
	e.plain_ok = loopback || settings_plain_http(&c->r->settings, e.host) ||
		     (origin && c->r->o.plain_http);
	e.tls = settings_tls(&c->r->settings, c->mem, e.host);
	e.base.https = !e.plain_ok || e.tls.ca || e.tls.cert;
	if (!e.base.port)
		e.base.port = e.base.https ? 443 : 80;
	e.guessed = loopback && !e.base.https;
	*out = e;
	return 0;
}

int endpoints_of(struct channel *c, const char *repository, struct endpoints *out, struct diags *d)
{
	struct endpoints all = { 0 };
	struct endpoint e;
	const char *host = host_of(c->mem, repository);
	const struct registry_setting *s = settings_mirrors(&c->r->settings, repository);
	for (size_t i = 0; s && i < s->mirrors.len; i++) {
		const char *name = arena_fmt(
			c->mem, "%s%s", s->mirrors.items[i], repository + strlen(s->prefix));
		if (endpoint_make(c, name, false, &e, d) < 0)
			return fail_ctx(d, "looking at the mirrors of \"%s\"", s->prefix);
		vec_push(c->mem, &all, e);
	}
	if (host && endpoint_make(c, repository, true, &e, d) < 0)
		return -1;
	if (host)
		vec_push(c->mem, &all, e);
	if (!all.len)
		return fail(d, KIND_INPUT,
			"write it like HOST/NAME:TAG, or give it a mirror in registries.json",
			"\"%s\" names no registry", repository);
	*out = all;
	return 0;
}

const char *repository_path(struct arena *a, const struct endpoint *e, const char *rest)
{
	return arena_fmt(a, "/v2/%s/%s", e->repository, rest);
}

int registry_name(struct channel *c, const char *name, struct reference *out, struct diags *d)
{
	const char *full, *why = NULL;
	struct reference ref;
	if (reference_normalise(c->mem, name, &full, &why) < 0)
		return fail(d, KIND_INPUT, "write it like HOST/NAME:TAG",
			"\"%s\" is no image name: %s", name, why);
	reference_split(c->mem, full, &ref);
	if (!*ref.repository)
		return fail(d, KIND_INPUT, "write it like HOST/NAME@DIGEST",
			"\"%s\" is a digest alone, and names no registry", name);
	if (!*ref.tag && !*ref.digest)
		ref.tag = "latest";
	*out = ref;
	return 0;
}

bool registry_serves(struct registry *r, const char *name)
{
	const char *full, *why;
	struct reference parts;
	AUTO_ARENA a = arena_new();
	if (reference_normalise(a, name, &full, &why) < 0)
		return false;
	reference_split(a, full, &parts);
	return *parts.repository &&
	       (host_of(a, parts.repository) || settings_mirrors(&r->settings, parts.repository));
}
