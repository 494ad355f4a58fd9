#include "mkimage/registry/http_impl.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_STALLS = 10 };

struct http {
	struct arena *mem; /* owns this too */
	const struct curl_api *api;
	CURL *curl;
	struct http_limits limits;
	const bool *cancel;
	char error[CURL_ERROR_SIZE];
	const char *lost;
};

struct http *http_open(const struct http_limits *limits)
{
	struct arena *a = arena_new();
	struct http *h = ARENA_NEW(a, struct http);
	*h = (struct http){ .mem = a, .limits = *limits };
	return h;
}

void http_cancel_by(struct http *h, const bool *cancel)
{
	h->cancel = cancel;
}

/* At the first request: who makes none does not pay for libcurl. */
static int start(struct http *h, struct diags *d)
{
	if (h->curl)
		return 0;
	if (curl_api_load(&h->api, d) < 0)
		return -1;
	h->curl = h->api->easy_init();
	return h->curl ? 0 : fail(d, KIND_SYSTEM, NULL, "libcurl gives no handle");
}

void http_close(struct http **in)
{
	struct http *h = *in;
	*in = NULL;
	if (!h)
		return;
	if (h->curl)
		h->api->easy_cleanup(h->curl);
	arena_free(h->mem);
}

const char *http_lost(const struct http *h)
{
	return h->lost;
}

/* libcurl asks this about once a second, and when bytes pass. Its own low speed limit is a mean of
 * five seconds, and so sees the end of a fast transfer late. */
static int to_be_ended(void *ctx, curl_off_t a, curl_off_t down, curl_off_t b, curl_off_t up)
{
	struct exchange *x = ctx;
	struct timespec now;
	uint64_t moved = (uint64_t)down + (uint64_t)up;
	(void)a, (void)b;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (moved != x->moved || !x->moved_at.tv_sec)
		x->moved_at = now;
	x->moved = moved;
	x->silent = now.tv_sec - x->moved_at.tv_sec - (now.tv_nsec < x->moved_at.tv_nsec) >=
		    (time_t)x->stall_seconds;
	return x->silent || (x->cancel && __atomic_load_n(x->cancel, __ATOMIC_RELAXED));
}

/* The status line is parsed by libcurl, and known before the first byte of a body. */
static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
	void **both = ctx;
	struct http *h = both[0];
	struct exchange *x = both[1];
	if (!x->begun)
		h->api->easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &x->r->status);
	return http_take_body(bytes, size, n, x);
}

static void set_method(struct http *h, const struct http_request *q)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = h->api->easy_setopt;
	if (q->method == HTTP_HEAD)
		set(h->curl, CURLOPT_NOBODY, 1L);
	if (q->method == HTTP_GET || q->method == HTTP_HEAD)
		return;
	set(h->curl, CURLOPT_POST, 1L);
	set(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
	set(h->curl, CURLOPT_READFUNCTION, http_give_body);
	set(h->curl, CURLOPT_SEEKFUNCTION, http_rewind_body);
	if (q->method != HTTP_POST)
		set(h->curl, CURLOPT_CUSTOMREQUEST, q->method == HTTP_PUT ? "PUT" : "PATCH");
}

/* Texts are small: however evenly they drip, they end. Blobs may take as long as the line does. */
static long whole_seconds(const struct http *h, const struct http_request *q)
{
	bool text = !q->sink && (q->body || !q->body_len);
	return text ? (long)h->limits.stall_seconds * TEXT_STALLS : 0;
}

