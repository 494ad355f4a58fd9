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

/* Fast, and good enough for what is compared anyway. Lanes, for processors that multiply in turns.
 */
uint64_t blocks_hash(uint64_t how, const void *block, size_t len)
{
	const uint8_t *p = block;
	uint64_t h[LANES] = { how, ~how, len, ~(uint64_t)len };
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

struct block *blocks_slot(struct blocks *b, uint64_t hash, size_t len)
{
	size_t at = (size_t)hash & (b->cap - 1);
	while (b->table[at].len && (b->table[at].hash != hash || b->table[at].len != len))
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
			*blocks_slot(b, old[i].hash, old[i].len) = old[i];
	}
}

void blocks_put(struct blocks *b, const struct block *one)
{
	if (2 * (b->used + 1) > b->cap)
		grow(b);
	struct block *to = blocks_slot(b, one->hash, one->len);
	if (to->len)
		return;
	*to = *one;
	b->used++;
}

size_t blocks_find(struct blocks *b, uint64_t hash, size_t len, void *packed, size_t room)
{
	pthread_mutex_lock(&b->lock);
	struct block found = *blocks_slot(b, hash, len);
	int fd = -EBADF;
	if (found.len && found.segment == BLOCKS_NEW) {
		fd = b->fresh ? out_fd(b->fresh) : -EBADF;
	} else if (found.len) {
		fd = b->segments.items[found.segment].fd;
		b->segments.items[found.segment].hit = true;
	}
	pthread_mutex_unlock(&b->lock);
	if (fd < 0 || found.packed > room)
		return 0;
	ssize_t n = fd_pread_full(fd, packed, found.packed, found.offset);
	return n == (ssize_t)found.packed ? (size_t)n : 0;
}

/* No segment that is there has this name: its block would have been found. */
static int begin_segment(struct blocks *b, uint64_t first)
{
	char text[DIGEST_TEXT_SIZE];
	uint8_t unique[16];
	struct digest name;
	put_le64(unique, first);
	put_le64(unique + 8, (uint64_t)getpid());
	digest_of(DIGEST_SHA256, unique, sizeof(unique), &name);
	return out_create(arena_fmt(b->mem, "%s/%s", b->folder, digest_hex(&name, text)), 0644,
		&b->fresh, &b->quiet);
}

void blocks_add(struct blocks *b, uint64_t hash, size_t len, const void *packed, size_t packed_len)
{
	struct block one = { .hash = hash,
		.packed = (uint32_t)packed_len,
		.len = (uint32_t)len,
		.segment = BLOCKS_NEW };
	if (!len || len > BLOCKS_BLOCK_MAX || !packed_len || packed_len > len)
		return;
	pthread_mutex_lock(&b->lock);
	if (!b->full && !b->fresh)
		b->full = begin_segment(b, hash) < 0;
	if (!b->full && !blocks_slot(b, hash, len)->len) {
		one.offset = out_size(b->fresh);
		b->full = out_size(b->fresh) + packed_len > BLOCKS_BYTES_MAX / 2 ||
			  out_write(b->fresh, packed, packed_len, &b->quiet) < 0;
		if (!b->full)
			blocks_put(b, &one);
	}
	pthread_mutex_unlock(&b->lock);
}
