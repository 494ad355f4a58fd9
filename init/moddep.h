/*
 * depmod's text files (modules.dep(5), kmod's depmod): which file a module is in and what it needs.
 * The files are borrowed as they are mapped; nothing is copied.
 */
#ifndef INIT_MODDEP_H
#define INIT_MODDEP_H

#include "init/span.h"

/* Module names are equal when they differ in '-' and '_' only. */
bool moddep_same_name(struct span a, struct span b);
/* "kernel/drivers/block/virtio_blk.ko.xz" -> "virtio_blk". */
struct span moddep_name(struct span path);

/* A line "path: dep dep ..." of modules.dep. Dependencies are loaded from the last to the first. */
struct moddep {
	struct span path, deps;
};
bool moddep_line(struct span line, struct moddep *out);
bool moddep_find(struct span dep_file, struct span name, struct moddep *out);
/* Takes the last word off *deps. False when none is left. */
bool moddep_last(struct span *deps, struct span *out);
/* Whether modules.builtin lists the module. */
bool moddep_builtin(struct span builtin_file, struct span name);

/* modules.softdep: "softdep NAME pre: a b post: c". Either list may be empty. */
struct softdep {
	struct span pre, post;
};
bool softdep_find(struct span softdep_file, struct span name, struct softdep *out);

#endif
