#include "mkimage/disk/fat_impl.h"

#include "base/endian.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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

/* Printable ASCII that no FAT driver takes amiss. */
static bool long_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (name[i] < ' ' || name[i] > '~' || strchr("\"*/:<>?\\|", name[i]))
			return false;
	}
	return len && len <= FAT_LONG_MAX && name[0] != ' ' && name[len - 1] != ' ' &&
	       name[len - 1] != '.';
}

/* A name that differs in case alone is the same name. */
static size_t find_or_add(struct arena *a, struct fat_nodes *n, size_t parent, const char *name,
	size_t len, bool *added)
{
	for (size_t i = 1; i < n->len; i++) {
		const struct fat_node *e = &n->items[i];
		if (e->parent == parent && strncasecmp(e->text, name, len) == 0 && !e->text[len]) {
			*added = false;
			return i;
		}
	}
	struct fat_node node = { .parent = parent, .entries = 2, .text = arena_strn(a, name, len) };
	node.is_long = fat_name(name, len, node.name) < 0;
	vec_push(a, n, node);
	n->items[parent].entries += 1 + fat_long_entries(&node);
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
		if (n->items[at].content || !long_name(p, len))
			return fail(d, KIND_INPUT,
				"use up to 255 of ASCII, without \" * : < > ? \\ |, and no dot at the end",
				"\"%s\" is no path that a FAT boot partition holds", f->path);
		at = find_or_add(a, n, at, p, len, &added);
		p += len;
		if (*p == '/' && !*++p)
			added = false; /* ends in a slash */
	}
	if (!added)
		return fail(d, KIND_INPUT, NULL, "\"%s\" is no name for a file, or there twice",
			f->path);
	if (f->content.size > UINT32_MAX)
		return fail(d, KIND_INPUT, "move data out of the initrd, onto a root partition",
			"\"%s\" has %llu bytes, %llu more than a file may have on FAT", f->path,
			(unsigned long long)f->content.size,
			(unsigned long long)f->content.size - UINT32_MAX);
	n->items[at].content = &f->content;
	n->items[at].file = index;
	return 0;
}

static bool taken(const struct fat_nodes *n, size_t self)
{
	const struct fat_node *e = &n->items[self];
	for (size_t i = 1; i < n->len; i++) {
		if (i != self && n->items[i].parent == e->parent &&
			memcmp(n->items[i].name, e->name, FAT_NAME) == 0)
			return true;
	}
	return false;
}

/* "loader.conf" -> "LOADER~1CON": the specification's way, numbered in the order of the files. */
static int make_alias(struct fat_nodes *n, size_t index, struct diags *d)
{
	struct fat_node *e = &n->items[index];
	const char *dot = strrchr(e->text, '.');
	size_t base = 0, ext = 0;
	char letters[8];
	memset(e->name, ' ', FAT_NAME);
	for (const char *p = e->text; *p; p++) {
		char c = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
		c = short_name_byte(c) ? c : '_';
		if (dot && p > dot && ext < 3)
			e->name[8 + ext++] = c;
		else if ((!dot || p < dot) && base < sizeof(letters))
			letters[base++] = c;
	}
	for (unsigned number = 1; number < 1000; number++) {
		char tail[8];
		int len = snprintf(tail, sizeof(tail), "~%u", number);
		size_t keep = 8 - (size_t)len < base ? 8 - (size_t)len : base;
		memset(e->name, ' ', 8);
		memcpy(e->name, letters, keep);
		memcpy(e->name + keep, tail, (size_t)len);
		if (!taken(n, index))
			return 0;
	}
	return fail(d, KIND_INPUT, NULL,
		"a folder of a FAT boot partition has too many names like \"%s\"", e->text);
}

size_t fat_long_entries(const struct fat_node *n)
{
	return n->is_long ? (strlen(n->text) + FAT_LONG_PART - 1) / FAT_LONG_PART : 0;
}

/* FAT specification 1.03, "Long Directory Entries": the last part comes first. */
void fat_put_long(const struct fat_node *n, uint8_t *entries)
{
	static const uint8_t places[FAT_LONG_PART] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28,
		30 };
	size_t count = fat_long_entries(n), len = strlen(n->text);
	uint8_t sum = 0;
	for (size_t i = 0; i < FAT_NAME; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + (uint8_t)n->name[i]);
	for (size_t part = count; part > 0; part--, entries += FAT_ENTRY) {
		entries[0] = (uint8_t)(part | (part == count ? 0x40 : 0));
		entries[11] = 0x0F;
		entries[13] = sum;
		for (size_t i = 0; i < FAT_LONG_PART; i++) {
			size_t at = (part - 1) * FAT_LONG_PART + i;
			put_le16(entries + places[i], at < len	  ? (uint8_t)n->text[at]
						      : at == len ? 0
								  : 0xFFFF);
		}
	}
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
	for (size_t i = 1; i < out->len; i++) {
		if (out->items[i].is_long && make_alias(out, i, d) < 0)
			return -1;
	}
	return 0;
}
