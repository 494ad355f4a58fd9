/* Finding and adding. */
#include "mkimage/fs/blocks_impl.h"

#include "base/endian.h"
#include "base/fd.h"

enum { LANES = 4, LANE = 8, STRIDE = LANES * LANE };

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9E3779B97F4A7C15;
	return h ^ h >> 32;
}

/* Fast; for what chance does, not for what somebody makes up. Lanes, for processors that multiply
 * in turns. */
uint64_t blocks_sum(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t h[LANES] = { 0, ~(uint64_t)0, len, ~(uint64_t)len };
	for (; len >= STRIDE; len -= STRIDE, p += STRIDE) {
		for (size_t i = 0; i < LANES; i++)
			h[i] = mix(h[i], get_le64(p + i * LANE));
	}
	for (; len; len--, p++)
		h[len % LANES] = mix(h[len % LANES], *p);
	for (size_t i = 1; i < LANES; i++)
		h[0] = mix(h[0], h[i]);
	return h[0];
}

/* What a piece's name begins with. */
enum { BY_BYTES, BY_PLACE };

static void add_number(struct hasher *h, uint64_t v)
{
	uint8_t b[8];
	put_le64(b, v);
	hasher_add(h, b, sizeof(b));
}

void block_name_begin(struct hasher *h, uint64_t how)
{
	add_number(h, how);
}

void block_name_add_bytes(struct hasher *h, const void *bytes, size_t len)
{
	add_number(h, BY_BYTES);
	add_number(h, len);
	hasher_add(h, bytes, len);
}

void block_name_add_place(
	struct hasher *h, const struct digest *source, uint64_t offset, size_t len)
{
	add_number(h, BY_PLACE);
	add_number(h, len);
	add_number(h, offset);
	add_number(h, source->alg);
	hasher_add(h, source->bytes, sizeof(source->bytes));
}

struct block_name block_name_take(struct hasher *h)
{
	struct digest g;
	hasher_take(h, &g);
	return (struct block_name){ { get_le64(g.bytes), get_le64(g.bytes + 8) } };
}

static bool is_named(const struct block *one, const struct block_name *name, size_t len)
{
	return one->len == len && one->name.v[0] == name->v[0] && one->name.v[1] == name->v[1];
}

struct block *blocks_slot(struct blocks *b, const struct block_name *name, size_t len)
{
	size_t at = (size_t)name->v[0] & (b->cap - 1);
	while (b->table[at].len && !is_named(&b->table[at], name, len))
		at = (at + 1) & (b->cap - 1);
	return &b->table[at];
}

static void grow(struct blocks *b)
{
	struct block *old = b->table;
	size_t old_cap = b->cap;
	b->cap = 2 * old_cap;
	b->table = arena_array(b->mem, b->cap, sizeof(*b->table));
	for (size_t i = 0; i < old_cap; i++) {
		if (old[i].len)
			*blocks_slot(b, &old[i].name, old[i].len) = old[i];
	}
}

void blocks_put(struct blocks *b, const struct block *one)
{
	if (b->used == BLOCKS_KNOWN_MAX)
		return;
	if (2 * (b->used + 1) > b->cap)
		grow(b);
	struct block *to = blocks_slot(b, &one->name, one->len);
	if (to->len)
		return;
	*to = *one;
	b->used++;
}

bool blocks_find(struct blocks *b, const struct block_name *name, size_t len, void *packed,
	struct block_form *out)
{
	pthread_mutex_lock(&b->lock);
	struct block found = *blocks_slot(b, name, len);
	int fd = -EBADF;
	if (found.len && found.segment == BLOCKS_NEW) {
		fd = b->fresh ? out_fd(b->fresh) : -EBADF;
	} else if (found.len) {
		fd = b->segments.items[found.segment].fd;
		b->segments.items[found.segment].hit = true;
	}
	pthread_mutex_unlock(&b->lock);
	size_t size = found.form.packed;
	if (fd < 0 || (size && (fd_pread_full(fd, packed, size, found.offset) != (ssize_t)size ||
				       blocks_sum(packed, size) != found.form.sum)))
		return false;
	*out = found.form;
	return true;
}

/* No segment that is there has this name: its block would have been found. */
static int begin_segment(struct blocks *b, const struct block_name *first)
{
	char text[DIGEST_TEXT_SIZE];
	uint8_t unique[24];
	struct digest name;
	put_le64(unique, first->v[0]);
	put_le64(unique + 8, first->v[1]);
	put_le64(unique + 16, (uint64_t)getpid());
	digest_of(DIGEST_SHA256, unique, sizeof(unique), &name);
	return out_create(arena_fmt(b->mem, "%s/%s", b->folder, digest_hex(&name, text)), 0644,
		&b->fresh, &b->quiet);
}

void blocks_add(struct blocks *b, const struct block_name *name, size_t len, const void *packed,
	const struct block_form *form)
{
	struct block one = {
		.name = *name, .form = *form, .len = (uint32_t)len, .segment = BLOCKS_NEW
	};
	if (!len || len > BLOCKS_BLOCK_MAX || form->packed >= len)
		return;
	pthread_mutex_lock(&b->lock);
	b->full |= b->used == BLOCKS_KNOWN_MAX;
	if (!b->full && !b->fresh)
		b->full = begin_segment(b, name) < 0;
	if (!b->full && !blocks_slot(b, name, len)->len) {
		one.offset = out_size(b->fresh);
		b->full = one.offset + form->packed > BLOCKS_BYTES_MAX / 2 ||
			  out_write(b->fresh, packed, form->packed, &b->quiet) < 0;
		if (!b->full)
			blocks_put(b, &one);
	}
	pthread_mutex_unlock(&b->lock);
}
