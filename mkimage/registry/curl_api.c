#include "mkimage/registry/curl_api.h"

#include <dlfcn.h>
#include <string.h>

static struct curl_api api;

/* A function pointer from dlsym without a cast that ISO C does not have. */
static bool bound(void *lib, const char *name, void *slot)
{
	void *sym = dlsym(lib, name);
	memcpy(slot, &sym, sizeof(sym));
	return sym;
}

int curl_api_load(const struct curl_api **out, struct diags *d)
{
	static const char hint[] = "install the Debian package \"libcurl4\"";
	if (api.global_init) {
		*out = &api;
		return 0;
	}
	void *lib = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
	if (!lib)
		return fail(d, KIND_SYSTEM, hint, "the library libcurl cannot be loaded: %s",
			dlerror());
	struct curl_api a;
	if (!bound(lib, "curl_global_init", &a.global_init) ||
		!bound(lib, "curl_easy_init", &a.easy_init) ||
		!bound(lib, "curl_easy_cleanup", &a.easy_cleanup) ||
		!bound(lib, "curl_easy_reset", &a.easy_reset) ||
		!bound(lib, "curl_easy_perform", &a.easy_perform) ||
		!bound(lib, "curl_easy_setopt", &a.easy_setopt) ||
		!bound(lib, "curl_easy_getinfo", &a.easy_getinfo) ||
		!bound(lib, "curl_easy_strerror", &a.easy_strerror) ||
		!bound(lib, "curl_slist_append", &a.slist_append) ||
		!bound(lib, "curl_slist_free_all", &a.slist_free_all) ||
		!bound(lib, "curl_getdate", &a.getdate))
		return fail(d, KIND_SYSTEM, hint, "the library libcurl lacks a function: %s",
			dlerror());
	if (a.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail(d, KIND_SYSTEM, NULL, "the library libcurl does not start");
	api = a;
	*out = &api;
	return 0;
}
