/* PE images with a kernel inside (UAPI.5, Unified Kernel Image; Microsoft's PE format). */
#include "mkimage/inspect/inspect_impl.h"

#include <string.h>

enum { COFF = 4, OPTIONAL = 24, SECTION = 40, NAME = 8, SECTIONS_MAX = 96 };

struct sections {
	uint8_t bytes[SECTIONS_MAX * SECTION];
	size_t len;
};

/* false: it is no PE image. */
static bool load(const struct inspect_part *p, struct sections *out)
{
	uint8_t mz[64], pe[OPTIONAL];
	if (content_read(&p->content, 0, mz, sizeof(mz)) != sizeof(mz) || memcmp(mz, "MZ", 2) != 0)
		return false;
	uint32_t at = get_le32(mz + 0x3c);
	if (content_read(&p->content, at, pe, sizeof(pe)) != sizeof(pe) ||
		memcmp(pe, "PE\0\0", 4) != 0)
		return false;
	out->len = get_le16(pe + COFF + 2);
	if (out->len > SECTIONS_MAX)
		return false;
	uint64_t table = (uint64_t)at + OPTIONAL + get_le16(pe + COFF + 16);
	size_t want = out->len * SECTION;
	return content_read(&p->content, table, out->bytes, want) == (ssize_t)want;
}

static const uint8_t *section(const struct sections *s, const char *name)
{
	for (size_t i = 0; i < s->len; i++) {
		const uint8_t *h = s->bytes + i * SECTION;
		if (strncmp((const char *)h, name, NAME) == 0)
			return h;
	}
	return NULL;
}

bool is_uki(struct inspector *x, const struct inspect_part *p)
{
	struct sections s;
	(void)x;
	return load(p, &s) && section(&s, ".linux");
}

bool inspect_section(const struct inspect_part *uki, const char *name, struct content *out)
{
	struct sections s;
	const struct content *c = &uki->content;
	const uint8_t *h = load(uki, &s) ? section(&s, name) : NULL;
	if (!h)
		return false;
	uint32_t size = get_le32(h + 8), raw_size = get_le32(h + 16), at = get_le32(h + 20);
	if (raw_size < size)
		size = raw_size;
	if (at > c->size || size > c->size - at)
		return false;
	*out = (struct content){ .size = size, .fd = c->fd, .offset = c->offset + at };
	out->bytes = c->bytes ? (const char *)c->bytes + at : NULL;
	return true;
}

static int add_section(struct inspector *x, struct inspect_part *p, const uint8_t *h,
	const char *section_name, const char *name)
{
	struct content content;
	struct inspect_part *q;
	uint32_t size = get_le32(h + 8), raw_size = get_le32(h + 16);
	if (part_range(x, p, get_le32(h + 20), size < raw_size ? size : raw_size, &content) < 0)
		return fail_ctx(x->d, "reading the section %s", section_name);
	return part_add(x, p, name, arena_fmt(x->of->mem, "%s: section %s", p->path, section_name),
		&content, &q);
}

int read_uki(struct inspector *x, struct inspect_part *p)
{
	static const char *const wanted[][2] = { { ".osrel", "osrel" }, { ".cmdline", "cmdline" },
		{ ".uname", "uname" }, { ".linux", "kernel" }, { ".initrd", "initrd" } };
	struct sections s;
	if (!load(p, &s))
		return part_fail(x, p, "its headers are damaged");
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const uint8_t *h = section(&s, wanted[i][0]);
		if (h && add_section(x, p, h, wanted[i][0], wanted[i][1]) < 0)
			return -1;
	}
	return 0;
}
