/* Whether a kernel finds the disk that a format is for, and can mount a root without an initrd. */
#include "mkimage/build/build_impl.h"

#include <string.h>

static bool is_built_in(const struct kernel_modules *k, const char *name)
{
	vec_each (const char *, built, &k->all.builtin) {
		if (strcmp(*built, name) == 0)
			return true;
	}
	return false;
}

bool kernel_provides(const struct kernel_modules *k, const char *name)
{
	for (size_t i = 0; i < k->all.len; i++) {
		if (k->boot[i] && strcmp(k->all.items[i].name, name) == 0)
			return true;
	}
	return is_built_in(k, name);
}

void format_root_driver(struct build *b, const char *fs, struct diags *d)
{
	/* Without Slipway's labels, or a list of what is built in, nothing is known of it. */
	if (!b->modules || !b->modules->all.builtin.len || is_built_in(b->modules, fs))
		return;
	warn_at(d, b->plan->config->kernel.image.at,
		"take a kernel that has it built in, add an initrd of your own, or build -f kernel+initrd",
		"the kernel \"%s\" has no %s built in, and this format has no initrd that could load it: the kernel alone cannot mount this root",
		b->plan->kernel_ref, fs);
}

int format_drivers(struct build *b, const struct format *f, struct diags *d)
{
	struct tree *t;
	if (!f->drivers || build_tree(b, &t, d) < 0)
		return f->drivers ? -1 : 0;
	if (!b->modules) /* a kernel without Slipway's labels: nothing is known of it */
		return 0;
	for (const char *p = f->drivers; *p;) {
		size_t len = strcspn(p, " ");
		if (kernel_provides(b->modules, arena_strn(b->mem, p, len)))
			return 0;
		p += len + (p[len] == ' ');
	}
	return fail_at(d, b->plan->config->kernel.image.at,
		"take another kernel, or add one to the label io.slipway.kernel.modules.boot",
		"the kernel \"%s\" has no driver for the disk of this format (%s), neither built in nor in its boot list",
		b->plan->kernel_ref, f->drivers);
}
