/* The key seccomp: of a container. */
#include "mkimage/plan/plan_impl.h"

#include "base/fd.h"

#include <stdio.h>
#include <string.h>

enum { PROFILE_MAX = 1 << 20 };

/* The oldest kernel that the image may run on: Slipway's floor, or what the kernel image says. */
static void kernel_version(const struct planner *pl, unsigned out[2])
{
	const char *label = pl->p->kernel ? image_label(pl->p->kernel, "io.slipway.kernel.version")
					  : NULL;
	if (!label || sscanf(label, "%5u.%5u", &out[0], &out[1]) != 2) {
		out[0] = 5;
		out[1] = 12;
	}
}

const char *plan_beside(struct planner *pl, const struct y_str *y)
{
	const char *slash = y->at.file ? strrchr(y->at.file, '/') : NULL;
	if (y->v[0] == '/' || !slash)
		return y->v;
	return arena_fmt(pl->mem, "%.*s/%s", (int)(slash - y->at.file), y->at.file, y->v);
}

static int from_file(
	struct planner *pl, const struct y_str *y, const struct seccomp_for *f, struct service *s)
{
	unsigned before = pl->d->errors;
	char *text;
	size_t len;
	struct seccomp *out = ARENA_NEW(pl->mem, struct seccomp);
	s->seccomp_file = s->seccomp_path = plan_beside(pl, y);
	(void)plan_locked_file(pl, s->seccomp_file, &s->seccomp_path);
	const char *what = arena_fmt(pl->mem, "the seccomp profile \"%s\"", s->seccomp_file);
	if (file_read(pl->mem, s->seccomp_path, PROFILE_MAX, &text, &len, pl->d) < 0 ||
		seccomp_read(pl->mem, what, text, len, f, out, pl->d) < 0) {
		struct diag *g = pl->d->last;
		if (g && pl->d->errors > before && !g->at.line)
			g->at = y->at;
		return -1;
	}
	s->seccomp = out;
	return 0;
}

int plan_seccomp(struct planner *pl, const struct y_str *y, struct service *s)
{
	const char *how = y->v ? y->v : pl->slipway ? "default" : "unconfined";
	struct seccomp_for f = { .arch = pl->p->platform.arch, .capabilities = &s->bounding };
	kernel_version(pl, f.kernel);
	if (strcmp(how, "unconfined") == 0)
		return 0;
	if (strcmp(how, "default") != 0)
		return from_file(pl, y, &f, s);
	struct seccomp *out = ARENA_NEW(pl->mem, struct seccomp);
	seccomp_default(pl->mem, &f, out);
	s->seccomp = out;
	return 0;
}
