/* The checks' state, and its steps. */
#ifndef CHECK_CHECK_IMPL_H
#define CHECK_CHECK_IMPL_H

#include "mkimage/check/check.h"
#include "mkimage/tree/tree.h"

struct checker {
	struct arena *mem;
	const struct plan *plan;
	struct diags *d;
	/* The one that is looked at; without a name: the machine's own root. */
	const struct service *service;
	const struct tree *root; /* the files of its image */
};

/* An error or a warning, by the kind of the file. */
void check_mistake(struct checker *c, struct pos at, const char *hint, const char *fmt, ...)
	PRINTF(4, 5);
void check_warn(struct checker *c, struct pos at, const char *hint, const char *fmt, ...)
	PRINTF(4, 5);

/* Something (but for `except`) is mounted on path or above it: only the machine knows what. */
bool check_covered(const struct service *s, const char *path, const struct mount_point *except);
/* What stands in the image at that path, links followed; NULL with *covered false: nothing. */
const struct node *check_look(struct checker *c, const char *path, bool *covered);

/* Each returns -1 only when an image could not be read. */
/* All that the service's settings run in it. */
CHECK int check_commands(struct checker *c);
/* Whether the program `name` can be executed; what: as messages call it. */
CHECK int check_program(struct checker *c, struct pos at, const char *name, const char *what);
/* -1 as well when the root does not fit. */
CHECK int check_memory(struct checker *c, struct store *s);
CHECK int check_init(struct checker *c, struct store *s);
CHECK int check_libraries(struct checker *c, const struct node *program, const char *name);
void check_cwd(struct checker *c);
void check_mounts(struct checker *c);
void check_ports(struct checker *c);

#endif
