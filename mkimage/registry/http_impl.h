/* Inside one exchange. */
#ifndef REGISTRY_HTTP_IMPL_H
#define REGISTRY_HTTP_IMPL_H

#include "mkimage/registry/http.h"

#include <time.h>

enum {
	HEADERS_MAX = 128 << 10, /* all header lines of an answer */
	TEXT_MAX = 64 << 10	 /* of what comes with an error status; the rest is not read */
};

/* An exchange under way. refused: an error is recorded in d. */
struct exchange {
	const struct http_request *q;
	struct http_response *r;
	struct arena *mem;
	struct diags *d;
	const bool *cancel;
	size_t header_bytes, body_cap;
	uint64_t sent, received; /* received: of the body, without what was passed over */
	uint64_t skip;
	/* Since when no byte has passed, either way; so long, and it is silent. */
	struct timespec moved_at;
	uint64_t moved;
	unsigned stall_seconds;
	bool begun, refused, enough, silent;
};

/* libcurl's callbacks. */
size_t http_take_header(char *line, size_t size, size_t n, void *ctx);
size_t http_take_body(char *bytes, size_t size, size_t n, void *ctx);
size_t http_give_body(char *to, size_t size, size_t n, void *ctx);
int http_rewind_body(void *ctx, curl_off_t offset, int origin);

#endif
