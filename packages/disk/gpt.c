#include "gpt.h"

#include "say.h"

#include <endian.h>
#include <string.h>
#include <unistd.h>

enum {
	HEADER = 92,
	ENTRY = 128,
	ARRAY = GPT_ENTRIES * ENTRY,
	ARRAY_SECTORS = ARRAY / GPT_SECTOR,
	PLACE = 2,		       /* of the entries */
	SPARE = PLACE + ARRAY_SECTORS, /* … while those at their place are written */
	SPARE_END = SPARE + ARRAY_SECTORS,
};

static void put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static void put64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/* CRC-32 of IEEE 802.3. */
static uint32_t crc32(const uint8_t *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	while (len--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static int read_at(int fd, uint64_t sector, void *out, size_t len)
{
	return pread(fd, out, len, (off_t)(sector * GPT_SECTOR)) == (ssize_t)len ? 0 : -1;
}

static int write_at(int fd, uint64_t sector, const void *from, size_t len)
{
	if (pwrite(fd, from, len, (off_t)(sector * GPT_SECTOR)) != (ssize_t)len ||
		fdatasync(fd) < 0)
		return fail_errno("writing the partition table");
	return 0;
}

static void entry_unpack(const uint8_t *p, struct gpt_entry *e)
{
	memcpy(e->type, p, 16);
	memcpy(e->guid, p + 16, 16);
	e->first = get64(p + 32);
	e->last = get64(p + 40);
	e->attributes = get64(p + 48);
	memcpy(e->name, p + 56, sizeof(e->name));
}

static void entry_pack(const struct gpt_entry *e, uint8_t *p)
{
	memcpy(p, e->type, 16);
	memcpy(p + 16, e->guid, 16);
	put64(p + 32, e->first);
	put64(p + 40, e->last);
	put64(p + 48, e->attributes);
	memcpy(p + 56, e->name, sizeof(e->name));
}

/* Inside the disk, and no two in the same place. */
static bool is_sound(const struct gpt *g)
{
	for (unsigned i = 0; i < GPT_ENTRIES; i++) {
		const struct gpt_entry *e = &g->entry[i];

		if (!gpt_used(e))
			continue;
		if (e->first < SPARE_END || e->last < e->first || e->last > gpt_last(g))
			return false;
		for (unsigned k = 0; k < i; k++)
			if (gpt_used(&g->entry[k]) && e->first <= g->entry[k].last &&
				g->entry[k].first <= e->last)
				return false;
	}
	return true;
}

int gpt_read(struct gpt *g, int fd, uint64_t sectors)
{
	uint8_t h[GPT_SECTOR], array[ARRAY];

	*g = (struct gpt){ .fd = fd, .sectors = sectors };
	if (sectors < 2 * (uint64_t)SPARE_END || read_at(fd, 1, h, sizeof(h)) < 0)
		return fail("the disk is too small or cannot be read");
	if (memcmp(h, "EFI PART", 8) != 0)
		return 1;

	uint32_t crc = get32(h + 16);
	uint64_t place = get64(h + 72);
	put32(h + 16, 0);
	if (get32(h + 12) != HEADER || crc32(h, HEADER) != crc || get64(h + 24) != 1 ||
		get32(h + 80) != GPT_ENTRIES || get32(h + 84) != ENTRY ||
		(place != PLACE && place != SPARE))
		return fail("its partition table is damaged, or not one of ours: left as it is");
	if (read_at(fd, place, array, sizeof(array)) < 0 || crc32(array, ARRAY) != get32(h + 88))
		return fail("the entries of its partition table are damaged: left as they are");
	memcpy(g->guid, h + 56, sizeof(g->guid));
	g->known = get64(h + 32) + 1;
	for (unsigned i = 0; i < GPT_ENTRIES; i++)
		entry_unpack(array + (size_t)i * ENTRY, &g->entry[i]);
	if (!is_sound(g))
		return fail("its partitions overlap or reach beyond its end: left as they are");
	return 0;
}

static int write_header(const struct gpt *g, uint64_t at, uint64_t entries, uint32_t crc)
{
	uint8_t h[GPT_SECTOR] = { 0 };

	memcpy(h, "EFI PART", 8);
	put32(h + 8, 0x00010000);
	put32(h + 12, HEADER);
	put64(h + 24, at);
	put64(h + 32, at == 1 ? g->sectors - 1 : 1);
	put64(h + 40, entries == SPARE ? SPARE_END : SPARE);
	put64(h + 48, gpt_last(g));
	memcpy(h + 56, g->guid, sizeof(g->guid));
	put64(h + 72, entries);
	put32(h + 80, GPT_ENTRIES);
	put32(h + 84, ENTRY);
	put32(h + 88, crc);
	put32(h + 16, crc32(h, HEADER));
	return write_at(g->fd, at, h, sizeof(h));
}

/* The protective entry of the MBR covers the disk, as far as its 32 bits go. */
static int write_mbr(const struct gpt *g)
{
	uint8_t mbr[GPT_SECTOR], *e = mbr + 446;
	uint32_t covers = g->sectors - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(g->sectors - 1);

	if (read_at(g->fd, 0, mbr, sizeof(mbr)) < 0)
		return fail_errno("reading the MBR");
	if (e[4] != 0xee || get32(e + 12) == covers)
		return 0;
	put32(e + 12, covers);
	return write_at(g->fd, 0, mbr, sizeof(mbr));
}

int gpt_write(struct gpt *g)
{
	uint8_t array[ARRAY] = { 0 };

	if (!is_sound(g))
		return fail("the new partition table would not be sound: nothing was written");
	for (unsigned i = 0; i < GPT_ENTRIES; i++)
		if (gpt_used(&g->entry[i]))
			entry_pack(&g->entry[i], array + (size_t)i * ENTRY);
	uint32_t crc = crc32(array, ARRAY);
	/*
	 * Whoever finds the primary header sound looks at no other, and a disk writes a sector as a
	 * whole: the table changes when the header names entries that are already there.
	 */
	if (write_at(g->fd, gpt_last(g) + 1, array, ARRAY) < 0 ||
		write_header(g, g->sectors - 1, gpt_last(g) + 1, crc) < 0 ||
		write_at(g->fd, SPARE, array, ARRAY) < 0 || write_header(g, 1, SPARE, crc) < 0 ||
		write_at(g->fd, PLACE, array, ARRAY) < 0 || write_header(g, 1, PLACE, crc) < 0 ||
		write_mbr(g) < 0)
		return -1;
	g->known = g->sectors;
	return 0;
}

uint64_t gpt_first(const struct gpt *g)
{
	(void)g;
	return SPARE_END;
}

uint64_t gpt_last(const struct gpt *g)
{
	return g->sectors - ARRAY_SECTORS - 2;
}

bool gpt_used(const struct gpt_entry *e)
{
	static const uint8_t unused[16];

	return memcmp(e->type, unused, sizeof(unused)) != 0;
}

bool gpt_is_named(const struct gpt_entry *e, const char *ascii)
{
	struct gpt_entry named = { 0 };

	gpt_name(&named, ascii);
	return memcmp(e->name, named.name, sizeof(e->name)) == 0;
}

void gpt_name(struct gpt_entry *e, const char *ascii)
{
	memset(e->name, 0, sizeof(e->name));
	for (unsigned i = 0; ascii[i] && i < GPT_NAME_MAX; i++)
		e->name[2 * i] = (uint8_t)ascii[i];
}
