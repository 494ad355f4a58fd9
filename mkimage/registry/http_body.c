/* Bodies of requests and answers, on their way through libcurl. */
#include "mkimage/registry/http_impl.h"

#include "base/fd.h"

#include <string.h>

static bool good(const struct exchange *x)
{
	return x->r->status >= 200 && x->r->status < 300;
}

static int too_long(struct exchange *x)
{
	x->refused = true;
	return fail(x->d, KIND_INTEGRITY, NULL,
		"%s has more than the %llu bytes that it is to have", url_safe(x->mem, &x->q->url),
		(unsigned long long)x->q->max);
}

/* "bytes 100-199/200" must begin where we asked. */
static bool range_begins(const char *range, uint64_t from)
{
	unsigned long long at;
	return range && sscanf(range, "bytes %19llu-", &at) == 1 && at == from;
}

/* Before the first byte: what the headers say must fit what was asked. */
static int begin(struct exchange *x)
{
	x->begun = true;
	if (!good(x))
		return 0;
	bool part = x->r->status == 206;
	uint64_t max = part ? x->q->max - x->q->from : x->q->max;
	if (part && !range_begins(x->r->content_range, x->q->from)) {
		x->refused = true;
		return fail(x->d, KIND_INPUT, NULL,
			"%s answers with another range than it was asked for",
			url_safe(x->mem, &x->q->url));
	}
	if (x->r->has_length && x->r->length > max)
		return too_long(x);
	x->skip = part ? 0 : x->q->from;
	return 0;
}

static void keep_text(struct exchange *x, const char *bytes, size_t len)
{
	if (x->r->body_len + len + 1 > x->body_cap) {
		size_t cap = (x->r->body_len + len + 1) * 2;
		x->r->body = arena_grow(x->mem, x->r->body, x->r->body_len, cap);
		x->body_cap = cap;
	}
	memcpy(x->r->body + x->r->body_len, bytes, len);
	x->r->body_len += len;
	x->r->body[x->r->body_len] = '\0';
}

/* The text of an error: what is beyond the bound is not even read. */
static size_t take_error(struct exchange *x, const char *bytes, size_t len)
{
	size_t room = TEXT_MAX - x->r->body_len;
	keep_text(x, bytes, len < room ? len : room);
	x->enough = len >= room;
	return x->enough ? 0 : len;
}

size_t http_take_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	size_t len = size * n, all = len;
	if (!x->begun && begin(x) < 0)
		return 0;
	if (!good(x))
		return take_error(x, bytes, len);
	size_t over = x->skip < len ? (size_t)x->skip : len;
	x->skip -= over;
	bytes += over;
	len -= over;
	x->received += len;
	if (x->q->from + x->received > x->q->max) {
		(void)too_long(x);
		return 0;
	}
	if (!x->q->sink) {
		keep_text(x, bytes, len);
		return all;
	}
	if (len && x->q->sink(x->q->ctx, bytes, len) < 0) {
		x->refused = true;
		return 0;
	}
	return all;
}

size_t http_give_body(char *to, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	uint64_t left = x->q->body_len - x->sent;
	size_t len = size * n < left ? size * n : (size_t)left;
	if (x->q->body) {
		memcpy(to, (const char *)x->q->body + x->sent, len);
	} else if (len) {
		ssize_t got = fd_pread_full(x->q->body_fd, to, len, x->q->body_at + x->sent);
		if (got < 0 || (size_t)got < len) {
			x->refused = true;
			(void)fail_sys(
				x->d, got < 0 ? errno : EIO, "cannot read a blob that is sent");
			return CURL_READFUNC_ABORT;
		}
	}
	x->sent += len;
	return len;
}

int http_rewind_body(void *ctx, curl_off_t offset, int origin)
{
	struct exchange *x = ctx;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > x->q->body_len)
		return CURL_SEEKFUNC_CANTSEEK;
	x->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}
