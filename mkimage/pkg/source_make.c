/* kbuild: configuration and make. */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/out/out.h"
#include "mkimage/pkg/source_impl.h"

#include <string.h>

/* Options that are known only when another is on lie at most so deep. */
enum { CONFIG_MAX = 1 << 20, SETTLE_ROUNDS = 3 };

static int make(struct source_build *x, const char *target, struct diags *d)
{
	struct pkg_build *b = x->b;
	struct arena *a = b->mem;
	struct spawn s = { .cwd = x->dir, .install = "make" };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	spawn_args(a, &s, "make", "-s", arena_fmt(a, "-j%ld", cpus > 0 ? cpus : 1), target,
		arena_fmt(a, "CC=%s", musl_cc(a, &x->musl)),
		arena_fmt(a, "CROSS_COMPILE=%s", x->musl.prefix), "HOSTCC=gcc", "KBUILD_VERBOSE=0",
		NULL);
	vec_push(a, &s.env, "KCONFIG_NOTIMESTAMP=1");
	vec_push(a, &s.env, arena_fmt(a, "SOURCE_DATE_EPOCH=%lld", (long long)b->epoch));
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

static int text_write(const char *path, const char *text, size_t len, struct diags *d)
{
	AUTO_OUT to = NULL;
	if (out_create(path, 0644, &to, d) < 0 || out_write(to, text, len, d) < 0)
		return -1;
	return out_commit(&to, d);
}

/* Is the line there, whole? */
static bool has_line(const char *text, const char *line, size_t len)
{
	for (const char *p = text; (p = strstr(p, line)) != NULL; p += len)
		if ((p == text || p[-1] == '\n') && (p[len] == '\n' || !p[len]))
			return true;
	return false;
}

/* Options that were renamed, or need others, vanish from the result without a word. */
static int obeyed(
	struct pkg_build *b, const char *wanted, const char *got, const char *name, struct diags *d)
{
	uint32_t number = 1;
	int rc = 0;
	for (const char *p = wanted; *p; number++) {
		size_t len = strcspn(p, "\n");
		if (strncmp(p, "CONFIG_", 7) == 0 &&
			!has_line(got, arena_strn(b->mem, p, len), len)) {
			struct pos at = {
				.file = name, .line = number, .col = 1, .len = (uint32_t)len
			};
			rc = fail_at(d, at,
				"it was renamed, or needs another option that is off: see Config.in "
				"of the source",
				"\"%.*s\" has no effect", (int)len, p);
		}
		p += len + (p[len] == '\n');
	}
	return rc;
}

int source_configure(struct source_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const struct recipe_source *r = &b->recipe->source;
	char *wanted, *got;
	size_t len, got_len;
	const char *name = arena_fmt(d->mem, "%s/%s", b->recipe->dir, r->config.v);
	if (pkg_folder_read(d->mem, b->recipe->dir, &r->config, CONFIG_MAX, &wanted, &len, d) < 0)
		return -1;
	diags_add_source(d, name, wanted, len);
	const char *config = arena_fmt(b->mem, "%s/.config", x->dir);
	if (make(x, "allyesconfig", d) < 0)
		return -1;
	for (int round = 0; round < SETTLE_ROUNDS; round++) {
		if (file_read(b->mem, config, CONFIG_MAX, &got, &got_len, d) < 0)
			return -1;
		const char *answers = source_select(b->mem, got, wanted);
		if (text_write(config, answers, strlen(answers), d) < 0 ||
			make(x, "oldconfig", d) < 0)
			return -1;
	}
	if (file_read(b->mem, config, CONFIG_MAX, &got, &got_len, d) < 0)
		return -1;
	return obeyed(b, wanted, got, name, d);
}

int source_make(struct source_build *x, struct diags *d)
{
	const struct recipe_source *r = &x->b->recipe->source;
	pkg_progress(x->b, "compiling %s for musl", r->package.v);
	if (make(x, r->program.v, d) < 0)
		return -1;
	return r->applets.v ? make(x, r->applets.v, d) : 0;
}
