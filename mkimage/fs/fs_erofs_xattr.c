#include "mkimage/fs/fs_erofs_impl.h"

#include <string.h>

enum { HEADER = 12, ENTRY = 4, ALIGN = 4 };

/* Longer ones first; the whole name is the prefix where nothing follows. */
static const struct {
	const char *text;
	uint8_t index;
} prefixes[] = {
	{ "system.posix_acl_access", 2 },
	{ "system.posix_acl_default", 3 },
	{ "security.", 6 },
	{ "trusted.", 4 },
	{ "user.", 1 },
};

/* What follows the prefix; NULL: the format has no such names. */
static const char *split(const char *name, uint8_t *index)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t len = strlen(prefixes[i].text);
		if (strncmp(name, prefixes[i].text, len) == 0) {
			*index = prefixes[i].index;
			return name + len;
		}
	}
	return NULL;
}

static size_t entry_size(const char *name, const struct xattr *x)
{
	return (ENTRY + strlen(name) + x->len + ALIGN - 1) / ALIGN * ALIGN;
}

int erofs_xattrs_size(struct erofs *e, const struct node *n, uint32_t *size, struct diags *d)
{
	size_t sum = HEADER;
	uint8_t index;
	for (const struct xattr *x = n->inode->xattrs; x; x = x->next) {
		const char *name = split(x->name, &index);
		if (!name || strlen(name) > UINT8_MAX || x->len > UINT16_MAX)
			return fail(d, KIND_INPUT, "use a format with a squashfs root",
				"\"%s\" cannot go into an EROFS: it has no room for the attribute \"%s\"",
				tree_path(e->mem, n), x->name);
		sum += entry_size(name, x);
	}
	if (sum > EROFS_BLOCK - EROFS_INODE)
		return fail(d, KIND_INPUT, "use a format with a squashfs root",
			"\"%s\" cannot go into an EROFS: its attributes take %zu bytes, %zu more than fit beside an inode",
			tree_path(e->mem, n), sum, sum - (EROFS_BLOCK - EROFS_INODE));
	*size = sum > HEADER ? (uint32_t)sum : 0;
	return 0;
}

void erofs_xattrs_fill(const struct inode *i, uint8_t *to)
{
	to += HEADER;
	for (const struct xattr *x = i->xattrs; x; x = x->next) {
		uint8_t index = 0;
		const char *name = split(x->name, &index);
		size_t len = strlen(name);
		to[0] = (uint8_t)len;
		to[1] = index;
		put_le16(to + 2, (uint16_t)x->len);
		memcpy(to + ENTRY, name, len);
		memcpy(to + ENTRY + len, x->value, x->len);
		to += entry_size(name, x);
	}
}
