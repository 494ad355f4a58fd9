#include "base/fd.h"
#include "mkimage/pkg/apt_impl.h"

#include <stdlib.h>
#include <string.h>

static const char *debian_arch(const struct platform *p)
{
	static const char *const known[] = { "amd64", "arm64" };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(p->arch, known[i]) == 0)
			return known[i];
	return NULL;
}

/* apt and its methods run in folders of their own, and apt.conf quotes the path. */
static int full_path(struct arena *a, const char *path, const char **out, struct diags *d)
{
	char *full = realpath(path, NULL);
	if (!full)
		return fail_sys(d, errno, "cannot look at \"%s\"", path);
	*out = arena_str(a, full);
	free(full);
	if (strpbrk(*out, "\"\\\n"))
		return fail(d, KIND_USAGE, "set SLIPWAY_STORE to a folder without such characters",
			"apt cannot work in \"%s\": its path has a quote, a backslash or a newline",
			*out);
	return 0;
}

/* Of one suite's roots: those of other components are others. */
static const char *root_name(struct arena *a, const struct apt *apt)
{
	char *name = arena_fmt(a, "apt/%s-%s", apt->suite, apt->arch);
	if (strcmp(apt->components, "main") == 0)
		return name;
	name = arena_fmt(a, "%s-%s", name, apt->components);
	for (char *p = name; *p; p++)
		*p = *p == ' ' ? '+' : *p;
	return name;
}

int apt_open(struct store *s, struct arena *a, const struct apt_source *from,
	const struct platform *p, struct apt **out, struct diags *d)
{
	struct apt *apt = ARENA_NEW(a, struct apt);
	const char *suite = from->suite;
	const char *arch = debian_arch(p), *root, *debs;
	AUTO_FD lock = -EBADF;
	if (!apt_suite_valid(suite))
		return fail(d, KIND_INPUT, "name a release of Debian, such as \"trixie\"",
			"\"%s\" is no suite of Debian", suite);
	if (!arch)
		return fail(d, KIND_INPUT, "packages are built for amd64 and arm64",
			"Debian packages cannot be used for %s", p->arch);
	*apt = (struct apt){ .mem = a, .suite = arena_str(a, suite), .arch = arch };
	apt->components = from->components ? arena_str(a, from->components) : "main";
	if (store_folder(s, a, root_name(a, apt), &root, d) < 0 ||
		store_folder(s, a, "debs/tmp", &debs, d) < 0 ||
		store_folder(s, a, "debs", &debs, d) < 0 || full_path(a, root, &apt->root, d) < 0 ||
		full_path(a, debs, &apt->debs, d) < 0)
		return -1;
	apt->config = arena_fmt(a, "%s/apt.conf", apt->root);
	if (apt_lock(apt, &lock, d) < 0 || apt_root_make(apt, d) < 0 ||
		apt_update(apt, lock, false, d) < 0)
		return fail_ctx(d, "preparing apt for Debian %s (%s)", suite, arch);
	*out = apt;
	return 0;
}

void apt_close(struct apt **apt)
{
	*apt = NULL; /* all of it is the arena's */
}
