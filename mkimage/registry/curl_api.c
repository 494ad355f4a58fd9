#include "mkimage/registry/curl_api.h"

#include "base/library.h"

#include <openssl/crypto.h>
#include <pthread.h>

#define SYMBOL(name)                   \
	{                              \
		"curl_" #name, &a.name \
	}

static struct curl_api api;

static int load(struct diags *d)
{
	struct curl_api a;
	const struct library_symbol symbols[] = { SYMBOL(global_init), SYMBOL(easy_init),
		SYMBOL(easy_cleanup), SYMBOL(easy_reset), SYMBOL(easy_perform), SYMBOL(easy_setopt),
		SYMBOL(easy_getinfo), SYMBOL(easy_strerror), SYMBOL(slist_append),
		SYMBOL(slist_free_all), SYMBOL(getdate) };
	if (api.global_init)
		return 0;
	/* At exit, libcrypto would tidy for a millisecond what is gone in a moment anyway. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	if (library_load("libcurl.so.4", "libcurl4", symbols, ARRAY_LEN(symbols), d) < 0)
		return -1;
	if (a.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail(d, KIND_SYSTEM, NULL, "the library libcurl does not start");
	api = a;
	return 0;
}

int curl_api_load(const struct curl_api **out, struct diags *d)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&lock);
	int rc = load(d);
	pthread_mutex_unlock(&lock);
	*out = &api;
	return rc;
}
