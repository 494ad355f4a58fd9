/* A kernel's configuration and make. */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/out/out.h"
#include "mkimage/pkg/kconfig.h"
#include "mkimage/pkg/linux_impl.h"

#include <string.h>

enum { CONFIG_MAX = 4 << 20, VERSION_MAX = 256 };

static const char trusted[] = "CONFIG_SYSTEM_TRUSTED_KEYS=\"certs/trust.pem\"\n";

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
	if (!r->linux_source.trust.v)
		return 0;
	return kconfig_add(&x->asked, r->file, trusted, sizeof(trusted) - 1, d);
}

bool linux_modular(const struct linux_build *x)
{
	vec_each (const struct kconfig_option, o, &x->asked)
		if (strcmp(o->name, "CONFIG_MODULES") == 0)
			return o->value && strcmp(o->value, "y") == 0;
	return false;
}

/* The certificates become a part of the kernel. */
static int trust_put(struct linux_build *x, struct diags *d)
{
	const struct y_str *trust = &x->b->recipe->linux_source.trust;
	char *text;
	size_t len;
	if (!trust->v)
		return 0;
	if (pkg_folder_read(x->b->mem, x->b->recipe->dir, trust, CONFIG_MAX, &text, &len, d) < 0)
		return -1;
	return text_write(arena_fmt(x->b->mem, "%s/certs/trust.pem", x->k.dir), text, d);
}

int linux_configure(struct linux_build *x, struct diags *d)
{
	struct arena *a = x->b->mem;
	const char *all = arena_fmt(a, "%s.config", x->k.dir);
	char *got;
	size_t len;
	if (trust_put(x, d) < 0 || text_write(all, kconfig_text(&x->asked), d) < 0 ||
		kbuild_make(&x->k, "allnoconfig", arena_fmt(a, "KCONFIG_ALLCONFIG=%s", all), NULL,
			d) < 0 ||
		file_read(a, arena_fmt(a, "%s/.config", x->k.dir), CONFIG_MAX, &got, &len, d) < 0)
		return -1;
	return kconfig_check(&x->asked, got, d);
}

static int symbols_drop(struct linux_build *x, struct diags *d)
{
	struct arena *a = x->b->mem;
	struct spawn s = { .cwd = x->k.dir, .install = "binutils" };
	spawn_args(a, &s, arena_fmt(a, "%sstrip", x->k.prefix), "--strip-all", x->image, NULL);
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

int linux_make(struct linux_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const struct y_str *image = &b->recipe->linux_source.image;
	bool elf = image->v && strcmp(image->v, "vmlinux") == 0;
	const char *name = strcmp(x->k.arch, "arm64") == 0 ? "Image" : "bzImage";
	char *version;
	size_t len;
	pkg_progress(b, "compiling Linux for %s, which takes minutes", x->k.arch);
	if (kbuild_make(&x->k, elf ? "vmlinux" : name, linux_modular(x) ? "modules" : NULL, NULL,
		    d) < 0 ||
		file_read(b->mem, arena_fmt(b->mem, "%s/include/config/kernel.release", x->k.dir),
			VERSION_MAX, &version, &len, d) < 0)
		return -1;
	version[strcspn(version, "\n")] = '\0';
	x->version = version;
	x->image = elf ? "vmlinux"
		       : arena_fmt(b->mem, "arch/%s/boot/%s",
				 strcmp(x->k.arch, "arm64") == 0 ? "arm64" : "x86", name);
	return elf ? symbols_drop(x, d) : 0;
}
