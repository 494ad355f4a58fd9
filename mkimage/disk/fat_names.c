#include "mkimage/disk/fat_impl.h"

#include <string.h>

static bool short_name_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("$%'-_@~!(){}^#&", c));
}

static int fill(char *out, size_t room, const char *from, size_t len)
{
	if (len > room)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!short_name_byte(from[i]))
			return -1;
		out[i] = from[i];
	}
	return 0;
}

int fat_name(const char *name, size_t len, char out[FAT_NAME])
{
	memset(out, ' ', FAT_NAME);
	const char *dot = memchr(name, '.', len);
	size_t base = dot ? (size_t)(dot - name) : len;
	if (base == 0 || fill(out, 8, name, base) < 0)
		return -1;
	return dot ? fill(out + 8, 3, dot + 1, len - base - 1) : 0;
}

static size_t find_or_add(
	struct arena *a, struct fat_nodes *n, size_t parent, const char *name, bool *added)
{
	for (size_t i = 1; i < n->len; i++) {
		if (n->items[i].parent == parent && memcmp(n->items[i].name, name, FAT_NAME) == 0) {
			*added = false;
			return i;
		}
	}
	struct fat_node node = { .parent = parent, .entries = 2 };
	memcpy(node.name, name, FAT_NAME);
	vec_push(a, n, node);
	n->items[parent].entries++;
	*added = true;
	return n->len - 1;
}

static int add_file(struct arena *a, struct fat_nodes *n, const struct disk_file *f, size_t index,
	struct diags *d)
{
	size_t at = 0;
	bool added = false;
	for (const char *p = f->path; *p;) {
		size_t len = strcspn(p, "/");
		char name[FAT_NAME];
		if (n->items[at].content || fat_name(p, len, name) < 0)
			return fail(d, KIND_INPUT,
				"use up to 8 upper-case letters and digits, a dot, up to 3",
				"\"%s\" is no path that a FAT boot partition holds", f->path);
		at = find_or_add(a, n, at, name, &added);
		p += len;
		if (*p == '/' && !*++p)
			added = false; /* ends in a slash */
	}
	if (!added)
		return fail(d, KIND_INPUT, NULL, "\"%s\" is no name for a file, or there twice",
			f->path);
	if (f->content.size > UINT32_MAX)
		return fail(d, KIND_INPUT, "move data out of the initrd, onto a root partition",
			"\"%s\" has %llu bytes; FAT ends at 4 GiB a file", f->path,
			(unsigned long long)f->content.size);
	n->items[at].content = &f->content;
	n->items[at].file = index;
	return 0;
}

int fat_nodes_build(struct arena *a, const struct disk_file *files, size_t len,
	struct fat_nodes *out, struct diags *d)
{
	struct fat_node root = { .entries = 1 };
	vec_push(a, out, root);
	for (size_t i = 0; i < len; i++) {
		if (add_file(a, out, &files[i], i, d) < 0)
			return -1;
	}
	return 0;
}
