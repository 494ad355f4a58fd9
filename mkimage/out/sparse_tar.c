/* tar -S --format=oldgnu, as Google Cloud's import takes it (GNU tar's manual, "Old GNU Format").
 */
#include "mkimage/out/clusters.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

enum {
	BLOCK = 512,
	PIECE = 1 << 16,
	IN_HEADER = 4, /* ranges in the header, and in each block behind it */
	IN_BLOCK = 21,
	RANGE = 24,   /* two numbers of 12 bytes */
	RANGES = 386, /* where they are in the header */
	MORE = 482,
	MORE_IN_BLOCK = 504,
	REAL_SIZE = 483,
};

/* Of eleven octal digits. */
#define SIZE_LIMIT (((uint64_t)1 << 33) - 1)

struct range {
	uint64_t offset, len;
};

struct ranges {
	struct arena *mem;
	struct range *items;
	size_t len, cap;
	uint64_t sum;
	struct out *to;
};

static int note(void *ctx, const struct cluster *c, struct diags *d)
{
	struct ranges *r = ctx;
	uint64_t at = c->index * PIECE;
	struct range *last = r->len ? &r->items[r->len - 1] : NULL;
	(void)d;
	r->sum += PIECE;
	if (last && last->offset + last->len == at)
		last->len += PIECE;
	else
		vec_push(r->mem, r, ((struct range){ at, PIECE }));
	return 0;
}

static int put_data(void *ctx, const struct cluster *c, struct diags *d)
{
	const struct ranges *r = ctx;
	return out_write(r->to, c->data, PIECE, d);
}

/* width - 1 digits, and a NUL. */
static void octal(char *at, size_t width, uint64_t v)
{
	at[width - 1] = '\0';
	for (size_t i = width - 1; i > 0; i--, v >>= 3)
		at[i - 1] = (char)('0' + (v & 7));
}

static void put_ranges(char *at, const struct ranges *r, size_t from, size_t count)
{
	for (size_t i = from; i < r->len && i < from + count; i++, at += RANGE) {
		octal(at, 12, r->items[i].offset);
		octal(at + 12, 12, r->items[i].len);
	}
}

static int put_header(
	const struct ranges *r, const struct raw_disk *from, const char *name, struct diags *d)
{
	char h[BLOCK] = { 0 };
	snprintf(h, 100, "%s", name);
	octal(h + 100, 8, 0644);
	octal(h + 108, 8, 0);
	octal(h + 116, 8, 0);
	octal(h + 124, 12, r->sum);
	octal(h + 136, 12, from->epoch < 0 ? 0 : (uint64_t)from->epoch);
	memset(h + 148, ' ', 8);
	h[156] = 'S';
	memcpy(h + 257, "ustar  ", 8);
	put_ranges(h + RANGES, r, 0, IN_HEADER);
	h[MORE] = r->len > IN_HEADER;
	octal(h + REAL_SIZE, 12, from->size);
	unsigned sum = 0;
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)h[i];
	octal(h + 148, 7, sum);
	if (out_write(r->to, h, BLOCK, d) < 0)
		return -1;
	for (size_t i = IN_HEADER; i < r->len; i += IN_BLOCK) {
		char more[BLOCK] = { 0 };
		put_ranges(more, r, i, IN_BLOCK);
		more[MORE_IN_BLOCK] = r->len > i + IN_BLOCK;
		if (out_write(r->to, more, BLOCK, d) < 0)
			return -1;
	}
	return 0;
}

int sparse_tar_write(const struct raw_disk *from, const char *name, struct out *to, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct ranges r = { .mem = mem, .to = to };
	const struct cluster_options o = { .size = PIECE };
	if (from->size > SIZE_LIMIT)
		return fail(d, KIND_INPUT, "make the disk smaller",
			"the disk has %llu bytes, %llu more than a file of its tar may have",
			(unsigned long long)from->size,
			(unsigned long long)from->size - SIZE_LIMIT);
	if (clusters_each(from, &o, note, &r, d) < 0)
		return -1;
	/* The last range says where the file ends. */
	vec_push(mem, &r, ((struct range){ from->size, 0 }));
	if (put_header(&r, from, name, d) < 0 || clusters_each(from, &o, put_data, &r, d) < 0)
		return -1;
	return out_skip(to, 2 * BLOCK, d);
}
