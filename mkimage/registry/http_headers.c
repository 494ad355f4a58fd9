/* The header lines of an answer: the few that mean something to us, and a bound on all of them. */
#include "mkimage/registry/http_impl.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { CHALLENGES_MAX = 16 };

static const struct {
	const char *name;
	size_t at;
} wanted[] = {
	{ "Location", offsetof(struct http_response, location) },
	{ "Content-Type", offsetof(struct http_response, content_type) },
	{ "Docker-Content-Digest", offsetof(struct http_response, digest) },
	{ "Link", offsetof(struct http_response, link) },
	{ "Retry-After", offsetof(struct http_response, retry_after) },
	{ "Date", offsetof(struct http_response, date) },
	{ "Range", offsetof(struct http_response, range) },
	{ "Content-Range", offsetof(struct http_response, content_range) },
	{ "OCI-Subject", offsetof(struct http_response, subject) },
};

static int refuse(struct exchange *x, const char *what)
{
	x->refused = true;
	return fail(
		x->d, KIND_INPUT, NULL, "%s answers with %s", url_safe(x->mem, &x->q->url), what);
}

static int content_length(struct exchange *x, const char *value)
{
	uint64_t v = 0;
	for (const char *p = value; *p; p++)
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, 10u, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return refuse(x, "a malformed Content-Length");
	x->r->has_length = true;
	x->r->length = v;
	return 0;
}

static int keep(struct exchange *x, const char *name, const char *value)
{
	if (strcasecmp(name, "Content-Length") == 0)
		return content_length(x, value);
	if (strcasecmp(name, "WWW-Authenticate") == 0) {
		if (x->r->challenges.len == CHALLENGES_MAX)
			return refuse(x, "too many WWW-Authenticate headers");
		vec_push(x->mem, &x->r->challenges, value);
	}
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (strcasecmp(name, wanted[i].name) == 0)
			memcpy((char *)x->r + wanted[i].at, &value, sizeof(value));
	return 0;
}

size_t http_take_header(char *line, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	size_t len = size * n;
	x->header_bytes += len;
	if (x->header_bytes > HEADERS_MAX) {
		(void)refuse(x, "more header lines than anybody needs");
		return 0;
	}
	while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) { /* 100 Continue came before */
		*x->r = (struct http_response){ 0 };
		return size * n;
	}
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f) {
			(void)refuse(x, "control bytes in a header");
			return 0;
		}
	const char *colon = memchr(line, ':', len);
	if (!colon)
		return size * n;
	const char *name = arena_strn(x->mem, line, (size_t)(colon - line));
	const char *v = colon + 1, *end = line + len;
	while (v < end && (*v == ' ' || *v == '\t'))
		v++;
	while (end > v && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return keep(x, name, arena_strn(x->mem, v, (size_t)(end - v))) < 0 ? 0 : size * n;
}
