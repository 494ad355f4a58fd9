/* Whether a kernel finds the disk that a format is for. */
#include "mkimage/build/build_impl.h"

#include <string.h>

bool kernel_provides(const struct kernel_modules *k, const char *name)
{
	for (size_t i = 0; i < k->all.len; i++) {
		if (k->boot[i] && strcmp(k->all.items[i].name, name) == 0)
			return true;
	}
	vec_each (const char *, built, &k->all.builtin) {
		if (strcmp(*built, name) == 0)
			return true;
	}
	return false;
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
