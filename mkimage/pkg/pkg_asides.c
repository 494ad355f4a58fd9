/* Images that come out of a build beside its own: NAME-SUFFIX, under the same tag. */
#include "mkimage/pkg/pkg_impl.h"
#include "mkimage/sbom/sbom.h"

#include <string.h>

const char *pkg_aside_ref(struct arena *a, const char *ref, const char *suffix)
{
	const char *tag = strrchr(ref, ':');
	return arena_fmt(a, "%.*s-%s%s", (int)(tag - ref), ref, suffix, tag);
}

/* Where it comes from is the same; what it asks of a machine is not. */
static void labels_keep(const struct pkg_build *b, struct labels *out)
{
	static const char *const kept[] = { "io.slipway.debian", "io.slipway.kernel.version" };
	vec_each (const struct label, l, &b->labels)
		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			if (strcmp(l->key, kept[i]) == 0)
				vec_push(b->mem, out, *l);
}

int pkg_asides(struct pkg_build *b, const char *ref, struct diags *d)
{
	vec_each (const struct pkg_aside, aside, &b->asides) {
		struct pkg_build one = *b;
		struct inode *i;
		struct node *made;
		const char *name = arena_fmt(b->mem, "%s-%s", b->recipe->image.v, aside->suffix);
		const char *own = pkg_aside_ref(b->mem, ref, aside->suffix);
		one.tree = tree_new(b->mem, b->epoch);
		one.bom = sbom_copy(b->bom);
		one.labels = (struct labels){ 0 };
		labels_keep(b, &one.labels);
		i = tree_inode(one.tree, NODE_FILE, 0644, 0, 0, b->epoch);
		i->content = aside->content;
		pkg_progress(b, "writing %s", own);
		if (tree_put(one.tree, one.tree->root, aside->file, i, &made, d) < 0 ||
			pkg_image(&one, own, d) < 0 ||
			pkg_latest(b->store, b->mem, own, name, d) < 0)
			return -1;
	}
	return 0;
}
