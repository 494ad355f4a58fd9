/* Hooks (runtime spec, config.md "POSIX-platform Hooks"): each gets the container's state on stdin.
 */
#ifndef RT_CONTAINER_HOOKS_H
#define RT_CONTAINER_HOOKS_H

#include "system-runtime/oci/spec.h"
#include "system-runtime/state/state.h"

/* Runs them one after the other, in the caller's namespaces; the first that fails ends the list. */
CHECK int hooks_run(const hook_vec *hooks, const char *kind, const struct state *s,
	enum status status, struct rt_error *e);
/* Those that other commands will run, kept in the state folder: config.json may change. */
CHECK int hooks_save(int dir, const struct hooks_spec *h, struct rt_error *e);
/* *out is empty when nothing was saved. */
CHECK int hooks_load(int dir, struct mem *m, struct hooks_spec *out, struct rt_error *e);

/* The end of what a hook writes to stderr. */
struct hook_words {
	char text[200];
	size_t n;
};

void hook_words_add(struct hook_words *w, const char *bytes, size_t n);
/* Its last line that says something; what a terminal would obey is made harmless. Once. */
const char *hook_words_last(struct hook_words *w);

#endif
