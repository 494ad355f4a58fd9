/* libcurl, loaded when the first request is made: it needs thirty libraries. */
#ifndef REGISTRY_CURL_API_H
#define REGISTRY_CURL_API_H

#include "base/diag.h"

#include <curl/curl.h>

struct curl_api {
	CURLcode (*global_init)(long flags);
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *);
	void (*easy_reset)(CURL *);
	CURLcode (*easy_perform)(CURL *);
	CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
	CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
	const char *(*easy_strerror)(CURLcode);
	struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
	void (*slist_free_all)(struct curl_slist *);
	time_t (*getdate)(const char *, const time_t *);
};

/* The same for the whole process; any thread may be the first. */
CHECK int curl_api_load(const struct curl_api **out, struct diags *d);

#endif
