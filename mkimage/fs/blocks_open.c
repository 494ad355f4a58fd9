/* The folder of segments: into one table, and back. */
#include "mkimage/fs/blocks_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static const char magic[8] = "SLBLOCK2";

enum { NAME = 0, OFFSET = 16, PACKED = 24, LEN = 28, SUM = 32, ENTRY_SUM = 40 };

static void write_entry(const struct block *one, uint8_t e[BLOCKS_ENTRY])
{
	put_le64(e + NAME, one->name.v[0]);
	put_le64(e + NAME + 8, one->name.v[1]);
	put_le64(e + OFFSET, one->offset);
	put_le32(e + PACKED, one->form.packed);
	put_le32(e + LEN, one->len);
	put_le64(e + SUM, one->form.sum);
	put_le64(e + ENTRY_SUM, blocks_sum(e, ENTRY_SUM));
}

static void read_entry(struct blocks *b, const uint8_t *e, uint32_t segment, uint64_t end)
{
	struct block one = { .name = { { get_le64(e + NAME), get_le64(e + NAME + 8) } },
		.form = { get_le32(e + PACKED), get_le64(e + SUM) },
		.offset = get_le64(e + OFFSET),
		.len = get_le32(e + LEN),
		.segment = segment };
	if (get_le64(e + ENTRY_SUM) == blocks_sum(e, ENTRY_SUM) && one.len &&
		one.len <= BLOCKS_BLOCK_MAX && one.form.packed < one.len && one.offset <= end &&
		one.form.packed <= end - one.offset)
		blocks_put(b, &one);
}

/* What is no segment has no entries. */
static void read_segment(struct blocks *b, uint32_t index)
{
	const struct segment *s = &b->segments.items[index];
	AUTO_ARENA mem = arena_new();
	uint8_t end[BLOCKS_END];
	if (s->size < BLOCKS_END ||
		fd_pread_full(s->fd, end, BLOCKS_END, s->size - BLOCKS_END) != BLOCKS_END ||
		memcmp(end, magic, sizeof(magic)) != 0)
		return;
	uint64_t count = get_le64(end + 8), room = s->size - BLOCKS_END;
	if (count > room / BLOCKS_ENTRY)
		return;
	uint64_t len = count * BLOCKS_ENTRY, at = room - len;
	uint8_t *entries = arena_alloc(mem, (size_t)len);
	if (fd_pread_full(s->fd, entries, (size_t)len, at) != (ssize_t)len)
		return;
	for (uint64_t i = 0; i < count; i++)
		read_entry(b, entries + i * BLOCKS_ENTRY, index, at);
}

/* A build needs the room itself. */
static bool disk_is_full(const char *folder)
{
	struct statvfs fs;
	return statvfs(folder, &fs) < 0 ||
	       (uint64_t)fs.f_bavail * fs.f_frsize < BLOCKS_BYTES_MAX / 2;
}

struct blocks *blocks_open(const char *folder)
{
	struct arena *mem = arena_new();
	struct blocks *b = ARENA_NEW(mem, struct blocks);
	*b = (struct blocks){ .mem = mem, .folder = arena_str(mem, folder) };
	diags_init(&b->quiet, mem);
	pthread_mutex_init(&b->lock, NULL);
	b->full = disk_is_full(folder) || segments_list(mem, folder, &b->segments) < 0;
	b->cap = BLOCKS_TABLE;
	b->table = arena_array(mem, b->cap, sizeof(*b->table));
	for (size_t i = 0; i < b->segments.len; i++) {
		struct segment *s = &b->segments.items[i];
		s->fd = -EBADF;
		if (i >= BLOCKS_SEGMENTS_MAX)
			continue;
		s->fd = open(arena_fmt(mem, "%s/%s", folder, s->name),
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (s->fd >= 0)
			read_segment(b, (uint32_t)i);
	}
	return b;
}

/* A file that nobody has to wait for: sums are checked when it is used. */
static void keep(struct blocks *b)
{
	uint8_t entry[BLOCKS_ENTRY], end[BLOCKS_END];
	uint64_t count = 0;
	for (size_t i = 0; i < b->cap; i++) {
		const struct block *one = &b->table[i];
		if (!one->len || one->segment != BLOCKS_NEW)
			continue;
		write_entry(one, entry);
		count++;
		if (out_write(b->fresh, entry, sizeof(entry), &b->quiet) < 0)
			return;
	}
	memcpy(end, magic, sizeof(magic));
	put_le64(end + 8, count);
	if (out_write(b->fresh, end, sizeof(end), &b->quiet) == 0 &&
		out_commit_unsynced(&b->fresh, &b->quiet) < 0)
		return;
}

/* Those that were of no use for longest go, when there are too many. */
static void trim(struct blocks *b)
{
	struct segment_list now = { 0 };
	uint64_t bytes = 0;
	if (segments_list(b->mem, b->folder, &now) < 0)
		return;
	for (size_t i = 0; i < now.len; i++) {
		bytes += now.items[i].size;
		if (i >= BLOCKS_SEGMENTS_MAX || bytes > BLOCKS_BYTES_MAX)
			(void)unlink(arena_fmt(b->mem, "%s/%s", b->folder, now.items[i].name));
	}
}

void blocks_close(struct blocks **b)
{
	for (size_t i = 0; i < (*b)->segments.len; i++) {
		const struct segment *s = &(*b)->segments.items[i];
		if (s->hit)
			(void)futimens(s->fd, NULL);
	}
	if ((*b)->fresh) {
		keep(*b);
		trim(*b);
	}
	blocks_drop(b);
}

void blocks_drop(struct blocks **b)
{
	struct blocks *x = *b;
	*b = NULL;
	if (!x)
		return;
	for (size_t i = 0; i < x->segments.len; i++)
		fd_drop(&x->segments.items[i].fd);
	out_drop(&x->fresh);
	pthread_mutex_destroy(&x->lock);
	arena_free(x->mem);
}
