/*
 * Shared libraries that are loaded when they are first needed: linked, they and what they need
 * would cost every command some milliseconds.
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include "base/diag.h"

/* A function by name, and the pointer that it is stored in. */
struct library_symbol {
	const char *name;
	void *slot;
};

/* soname "libx.so.1", of the Debian package that an error names. It stays loaded. */
CHECK int library_load(const char *soname, const char *package,
	const struct library_symbol *symbols, size_t len, struct diags *d);

#endif
