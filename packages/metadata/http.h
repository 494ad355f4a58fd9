/* HTTP/1.1 (RFC 9112) to an address of the machine's own network: one request, one answer, no
 * names, no TLS. */
#ifndef PACKAGES_METADATA_HTTP_H
#define PACKAGES_METADATA_HTTP_H

#include "packages/metadata/metadata.h"

struct http_request {
	const char *method;  /* "GET" */
	const char *address; /* "169.254.169.254:80" */
	const char *path;
	const char *header; /* one line without its end; NULL: none */
	bool low_port;	    /* from a port below 1024, as only root may: some services ask for it */
};

/*
 * The status of the answer, or -1: nobody answered, or not HTTP, or too much. *body is in memory of
 * this module until the next request.
 */
CHECK int http_ask(const struct http_request *r, struct text *body);

/* As http_ask, tried once a second until somebody answers, so many times. */
CHECK int http_ask_patiently(const struct http_request *r, int tries, struct text *body);

/* The parser, for http_ask and the fuzzer: an answer as a whole; changes the buffer. */
CHECK int http_parse(char *answer, size_t len, struct text *body);

#endif