/* libcurl reads the proxies from the environment; what stays on this machine goes through none. */
static void set_transport(struct http *h, struct arena *a, const struct http_request *q)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = h->api->easy_setopt;
	set(h->curl, CURLOPT_URL, url_text(a, &q->url));
	set(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	set(h->curl, CURLOPT_FOLLOWLOCATION, 0L);
	set(h->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	set(h->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set(h->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	set(h->curl, CURLOPT_NOSIGNAL, 1L);
	set(h->curl, CURLOPT_BUFFERSIZE, 512L << 10);
	set(h->curl, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
	set(h->curl, CURLOPT_CONNECTTIMEOUT, (long)h->limits.stall_seconds);
	set(h->curl, CURLOPT_LOW_SPEED_LIMIT, 64L);
	set(h->curl, CURLOPT_LOW_SPEED_TIME, (long)h->limits.stall_seconds);
	set(h->curl, CURLOPT_TIMEOUT, whole_seconds(h, q));
	set(h->curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	set(h->curl, CURLOPT_ERRORBUFFER, h->error);
	if (url_is_loopback(&q->url))
		set(h->curl, CURLOPT_PROXY, "");
	if (q->tls && q->tls->ca)
		set(h->curl, CURLOPT_CAINFO, q->tls->ca);
	if (q->tls && q->tls->cert)
		set(h->curl, CURLOPT_SSLCERT, q->tls->cert);
	if (q->tls && q->tls->key)
		set(h->curl, CURLOPT_SSLKEY, q->tls->key);
}

static struct curl_slist *header_list(struct http *h, struct arena *a, const struct http_request *q)
{
	struct curl_slist *list = h->api->slist_append(NULL, "Expect:");
	list = h->api->slist_append(list, "User-Agent: slipway");
	if (q->method != HTTP_GET && q->method != HTTP_HEAD)
		list = h->api->slist_append(list, "Transfer-Encoding:");
	if (q->from)
		list = h->api->slist_append(
			list, arena_fmt(a, "Range: bytes=%llu-", (unsigned long long)q->from));
	vec_each (const char *, line, &q->headers)
		list = h->api->slist_append(list, *line);
	return list;
}

static const char *timed_out(struct http *h, struct arena *a, const struct http_request *q)
{
	long whole = whole_seconds(h, q);
	double took = 0;
	h->api->easy_getinfo(h->curl, CURLINFO_TOTAL_TIME, &took);
	if (whole && took >= (double)whole)
		return arena_fmt(
			a, "%s is not done after %ld seconds", url_safe(a, &q->url), whole);
	return arena_fmt(
		a, "%s is silent for %u seconds", url_safe(a, &q->url), h->limits.stall_seconds);
}

/* libcurl's texts may hold the URL with its query: only those of connecting are taken over. */
static enum http_result lost(
	struct http *h, struct arena *a, CURLcode rc, const struct http_request *q, struct diags *d)
{
	const char *where = url_safe(a, &q->url);
	switch ((int)rc) {
	case CURLE_COULDNT_CONNECT:
		h->lost = arena_fmt(a, "cannot connect to %s", url_host_port(a, &q->url));
		return HTTP_REFUSED;
	case CURLE_COULDNT_RESOLVE_HOST:
		return fail(d, KIND_SYSTEM,
			"check the name, or the network; --offline uses the store alone",
			"there is no host \"%s\", or no network", q->url.host);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return fail(d, KIND_SYSTEM, "check the variables http_proxy and https_proxy",
			"there is no such host as the proxy");
	case CURLE_PEER_FAILED_VERIFICATION:
		return fail(d, KIND_INTEGRITY,
			"if it has a CA of its own, name its file in registries.json or in certs.d",
			"%s has a certificate that is not trusted: %s", url_host_port(a, &q->url),
			*h->error ? h->error : h->api->easy_strerror(rc));
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		return fail(d, KIND_INPUT, NULL, "the certificate files for %s cannot be used: %s",
			url_host_port(a, &q->url),
			*h->error ? h->error : h->api->easy_strerror(rc));
	case CURLE_OPERATION_TIMEDOUT:
		h->lost = timed_out(h, a, q);
		return HTTP_LOST;
	case CURLE_OUT_OF_MEMORY:
		return fail(d, KIND_SYSTEM, NULL, "libcurl has no memory");
	default:
		if (strstr(h->error, "certificate required") || strstr(h->error, "bad certificate"))
			return fail(d, KIND_INPUT,
				"name it and its key in registries.json or in certs.d",
				"%s asks for a client certificate that it knows",
				url_host_port(a, &q->url));
		h->lost = arena_fmt(a, "%s breaks off: %s", where, h->api->easy_strerror(rc));
		return HTTP_LOST;
	}
}

enum http_result http_send(struct http *h, struct arena *a, const struct http_request *q,
	struct http_response *out, struct diags *d)
{
	if (start(h, d) < 0)
		return HTTP_FAILED;
	CURLcode (*set)(CURL *, CURLoption, ...) = h->api->easy_setopt;
	struct http_response r = { 0 };
	struct exchange x = { .q = q,
		.r = &r,
		.mem = a,
		.d = d,
		.cancel = h->cancel,
		.stall_seconds = h->limits.stall_seconds };
	void *both[] = { h, &x };
	h->api->easy_reset(h->curl); /* keeps the connections */
	h->error[0] = '\0';
	set_transport(h, a, q);
	set_method(h, q);
	set(h->curl, CURLOPT_READDATA, &x);
	set(h->curl, CURLOPT_SEEKDATA, &x);
	set(h->curl, CURLOPT_HEADERFUNCTION, http_take_header);
	set(h->curl, CURLOPT_HEADERDATA, &x);
	set(h->curl, CURLOPT_WRITEFUNCTION, take_body);
	set(h->curl, CURLOPT_WRITEDATA, both);
	set(h->curl, CURLOPT_NOPROGRESS, 0L);
	set(h->curl, CURLOPT_XFERINFOFUNCTION, to_be_ended);
	set(h->curl, CURLOPT_XFERINFODATA, &x);
	struct curl_slist *headers = header_list(h, a, q);
	set(h->curl, CURLOPT_HTTPHEADER, headers);
	CURLcode rc = h->api->easy_perform(h->curl);
	h->api->slist_free_all(headers);
	if (x.refused)
		return HTTP_FAILED;
	if (rc == CURLE_ABORTED_BY_CALLBACK && x.silent)
		return lost(h, a, CURLE_OPERATION_TIMEDOUT, q, d);
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return fail(d, KIND_SYSTEM, NULL, "the transfer is stopped, since another failed");
	if (rc != CURLE_OK && !x.enough)
		return lost(h, a, rc, q, d);
	h->api->easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &r.status);
	if (!r.body)
		r.body = arena_str(a, "");
	*out = r;
	return HTTP_ANSWERED;
}

long http_retry_after(const struct http *h, const struct http_response *r)
{
	if (!r->retry_after)
		return -1;
	char *end;
	long v = strtol(r->retry_after, &end, 10);
	if (end != r->retry_after && !*end)
		return v < 0 ? -1 : v;
	time_t when = h->api->getdate(r->retry_after, NULL);
	time_t now = r->date ? h->api->getdate(r->date, NULL) : -1;
	return when < 0 || now < 0 || when < now ? -1 : (long)(when - now);
}
