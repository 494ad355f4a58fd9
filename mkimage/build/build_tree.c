/* The order in which the tree is filled: later entries win (LINUXKIT.md (b)). */
#include "mkimage/build/build_impl.h"

#include "base/fd.h"

#include <string.h>

struct build *build_new(
	struct arena *a, const struct plan *p, struct store *s, struct build_progress say)
{
	struct build *b = ARENA_NEW(a, struct build);
	*b = (struct build){ .mem = a, .plan = p, .store = s, .say = say };
	return b;
}

void build_without_sbom(struct build *b)
{
	b->no_sbom = true;
}

void build_drop(struct build **bp)
{
	struct build *b = *bp;
	*bp = NULL;
	if (!b)
		return;
	vec_each (struct out *, o, &b->outs)
		out_drop(o);
	vec_each (struct out *, o, &b->scratch)
		out_drop(o);
	signer_drop(&b->signer);
	layers_close(&b->layers);
	vec_each (int, fd, &b->fds)
		fd_drop(fd);
}

void build_say(const struct build *b, const char *fmt, ...)
{
	if (!b->say.say)
		return;
	va_list ap;
	va_start(ap, fmt);
	b->say.say(b->say.ctx, arena_vfmt(b->mem, fmt, ap));
	va_end(ap);
}

int build_scratch_folder(struct build *b, const char **out, struct diags *d)
{
	return store_folder(b->store, b->mem, "tmp", out, d);
}

int build_scratch(struct build *b, struct out **out, struct diags *d)
{
	const char *folder;
	if (build_scratch_folder(b, &folder, d) < 0)
		return -1;
	return out_scratch(folder, out, d);
}

struct out *build_keep(struct build *b, struct out **from)
{
	struct out *kept = *from;
	*from = NULL;
	vec_push(b->mem, &b->scratch, kept);
	return kept;
}

int errors_at(struct diags *d, unsigned before, struct pos at)
{
	struct diag *g = d->last;
	if (g && d->errors > before && g->kind == KIND_INPUT && !g->at.line)
		g->at = at;
	return -1;
}

/* Where init mounts its own file systems, on a root that is read-only. */
static int mount_points(struct build *b, struct diags *d)
{
	static const struct {
		const char *path;
		uint32_t mode;
	} all[] = {
		{ "dev", 0755 },
		{ "proc", 0755 },
		{ "sys", 0755 },
		{ "run", 0755 },
		{ "tmp", 01777 },
		{ "var", 0755 },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (tree_dir(b->tree, b->tree->root, all[i].path, all[i].mode, b->plan->epoch, NULL,
			    d) < 0)
			return -1;
	}
	return 0;
}

static int count(void *ctx, struct node *n, const char *path)
{
	(void)path;
	*(size_t *)ctx += n->inode->type != NODE_DIR;
	return 0;
}

int build_tree(struct build *b, struct tree **out, struct diags *d)
{
	static int (*const steps[])(struct build *, struct diags *) = {
		build_kernel,
		build_init,
		build_volumes,
		build_bundles,
		build_sbom,
		build_disk,
		build_files,
		build_mount_points,
	};
	if (b->tree) {
		*out = b->tree;
		return 0;
	}
	b->tree = tree_new(b->mem, b->plan->epoch);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i](b, d) < 0)
			goto failed;
	}
	if (b->plan->slipway_init && mount_points(b, d) < 0)
		goto failed;
	size_t files = 0;
	(void)tree_walk(b->tree->root, count, &files);
	build_say(b, "tree: %zu files", files);
	*out = b->tree;
	return 0;
failed:
	b->tree = NULL;
	return -1;
}

const char *build_layer_name(const struct build *b, const struct content *c)
{
	return layers_name(&b->layers, c);
}
