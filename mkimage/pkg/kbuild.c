#include "mkimage/pkg/kbuild.h"

#include "base/spawn.h"

#include <string.h>
#include <unistd.h>

struct kbuild kbuild_open(struct pkg_build *b, const char *dir)
{
	bool arm = strcmp(b->options->platform.arch, "arm64") == 0;
	struct kbuild k = { .b = b, .dir = dir, .arch = arm ? "arm64" : "x86_64", .prefix = "" };
	if (strcmp(platform_host().arch, b->options->platform.arch) != 0)
		k.prefix = arm ? "aarch64-linux-gnu-" : "x86_64-linux-gnu-";
	return k;
}

int kbuild_make(const struct kbuild *k, const char *target, const char *more, const char *other,
	struct diags *d)
{
	struct arena *a = k->b->mem;
	struct spawn s = { .cwd = k->dir, .install = "make" };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	spawn_args(a, &s, "make", "-s", arena_fmt(a, "-j%ld", cpus > 0 ? cpus : 1),
		arena_fmt(a, "ARCH=%s", k->arch), arena_fmt(a, "CROSS_COMPILE=%s", k->prefix),
		"LOCALVERSION=-slipway", "KBUILD_VERBOSE=0", target, NULL);
	if (more)
		spawn_arg(a, &s, more);
	if (other)
		spawn_arg(a, &s, other);
	/* All that kbuild would else ask the machine for. */
	vec_push(a, &s.env, "KBUILD_BUILD_USER=slipway");
	vec_push(a, &s.env, "KBUILD_BUILD_HOST=slipway");
	vec_push(a, &s.env, "KBUILD_BUILD_VERSION=1");
	vec_push(a, &s.env, arena_fmt(a, "KBUILD_BUILD_TIMESTAMP=@%lld", (long long)k->b->epoch));
	vec_push(a, &s.env, arena_fmt(a, "SOURCE_DATE_EPOCH=%lld", (long long)k->b->epoch));
	vec_push(a, &s.env, "KCONFIG_NOTIMESTAMP=1");
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

int kbuild_tar(const struct kbuild *k, const char *dir, const char *what, const struct strings *but,
	const char *to, struct diags *d)
{
	struct arena *a = k->b->mem;
	struct spawn s = { .install = "tar" };
	spawn_args(a, &s, "tar", "--format=ustar", "--sort=name", "--owner=0", "--group=0",
		"--numeric-owner", "--mode=u=rwX,go=rX",
		arena_fmt(a, "--mtime=@%lld", (long long)k->b->epoch), "--exclude=.[!.]*", NULL);
	for (size_t i = 0; but && i < but->len; i++)
		spawn_arg(a, &s, arena_fmt(a, "--exclude=%s", but->items[i]));
	spawn_args(a, &s, "-cf", to, "-C", dir, what, NULL);
	return spawn_run(a, &s, 0, NULL, NULL, d);
}
