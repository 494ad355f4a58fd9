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
static int find_scheme(struct channel *c, struct endpoint *e, struct diags *d)
{
	struct http_request q = { .url = e->base, .max = 64 << 10 };
	struct http_response r;
	q.url.target = "/v2/";
	enum http_result rc = http_send(c->http, c->mem, &q, &r, d);
	if (rc == HTTP_FAILED)
		return -1;
	if (rc == HTTP_LOST || (rc == HTTP_ANSWERED && r.status == 400))
		e->base.https = true;
	return 0;
}

static int endpoint_make(struct channel *c, const char *host, const char *path,
	struct endpoint *out, struct diags *d)
{
	struct endpoint e = { .host = host, .repository = path };
	const char *why = NULL;
	if (url_authority(c->mem, answers_as(host), &e.base, &why) < 0)
		return fail(d, KIND_INPUT, NULL, "\"%s\" is no host: %s", host, why);
	bool loopback = url_is_loopback(&e.base);
	e.plain_ok = loopback || c->r->o.plain_http;
	e.base.https = !e.plain_ok;
	if (!e.base.port)
		e.base.port = e.base.https ? 443 : 80;
	if (loopback && find_scheme(c, &e, d) < 0)
		return -1;
	*out = e;
	return 0;
}

int endpoints_of(struct channel *c, const char *repository, struct endpoints *out, struct diags *d)
{
	struct endpoints all = { 0 };
	struct endpoint e;
	const char *host = host_of(c->mem, repository);
	if (!host)
		return fail(d, KIND_INPUT, "write it like HOST/NAME:TAG",
			"\"%s\" names no registry", repository);
	if (endpoint_make(c, host, repository + strlen(host) + 1, &e, d) < 0)
		return -1;
	vec_push(c->mem, &all, e);
	*out = all;
	return 0;
}

const char *repository_path(struct arena *a, const struct endpoint *e, const char *rest)
{
	return arena_fmt(a, "/v2/%s/%s", e->repository, rest);
}

bool registry_serves(struct registry *r, const char *name)
{
	const char *full, *why;
	struct reference parts;
	(void)r;
	AUTO_ARENA a = arena_new();
	if (reference_normalise(a, name, &full, &why) < 0)
		return false;
	reference_split(a, full, &parts);
	return *parts.repository && host_of(a, parts.repository);
}
