#include "mkimage/store/layout_read.h"

#include <string.h>

struct archive {
	struct store *store;
	struct layout layout;
	struct descriptor root;
};

static int open_it(struct archive *r, const char *path, struct diags *d)
{
	struct layout_roots roots = { 0 };
	if (layout_open(r->store, r->layout.mem, path, &r->layout, d) < 0 ||
		layout_roots_read(&r->layout, &roots, d) < 0)
		return -1;
	if (roots.len != 1)
		return fail(d, KIND_INPUT, NULL, "\"%s\" holds %zu things, and not one", path,
			roots.len);
	r->root = roots.items[0].desc;
	return 0;
}

int archive_open(
	struct store *s, struct arena *a, const char *path, struct archive **out, struct diags *d)
{
	struct archive *r = ARENA_NEW(a, struct archive);
	*r = (struct archive){ .store = s, .layout = LAYOUT_NONE };
	r->layout.mem = a;
	if (open_it(r, path, d) < 0) {
		archive_close(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void archive_close(struct archive **r)
{
	if (*r)
		layout_close(&(*r)->layout);
	*r = NULL;
}

const struct descriptor *archive_root(const struct archive *r)
{
	return &r->root;
}

static const char *called(const struct archive *r)
{
	return arena_fmt(r->layout.mem, "the archive \"%s\"", r->layout.path);
}

int archive_check(struct archive *r, struct diags *d)
{
	unsigned before = d->warnings;
	r->layout.only_check = true;
	int rc = import_copy(r->store, &r->layout, &r->root, called(r), d);
	r->layout.only_check = false;
	/* What an import takes in part, with a warning. */
	if (rc == 0 && d->warnings > before)
		return fail(d, KIND_INPUT, "get it again from where it comes from",
			"%s is not whole", called(r));
	return rc;
}

int archive_text(struct archive *r, struct arena *a, const struct descriptor *desc, size_t max,
	char **text, struct diags *d)
{
	AUTO_PART p = { .fd = -EBADF };
	char name[DIGEST_TEXT_SIZE];
	struct digest got;
	digest_text(&desc->digest, name);
	int rc = layout_find_blob(&r->layout, &desc->digest, &p, d);
	if (rc < 0)
		return -1;
	if (rc == 0 || p.size != desc->size)
		return fail(d, rc ? KIND_INTEGRITY : KIND_INPUT,
			"get it again from where it comes from", "%s has not the blob %s",
			called(r), name);
	if (part_text(&r->layout, a, &p, arena_fmt(d->mem, "the blob %s", name), max, text, d) < 0)
		return -1;
	digest_of(desc->digest.alg, *text, (size_t)desc->size, &got);
	return digest_equal(&got, &desc->digest)
		       ? 0
		       : fail(d, KIND_INTEGRITY, "get it again from where it comes from",
				 "%s holds a damaged blob %s", called(r), name);
}

int archive_take(struct archive *r, const char *name, struct diags *d)
{
	const char *full;
	if (import_name(r->layout.mem, name, &full, d) < 0 ||
		import_copy(r->store, &r->layout, &r->root, called(r), d) < 0)
		return -1;
	return store_tag(r->store, full, &r->root, d);
}
