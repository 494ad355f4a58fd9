/*
 * Which modules drive a device: the patterns of modules.alias against the modalias strings that
 * the kernel makes for devices. One pass over the file serves every pending string.
 */
#ifndef INIT_MODALIAS_H
#define INIT_MODALIAS_H

#include "init/span.h"

/* fnmatch(3) without flags: * ? [a-z] [!a]; '-' and '_' are equal outside of brackets. */
bool modalias_match(struct span pattern, struct span text);
/* "alias PATTERN MODULE". */
bool modalias_line(struct span line, struct span *pattern, struct span *module);

enum {
	/* A full set asks to be served before more is added; nothing is lost. */
	MODALIAS_BYTES = 24576,
	MODALIAS_COUNT = 384,
};

struct modalias_set {
	unsigned short end[MODALIAS_COUNT]; /* where each string ends in bytes[] */
	unsigned count;
	char bytes[MODALIAS_BYTES];
};

/* False when it is full; a string that is there already, or empty, or too long for any set, is
 * taken for done. */
bool modalias_add(struct modalias_set *set, struct span text);
struct span modalias_get(const struct modalias_set *set, unsigned i);
/* Calls load once for each line of the file that matches a string of the set. */
void modalias_each(const struct modalias_set *set, struct span alias_file,
	void (*load)(void *ctx, struct span module), void *ctx);

#endif
