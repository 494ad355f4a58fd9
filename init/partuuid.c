#include "init/partuuid.h"

#include "base/endian.h"

/* Bounds: the spec's minimum is 128 entries of 128 bytes; nobody makes more than a few times that.
 */
enum {
	HEADER_MIN = 92,
	ENTRY_MIN = 128,
	ENTRY_MAX = 4096,
	ARRAY_MAX = 1 << 20,
};

/* CRC-32 of IEEE 802.3, which UEFI uses; a nibble at a time keeps the table at 64 bytes. */
static uint32_t crc32_add(uint32_t crc, const uint8_t *p, size_t len)
{
	static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
		0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };

	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc = table[(crc ^ p[i]) & 15] ^ crc >> 4;
		crc = table[(crc ^ p[i] >> 4) & 15] ^ crc >> 4;
	}
	return ~crc;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool partuuid_parse(struct span text, struct gpt_key *out)
{
	/* Where in the entry each byte of the text goes: the first three fields are little-endian.
	 */
	static const uint8_t place[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t guid[16];
	unsigned n = 0;

	if (text.len != PARTUUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < text.len;) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text.at[i++] != '-')
				return false;
			continue;
		}
		int hi = hex_value(text.at[i]), lo = hex_value(text.at[i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		guid[place[n++]] = (uint8_t)(hi << 4 | lo);
		i += 2;
	}
	*out = (struct gpt_key){ .at = 16, .len = sizeof(guid) };
	memcpy(out->bytes, guid, sizeof(guid));
	return true;
}

/* The entry has UTF-16, filled up with zeroes. */
bool partlabel_parse(struct span text, struct gpt_key *out)
{
	*out = (struct gpt_key){ .at = 56, .len = GPT_KEY_MAX };
	for (size_t i = 0; i < text.len; i++) {
		if (i == GPT_KEY_MAX / 2 || text.at[i] <= ' ' || text.at[i] > '~')
			return false;
		out->bytes[2 * i] = (uint8_t)text.at[i];
	}
	return text.len > 0;
}

struct table {
	uint32_t block;	      /* the block size that its numbers count in */
	uint64_t entries;     /* byte offset of the entry array */
	uint32_t count, size; /* entries, bytes per entry */
	uint32_t crc;
};

static enum gpt_result header_read(
	const struct gpt_source *s, uint64_t offset, uint32_t block, struct table *t)
{
	uint8_t h[512];

	if (offset > s->size || s->size - offset < sizeof(h) ||
		s->read(s, offset, h, sizeof(h)) < 0 || memcmp(h, "EFI PART", 8) != 0)
		return GPT_ABSENT;

	uint32_t len = get_le32(h + 12), crc = get_le32(h + 16);
	if (get_le32(h + 8) >> 16 != 1 || len < HEADER_MIN || len > sizeof(h))
		return GPT_DAMAGED;
	memset(h + 16, 0, 4);
	if (crc32_add(0, h, len) != crc || get_le64(h + 24) != offset / block)
		return GPT_DAMAGED;

	uint64_t lba = get_le64(h + 72);
	t->block = block;
	t->count = get_le32(h + 80);
	t->size = get_le32(h + 84);
	t->crc = get_le32(h + 88);
	if (t->size < ENTRY_MIN || t->size > ENTRY_MAX || t->size & (t->size - 1) ||
		t->count > ARRAY_MAX / t->size)
		return GPT_DAMAGED;
	if (__builtin_mul_overflow(lba, (uint64_t)block, &t->entries) || t->entries > s->size ||
		s->size - t->entries < (uint64_t)t->count * t->size)
		return GPT_DAMAGED;
	return GPT_NOT_FOUND;
}

/* First and last block are inclusive. False when the range is not inside the source. */
static bool entry_range(const struct gpt_source *s, const struct table *t, const uint8_t *entry,
	struct gpt_part *out)
{
	uint64_t first = get_le64(entry + 32), last = get_le64(entry + 40), end;

	if (last < first || last == UINT64_MAX ||
		__builtin_mul_overflow(first, (uint64_t)t->block, &out->offset) ||
		__builtin_mul_overflow(last + 1, (uint64_t)t->block, &end) || end > s->size)
		return false;
	out->bytes = end - out->offset;
	return true;
}

/* The whole array is read, since its checksum says whether the entry that was found is to be
 * believed. */
static enum gpt_result entries_scan(const struct gpt_source *s, const struct table *t,
	const struct gpt_key *key, struct gpt_part *out, unsigned *parts)
{
	static const uint8_t unused[16];
	uint8_t chunk[ENTRY_MAX];
	uint32_t per_chunk = (uint32_t)sizeof(chunk) / t->size, crc = 0;
	bool found = false, bad_range = false;
	struct gpt_part part = { 0 };

	*parts = 0;
	for (uint32_t i = 0; i < t->count; i += per_chunk) {
		uint32_t n = t->count - i < per_chunk ? t->count - i : per_chunk;

		if (s->read(s, t->entries + (uint64_t)i * t->size, chunk, (size_t)n * t->size) < 0)
			return GPT_DAMAGED;
		crc = crc32_add(crc, chunk, (size_t)n * t->size);
		for (uint32_t k = 0; k < n; k++) {
			const uint8_t *entry = chunk + (size_t)k * t->size;

			if (memcmp(entry, unused, 16) == 0)
				continue;
			++*parts;
			if (found || memcmp(entry + key->at, key->bytes, key->len) != 0)
				continue;
			found = true;
			part.number = i + k + 1;
			bad_range = !entry_range(s, t, entry, &part);
		}
	}
	if (crc != t->crc || bad_range)
		return GPT_DAMAGED;
	if (found)
		*out = part;
	return found ? GPT_FOUND : GPT_NOT_FOUND;
}

enum gpt_result gpt_find(const struct gpt_source *s, const struct gpt_key *key,
	struct gpt_part *out, unsigned *parts)
{
	/* A hybrid ISO counts in blocks of 512 bytes even on a drive whose blocks have 2048. */
	const struct {
		uint64_t offset;
		uint32_t block;
	} places[] = {
		{ 512, 512 },
		{ s->block, s->block },
		{ s->size / s->block * s->block - s->block, s->block },
	};
	enum gpt_result worst = GPT_ABSENT;

	*parts = 0;
	if (s->size < 4 * (uint64_t)s->block)
		return GPT_ABSENT;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct table t;
		enum gpt_result r = header_read(s, places[i].offset, places[i].block, &t);

		if (r == GPT_NOT_FOUND)
			r = entries_scan(s, &t, key, out, parts);
		if (r == GPT_FOUND || r == GPT_NOT_FOUND)
			return r;
		if (r == GPT_DAMAGED)
			worst = r;
	}
	return worst;
}
