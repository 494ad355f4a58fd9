/* Where two images begin to differ: the innermost part, and the file in it. */
#include "mkimage/inspect/compare.h"

#include <stdbool.h>
#include <string.h>

enum { CHUNK = 64 * 1024 };

struct search {
	struct arena *mem;
	char *left, *right; /* CHUNK bytes each */
};

/* Whether they differ, and where first. What cannot be read (a block that does not decompress) is
 * not what it should be. */
static bool differ(struct search *s, const struct content *a, const struct content *b, uint64_t *at)
{
	uint64_t size = a->size < b->size ? a->size : b->size;
	for (*at = 0; *at < size;) {
		size_t len = size - *at < CHUNK ? (size_t)(size - *at) : CHUNK;
		if (content_read(a, *at, s->left, len) != (ssize_t)len ||
			content_read(b, *at, s->right, len) != (ssize_t)len)
			return true;
		if (memcmp(s->left, s->right, len) != 0) {
			for (size_t i = 0; s->left[i] == s->right[i]; i++)
				++*at;
			return true;
		}
		*at += len;
	}
	return a->size != b->size;
}

static const struct inspect_part *child_called(const struct inspect_part *p, const char *name)
{
	vec_each (struct inspect_part *, q, &p->parts) {
		if (strcmp((*q)->name, name) == 0)
			return *q;
	}
	return NULL;
}

static bool in_file(struct search *s, const struct node *a, const struct node *b, const char *path,
	struct difference *out)
{
	if (a->inode->type != NODE_FILE || b->inode->type != NODE_FILE)
		return false;
	if (!differ(s, &a->inode->content, &b->inode->content, &out->file_at))
		return false;
	out->file = path;
	return true;
}

/* The first file, in the order of paths, that only one side has or whose bytes differ. */
static bool in_folders(struct search *s, const char *prefix, const struct node *a,
	const struct node *b, struct difference *out)
{
	for (size_t i = 0, j = 0; i < a->len || j < b->len; i++, j++) {
		int order = i == a->len	  ? 1
			    : j == b->len ? -1
					  : strcmp(a->children[i]->name, b->children[j]->name);
		const struct node *n = order <= 0 ? a->children[i] : b->children[j];
		const char *path = arena_fmt(s->mem, "%s/%s", prefix, n->name);
		if (order != 0) {
			out->file = path;
			out->only = order < 0 ? 1 : 2;
			return true;
		}
		const struct node *m = b->children[j];
		if (in_file(s, n, m, path, out) || in_folders(s, path, n, m, out))
			return true;
	}
	return false;
}

/* p and q differ. */
static void in_part(struct search *s, const struct inspect_part *p, const struct inspect_part *q,
	uint64_t at, struct difference *out)
{
	out->part = p->name;
	out->part_at = at;
	vec_each (struct inspect_part *, child, &p->parts) {
		const struct inspect_part *other = child_called(q, (*child)->name);
		if (other && differ(s, &(*child)->content, &other->content, &at)) {
			in_part(s, *child, other, at, out);
			return;
		}
	}
	if (p->tree && q->tree)
		(void)in_folders(s, "", p->tree->root, q->tree->root, out);
}

void inspect_first(const struct inspected *a, const struct inspected *b, struct difference *out)
{
	struct search s = { .mem = a->mem };
	uint64_t at;
	*out = (struct difference){ 0 };
	s.left = arena_alloc(s.mem, CHUNK);
	s.right = arena_alloc(s.mem, CHUNK);
	if (differ(&s, &a->whole->content, &b->whole->content, &at))
		in_part(&s, a->whole, b->whole, at, out);
}
