/* UEFI 2.10, section 5.3. */
#include "mkimage/disk/disk.h"
#include "mkimage/inspect/inspect_impl.h"

#include <ctype.h>
#include <string.h>
#include <zlib.h>

enum { SECTOR = 512, HEADER = 92, ENTRIES_MAX = 128, ENTRY_MAX = 512, NAME_CHARS = 36, GUID = 16 };

bool is_gpt(struct inspector *x, const struct inspect_part *p)
{
	uint8_t h[8];
	(void)x;
	return content_read(&p->content, SECTOR, h, sizeof(h)) == sizeof(h) &&
	       memcmp(h, "EFI PART", sizeof(h)) == 0;
}

static const char *guid_text(struct arena *a, const uint8_t *g)
{
	return arena_fmt(a, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", get_le32(g),
		get_le16(g + 4), get_le16(g + 6), g[8], g[9], g[10], g[11], g[12], g[13], g[14],
		g[15]);
}

/* What partitions of that type are for. */
static const char *type_name(const char *type)
{
	static const char *const archs[] = { "amd64", "arm64" };
	if (strcmp(type, TYPE_ESP) == 0)
		return "esp";
	for (size_t i = 0; i < ARRAY_LEN(archs); i++) {
		if (strcmp(type, disk_root_type(archs[i])) == 0)
			return "root";
	}
	return "partition";
}

/* The partition's own name, when it can stand in front of a ':'. */
static const char *entry_name(struct arena *a, const uint8_t *e, const char *fallback)
{
	char name[NAME_CHARS + 1] = { 0 };
	for (size_t i = 0; i < NAME_CHARS; i++) {
		uint16_t c = get_le16(e + 56 + 2 * i);
		if (!c)
			break;
		if (c > 0x7e || !(isalnum(c) || c == '-' || c == '_' || c == '.'))
			return fallback;
		name[i] = (char)tolower(c);
	}
	return *name ? arena_str(a, name) : fallback;
}

static int add_partition(struct inspector *x, struct inspect_part *p, const uint8_t *e, unsigned n)
{
	struct arena *a = x->of->mem;
	uint64_t first = get_le64(e + 32), last = get_le64(e + 40);
	struct inspect_part *q;
	struct content content;
	if (first > last || last >= UINT64_MAX / SECTOR)
		return part_fail(x, p, "partition %u ends before it begins", n);
	if (part_range(x, p, first * SECTOR, (last - first + 1) * SECTOR, &content) < 0)
		return fail_ctx(x->d, "reading partition %u", n);
	const char *type = guid_text(a, e);
	if (part_add(x, p, entry_name(a, e, type_name(type)),
		    arena_fmt(a, "%s: partition %u", p->path, n), &content, &q) < 0)
		return -1;
	q->type = type;
	q->guid = guid_text(a, e + GUID);
	return 0;
}

int read_gpt(struct inspector *x, struct inspect_part *p)
{
	static const uint8_t none[GUID];
	uint8_t h[SECTOR];
	if (part_read(x, p, SECTOR, h, sizeof(h)) < 0)
		return -1;
	uint32_t len = get_le32(h + 80), size = get_le32(h + 84), crc = get_le32(h + 16);
	uint64_t at = get_le64(h + 72);
	memset(h + 16, 0, 4);
	if (crc != (uint32_t)crc32(0, h, HEADER))
		return part_fail(x, p, "the checksum of its partition table is wrong");
	if (len > ENTRIES_MAX || size < 128 || size > ENTRY_MAX || at >= UINT64_MAX / SECTOR)
		return part_fail(x, p, "its partition table has %u entries of %u bytes", len, size);
	uint8_t *entries = arena_array(x->of->mem, len + 1, size);
	if (part_read(x, p, at * SECTOR, entries, (size_t)len * size) < 0)
		return -1;
	for (uint32_t i = 0; i < len; i++) {
		const uint8_t *e = entries + (size_t)i * size;
		if (memcmp(e, none, GUID) != 0 && add_partition(x, p, e, i + 1) < 0)
			return -1;
	}
	return 0;
}
