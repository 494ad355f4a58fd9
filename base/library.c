#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

int library_load(const char *soname, const char *package, const struct library_symbol *symbols,
	size_t len, struct diags *d)
{
	const char *hint = arena_fmt(d->mem, "install the Debian package \"%s\"", package);
	void *lib = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
	if (!lib)
		return fail(d, KIND_SYSTEM, hint, "the library %s cannot be loaded: %s", soname,
			dlerror());
	for (size_t i = 0; i < len; i++) {
		void *sym = dlsym(lib, symbols[i].name);
		if (!sym)
			return fail(d, KIND_SYSTEM, hint, "the library %s lacks a function: %s",
				soname, dlerror());
		/* A function pointer from dlsym without a cast that ISO C does not have. */
		memcpy(symbols[i].slot, &sym, sizeof(sym));
	}
	return 0;
}
