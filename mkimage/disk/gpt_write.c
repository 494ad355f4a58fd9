#include "mkimage/disk/gpt_impl.h"

#include "base/endian.h"

#include <string.h>
#include <zlib.h>

enum { HEADER = 92, ENTRIES = 128, ENTRY = 128, NAME_CHARS = 35 };

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int gpt_guid(const char *text, uint8_t out[GPT_UUID], struct diags *d)
{
	/* The first three fields are little-endian: where each byte of the text goes. */
	static const uint8_t place[GPT_UUID] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14,
		15 };
	const char *p = text;
	for (size_t i = 0; i < GPT_UUID; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10) {
			if (*p++ != '-')
				break;
		}
		int high = hex(p[0]), low = high < 0 ? -1 : hex(p[1]);
		if (low < 0)
			break;
		out[place[i]] = (uint8_t)(high << 4 | low);
		p += 2;
		if (i + 1 == GPT_UUID && !*p)
			return 0;
	}
	return fail(d, KIND_BUG, NULL, "\"%s\" is no GUID", text);
}

static int put_partition(const struct gpt *g, size_t i, uint8_t *e, struct diags *d)
{
	const struct gpt_partition *p = &g->items[i];
	if (p->first > p->last || p->first <= GPT_SECTORS || p->last >= g->sectors - GPT_SECTORS ||
		(i && p->first <= g->items[i - 1].last))
		return fail(d, KIND_BUG, NULL, "partition %zu lies outside its place", i + 1);
	if (gpt_guid(p->type, e, d) < 0 || gpt_guid(p->guid, e + 16, d) < 0)
		return -1;
	put_le64(e + 32, p->first);
	put_le64(e + 40, p->last);
	put_le64(e + 48, p->attributes);
	for (size_t c = 0; c < NAME_CHARS && p->name[c]; c++)
		put_le16(e + 56 + 2 * c, (uint8_t)p->name[c]);
	return 0;
}

static void put_header(const struct gpt *g, uint8_t *h, uint64_t at, uint64_t other,
	uint64_t entries, uint32_t entries_crc, const uint8_t guid[GPT_UUID])
{
	memcpy(h, "EFI PART", 8);
	put_le32(h + 8, 0x00010000);
	put_le32(h + 12, HEADER);
	put_le64(h + 24, at);
	put_le64(h + 32, other);
	put_le64(h + 40, GPT_SECTORS + 1);
	put_le64(h + 48, g->sectors - GPT_SECTORS - 1);
	memcpy(h + 56, guid, GPT_UUID);
	put_le64(h + 72, entries);
	put_le32(h + 80, ENTRIES);
	put_le32(h + 84, ENTRY);
	put_le32(h + 88, entries_crc);
	put_le32(h + 16, (uint32_t)crc32(0, h, HEADER));
}

int gpt_build(
	const struct gpt *g, uint8_t primary[GPT_LEN], uint8_t backup[GPT_LEN], struct diags *d)
{
	uint8_t guid[GPT_UUID];
	memset(primary, 0, GPT_LEN);
	memset(backup, 0, GPT_LEN);
	if (gpt_guid(g->guid, guid, d) < 0)
		return -1;
	uint8_t *entries = primary + GPT_SECTOR;
	for (size_t i = 0; i < g->len; i++) {
		if (put_partition(g, i, entries + i * ENTRY, d) < 0)
			return -1;
	}
	memcpy(backup, entries, ENTRIES * ENTRY);
	uint32_t crc = (uint32_t)crc32(0, entries, ENTRIES * ENTRY);
	put_header(g, primary, 1, g->sectors - 1, 2, crc, guid);
	put_header(g, backup + ENTRIES * ENTRY, g->sectors - 1, 1, g->sectors - GPT_SECTORS, crc,
		guid);
	return 0;
}
