/* What changed between two images. */
#ifndef INSPECT_COMPARE_H
#define INSPECT_COMPARE_H

#include "mkimage/inspect/inspect.h"

struct change {
	char sign;	     /* '+' only in the second, '-' only in the first, '~' in both */
	const char *section; /* "kernel", "command line", "root hash", "part", … */
	const char *name;
	const char *before,
		*after; /* '~': what differs; else NULL or, where it says something, one */
};

struct changes {
	struct change *items;
	size_t len, cap;
};

/* Where two images begin to differ. part NULL: nowhere, expanded where they are compressed. */
struct difference {
	const char *part; /* the innermost */
	uint64_t part_at; /* bytes from its start */
	const char *file; /* in the part's files, or NULL */
	uint64_t file_at;
	int only; /* 1: only the first image has the file; 2: the second */
};
void inspect_first(const struct inspected *a, const struct inspected *b, struct difference *out);

/* In a fixed order. Contents are compared byte by byte. */
CHECK int inspect_compare(
	const struct inspected *a, const struct inspected *b, struct changes *out, struct diags *d);

#endif
