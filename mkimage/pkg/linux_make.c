/* A kernel's configuration and make; what comes out does not depend on where, when and by whom. */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/out/out.h"
#include "mkimage/pkg/kconfig.h"
#include "mkimage/pkg/linux_impl.h"

#include <string.h>

enum { CONFIG_MAX = 4 << 20, VERSION_MAX = 256 };

static int make(struct linux_build *x, const char *target, const char *env, struct diags *d)
{
	struct arena *a = x->b->mem;
	struct spawn s = { .cwd = x->dir, .install = "make" };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	spawn_args(a, &s, "make", "-s", arena_fmt(a, "-j%ld", cpus > 0 ? cpus : 1),
		arena_fmt(a, "ARCH=%s", x->arch), arena_fmt(a, "CROSS_COMPILE=%s", x->prefix),
		"LOCALVERSION=-slipway", "KBUILD_VERBOSE=0", target, NULL);
	/* All that kbuild would else ask the machine for
	 * (Documentation/kbuild/reproducible-builds.rst). */
	vec_push(a, &s.env, "KBUILD_BUILD_USER=slipway");
	vec_push(a, &s.env, "KBUILD_BUILD_HOST=slipway");
	vec_push(a, &s.env, "KBUILD_BUILD_VERSION=1");
	vec_push(a, &s.env, arena_fmt(a, "KBUILD_BUILD_TIMESTAMP=@%lld", (long long)x->b->epoch));
	vec_push(a, &s.env, arena_fmt(a, "SOURCE_DATE_EPOCH=%lld", (long long)x->b->epoch));
	vec_push(a, &s.env, "KCONFIG_NOTIMESTAMP=1");
	if (env)
		vec_push(a, &s.env, env);
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

static int text_write(const char *path, const char *text, struct diags *d)
{
	AUTO_OUT to = NULL;
	if (out_create(path, 0644, &to, d) < 0 || out_write(to, text, strlen(text), d) < 0)
		return -1;
	return out_commit(&to, d);
}

int linux_fragments(struct linux_build *x, struct diags *d)
{
	const struct recipe *r = x->b->recipe;
	x->asked.mem = d->mem;
	const struct y_list *names = &r->linux_source.config;
	for (size_t i = 0; i < names->len; i++) {
		const struct y_str *name = &names->items[i];
		const char *path = pkg_fragment(d->mem, r, name, x->b->options->platform.arch);
		char *text;
		size_t len;
		if (access(path, R_OK) < 0)
			return fail_at(d, name->at, "it is a file of the folder \"fragments\"",
				"there is no fragment \"%s\"", path);
		if (file_read(d->mem, path, CONFIG_MAX, &text, &len, d) < 0)
			return -1;
		diags_add_source(d, path, text, len);
		if (kconfig_add(&x->asked, path, text, len, d) < 0)
			return -1;
	}
	return 0;
}

int linux_configure(struct linux_build *x, struct diags *d)
{
	struct arena *a = x->b->mem;
	const char *all = arena_fmt(a, "%s.config", x->dir);
	char *got;
	size_t len;
	if (text_write(all, kconfig_text(&x->asked), d) < 0 ||
		make(x, "allnoconfig", arena_fmt(a, "KCONFIG_ALLCONFIG=%s", all), d) < 0 ||
		file_read(a, arena_fmt(a, "%s/.config", x->dir), CONFIG_MAX, &got, &len, d) < 0)
		return -1;
	return kconfig_check(&x->asked, got, d);
}

static int symbols_drop(struct linux_build *x, struct diags *d)
{
	struct arena *a = x->b->mem;
	struct spawn s = { .cwd = x->dir, .install = "binutils" };
	spawn_args(a, &s, arena_fmt(a, "%sstrip", x->prefix), "--strip-all", x->image, NULL);
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

int linux_make(struct linux_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const struct y_str *image = &b->recipe->linux_source.image;
	bool elf = image->v && strcmp(image->v, "vmlinux") == 0;
	const char *name = strcmp(x->arch, "arm64") == 0 ? "Image" : "bzImage";
	char *version;
	size_t len;
	pkg_progress(b, "compiling Linux for %s, which takes minutes", x->arch);
	if (make(x, elf ? "vmlinux" : name, NULL, d) < 0 ||
		file_read(b->mem, arena_fmt(b->mem, "%s/include/config/kernel.release", x->dir),
			VERSION_MAX, &version, &len, d) < 0)
		return -1;
	version[strcspn(version, "\n")] = '\0';
	x->version = version;
	x->image = elf ? "vmlinux"
		       : arena_fmt(b->mem, "arch/%s/boot/%s",
				 strcmp(x->arch, "arm64") == 0 ? "arm64" : "x86", name);
	return elf ? symbols_drop(x, d) : 0;
}
