/* What changed between two images. */
#ifndef INSPECT_COMPARE_H
#define INSPECT_COMPARE_H

#include "mkimage/inspect/inspect.h"

struct change {
	char sign;	     /* '+' only in the second, '-' only in the first, '~' in both */
	const char *section; /* "kernel", "command line", "part", "package", "file" */
	const char *name;
	const char *before,
		*after; /* '~': what differs; else NULL or, where it says something, one */
};

struct changes {
	struct change *items;
	size_t len, cap;
};

/* In a fixed order. Contents are compared byte by byte. */
CHECK int inspect_compare(
	const struct inspected *a, const struct inspected *b, struct changes *out, struct diags *d);

#endif
