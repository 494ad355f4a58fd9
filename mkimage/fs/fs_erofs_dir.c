#include "mkimage/fs/fs_erofs_impl.h"

#include <string.h>

/* Names in the order of their bytes, "." and ".." among them. */
struct names {
	const struct node *dir;
	size_t next;
	unsigned dots; /* of "." and "..", how many were given */
};

static const char *const dot_names[] = { ".", ".." };

/* NULL: there are no more. *n is the named thing. */
static const char *next_name(struct names *s, const struct node **n)
{
	const struct node *child = s->next < s->dir->len ? s->dir->children[s->next] : NULL;
	if (s->dots < ARRAY_LEN(dot_names) &&
		(!child || strcmp(dot_names[s->dots], child->name) < 0)) {
		*n = s->dots == 0 || !s->dir->parent ? s->dir : s->dir->parent;
		return dot_names[s->dots++];
	}
	*n = child;
	s->next++;
	return child ? child->name : NULL;
}

/* The entries of one block, which *s begins; bytes that they take. */
static size_t block_of(const struct names *s, size_t *count)
{
	struct names at = *s;
	const struct node *n;
	const char *name;
	size_t used = 0;
	*count = 0;
	while ((name = next_name(&at, &n)) != NULL) {
		size_t need = EROFS_DIRENT + strlen(name);
		if (used + need > EROFS_BLOCK)
			break;
		used += need;
		(*count)++;
	}
	return used;
}

uint64_t erofs_dir_size(const struct node *dir)
{
	struct names s = { .dir = dir };
	const struct node *n;
	for (uint64_t size = 0;; size += EROFS_BLOCK) {
		size_t count, used = block_of(&s, &count);
		while (count--)
			(void)next_name(&s, &n);
		struct names rest = s;
		if (!next_name(&rest, &n))
			return size + used;
	}
}

static uint8_t type_of(const struct inode *i)
{
	static const uint8_t types[] = { [NODE_FILE] = 1,
		[NODE_DIR] = 2,
		[NODE_CHAR] = 3,
		[NODE_BLOCK] = 4,
		[NODE_FIFO] = 5,
		[NODE_SYMLINK] = 7 };
	return types[i->type];
}

void erofs_dir_fill(const struct erofs *e, const struct node *dir, uint8_t *to)
{
	struct names s = { .dir = dir };
	size_t count;
	for (; block_of(&s, &count) > 0; to += EROFS_BLOCK) {
		size_t text = count * EROFS_DIRENT;
		for (size_t i = 0; i < count; i++) {
			const struct node *n;
			const char *name = next_name(&s, &n);
			uint8_t *entry = to + i * EROFS_DIRENT;
			put_le64(entry, erofs_number(e, n->inode));
			put_le16(entry + 8, (uint16_t)text);
			entry[10] = type_of(n->inode);
			memcpy(to + text, name, strlen(name));
			text += strlen(name);
		}
	}
}
