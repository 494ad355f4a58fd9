/*
 * Running other programs: argument vectors only, never a shell; a cleared environment; every exit
 * status looked at.
 */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include "base/diag.h"

#include <sys/types.h>

struct spawn {
	struct strings argv; /* argv[0] is looked up in PATH unless it has a slash */
	struct strings env;  /* "NAME=value"; PATH, HOME, LC_ALL=C and TZ=UTC are there already */
	const char *cwd;     /* NULL: ours */
	const char *install; /* the Debian package that has the program, for the hint; or NULL */
	const char *input;   /* what stdin has, at most 4096 bytes; NULL: nothing */
	bool runs_on; /* with spawn_status: not waited for, and not heard; *status is its process */
	bool inherit; /* stdin, stdout and stderr are ours (for programs that own the terminal) */
	int *pass;    /* descriptors that the program gets under their own numbers */
	size_t pass_len;
};

void spawn_arg(struct arena *a, struct spawn *s, const char *arg);
/* Several at once, ended by NULL. */
void spawn_args(struct arena *a, struct spawn *s, ...) __attribute__((sentinel));

/*
 * Runs to the end. stdout goes into *out (NUL-terminated, at most max bytes) when out is not NULL,
 * else it is dropped; stderr's last lines become part of the error. Fails with KIND_SYSTEM when the
 * program is missing, is killed, or exits other than 0.
 */
CHECK int spawn_run(struct arena *a, const struct spawn *s, size_t max, char **out, size_t *out_len,
	struct diags *d);
/* Runs to the end and gives the exit status (128 + signal when killed). For inherit. */
CHECK int spawn_status(struct arena *a, const struct spawn *s, int *status, struct diags *d);

#endif
