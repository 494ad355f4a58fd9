/*
 * The config as it was understood: files and labels merged, names normalised, defaults applied, and
 * for each value where it is from. Written as YAML it is a config that gives the same system.
 */
#ifndef PLAN_RESOLVED_H
#define PLAN_RESOLVED_H

#include "mkimage/plan/plan.h"

enum origin_kind {
	ORIGIN_FILE,	/* at */
	ORIGIN_LABEL,	/* org.mobyproject.config of an image; at is in its text */
	ORIGIN_IMAGE,	/* the image's own command, environment, working folder */
	ORIGIN_OPTION,	/* --arch */
	ORIGIN_DEFAULT, /* of the language */
	ORIGIN_PARTS	/* a map or list: look at what is in it */
};

struct origin {
	enum origin_kind kind;
	struct pos at;
	const char *variables; /* `TAG="1" from --set`, or NULL */
};

enum resolved_type {
	RESOLVED_TEXT,
	RESOLVED_WORD /* number, true, false */,
	RESOLVED_LIST,
	RESOLVED_MAP
};

struct resolved {
	const char *key; /* NULL: an item of a list, or the whole */
	enum resolved_type type;
	const char *text; /* TEXT, WORD */
	struct origin from;
	struct {
		struct resolved **items;
		size_t len, cap;
	} kids;
	const char *note; /* what a reader should know of it, or NULL */
};

/* A map. Containers whose images the plan left out are there without what their labels say. */
const struct resolved *plan_resolved(struct arena *a, const struct plan *p);

#endif
