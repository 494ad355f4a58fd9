/* Layers from bytes, laid over each other in one tree. */
#ifndef TESTS_UNIT_LAYER_STACK_H
#define TESTS_UNIT_LAYER_STACK_H

#include "mkimage/layer/layer.h"
#include "tests/unit/store_scratch.h"
#include "tests/unit/tar_build.h"

#include <dirent.h>

static const char plain_type[] = "application/vnd.oci.image.layer.v1.tar";

struct stack {
	struct scratch *c;
	struct tree *tree;
	struct node *root; /* of the layers; NULL: the tree's */
	struct layers open;
};

static inline struct stack stack_new(struct scratch *c)
{
	return (struct stack){ .c = c, .tree = tree_new(c->mem, 0) };
}

static inline int apply_blob(struct stack *s, const void *bytes, size_t len, const char *type,
	const struct digest *diff_id)
{
	struct scratch *c = s->c;
	struct descriptor desc = { .media_type = type, .size = len };
	struct layer *l;
	assert_ok(c, store_blob_put(c->store, bytes, len, &desc.digest, &c->diags));
	if (layer_open(c->store, c->mem, &desc, diff_id, &l, &c->diags) < 0)
		return -1;
	vec_push(c->mem, &s->open, l);
	return layer_apply(l, s->tree, s->root ? s->root : s->tree->root, "ref", "loc", &c->diags);
}

static inline int apply(struct stack *s, const struct tar_build *t)
{
	struct digest diff_id;
	digest_of(DIGEST_SHA256, t->bytes, t->len, &diff_id);
	return apply_blob(s, t->bytes, t->len, plain_type, &diff_id);
}

static inline bool has(struct stack *s, const char *path)
{
	return tree_find(s->tree->root, path) != NULL;
}

/* Nothing but the lock may lie in unpacked/ after a refusal. */
static inline unsigned unpacked_files(struct scratch *c)
{
	unsigned n = 0;
	DIR *dir = opendir(arena_fmt(c->mem, "%s/unpacked/sha256", store_path(c->store)));
	for (struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] != '.' && strcmp(e->d_name, "lock") != 0;
	if (dir)
		closedir(dir);
	return n;
}

#endif
