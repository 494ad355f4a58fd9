/*
 * One HTTP/1.1 request and its answer (RFC 9110), over libcurl: no redirect is followed, nothing is
 * retried, no credential is added here. What the other side may make us read is bounded: headers,
 * texts, and bodies beyond what was asked for.
 */
#ifndef REGISTRY_HTTP_H
#define REGISTRY_HTTP_H

#include "mkimage/registry/curl_api.h"
#include "mkimage/registry/url.h"

#include <stdint.h>

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH };

/* How to meet a host by TLS: PEM files, NULL for none. An own CA is trusted beside the system's. */
struct tls {
	const char *ca, *cert, *key;
};

struct http_request {
	enum http_method method;
	struct url url;
	const struct tls *tls;	/* of url's host, or NULL */
	struct strings headers; /* "Name: value" */

	/* What is sent: bytes, or a part of a file. */
	const void *body;
	int body_fd; /* used when body_len and no body */
	uint64_t body_at, body_len;

	/*
	 * What comes back with a 2xx: into the response's body, or to sink, which returns -1 to
	 * stop. At most max bytes, else the request fails. from: bytes that are here already; the
	 * rest is asked for, and when everything comes all the same, the first bytes are passed
	 * over.
	 */
	uint64_t max, from;
	int (*sink)(void *ctx, const void *bytes, size_t len);
	void *ctx;
};

struct http_response {
	long status;
	/* NULL: the header was not there. */
	const char *location, *content_type, *digest, *link, *retry_after, *date, *range,
		*content_range, *subject;
	struct strings challenges; /* WWW-Authenticate */
	bool has_length;
	uint64_t length;
	char *body; /* NUL-terminated */
	size_t body_len;
};

/* What http_send says when there is no answer. */
enum http_result {
	HTTP_FAILED = -1, /* an error is recorded; trying again does not help */
	HTTP_ANSWERED = 0,
	HTTP_LOST = 1,	 /* no answer or half of one: http_lost has the text */
	HTTP_REFUSED = 2 /* nobody listens */
};

struct http; /* connections that are kept open, for one thread at a time */

struct http_limits {
	/* So long without data, and the transfer is lost; ten times as long for a whole text. */
	unsigned stall_seconds;
};

struct http *http_open(const struct http_limits *limits);
void http_close(struct http **h);
/* A transfer ends when that becomes true; NULL: never. */
void http_cancel_by(struct http *h, const bool *cancel);

/* The response lives in a. */
enum http_result http_send(struct http *h, struct arena *a, const struct http_request *q,
	struct http_response *out, struct diags *d);
/* Why the last http_send was lost. */
const char *http_lost(const struct http *h);
/* Seconds that Retry-After asks for (seconds, or a date after the answer's own Date); -1: none. */
long http_retry_after(const struct http *h, const struct http_response *r);

#endif
