#include "mkimage/disk/uki_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <string.h>

enum {
	STUB_LIMIT = 16 << 20,
	OPTIONAL_MIN = 112, /* PE32+ up to the data directories */
	OPTIONAL_MAGIC = 0x20b,
	DIR_SECURITY = 4,
	SECTIONS_LIMIT = 96, /* what Windows' loader takes */
	ALIGN_LIMIT = 1 << 20,
	IMAGE_LIMIT = 64 << 20,
};

static int bad_stub(const char *path, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT, "reinstall the package systemd-boot-efi",
		"\"%s\" is no EFI stub that a kernel can be added to: %s", path, why);
}

static bool power_of_two(uint32_t v)
{
	return v && (v & (v - 1)) == 0;
}

static int check_section(
	const uint8_t *h, struct uki_stub *s, size_t *first_raw, const char *path, struct diags *d)
{
	static const char *const ours[] = { ".osrel", ".cmdline", ".uname", ".linux", ".initrd" };
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		if (strncmp((const char *)h, ours[i], 8) == 0)
			return bad_stub(path, "it holds a kernel's sections already", d);
	}
	uint64_t virt_size = get_le32(h + 8), virt = get_le32(h + 12);
	uint64_t raw_size = get_le32(h + 16), raw = get_le32(h + 20);
	if (raw_size && (raw + raw_size > s->len || raw < s->table))
		return bad_stub(path, "a section lies outside the file", d);
	uint64_t end = virt + (virt_size > raw_size ? virt_size : raw_size);
	if (end > IMAGE_LIMIT)
		return bad_stub(path, "a section is too far away in memory", d);
	if (end > s->end)
		s->end = end;
	if (raw_size && raw + raw_size > s->raw_end)
		s->raw_end = (size_t)(raw + raw_size);
	if (raw_size && raw < *first_raw)
		*first_raw = (size_t)raw;
	return 0;
}

int uki_stub_parse(
	uint8_t *bytes, size_t len, const char *path, struct uki_stub *out, struct diags *d)
{
	struct uki_stub s = { .bytes = bytes, .len = len };
	if (len < 64 || memcmp(bytes, "MZ", 2) != 0)
		return bad_stub(path, "it is no PE file", d);
	s.pe = get_le32(bytes + 0x3c);
	if (s.pe > len || len - s.pe < PE_OPTIONAL + OPTIONAL_MIN ||
		memcmp(bytes + s.pe, "PE\0\0", 4) != 0)
		return bad_stub(path, "it is no PE file", d);
	const uint8_t *coff = bytes + s.pe + PE_COFF, *opt = bytes + s.pe + PE_OPTIONAL;
	s.sections = get_le16(coff + 2);
	size_t opt_len = get_le16(coff + 16);
	s.table = s.pe + PE_OPTIONAL + opt_len;
	if (opt_len < OPTIONAL_MIN || get_le16(opt) != OPTIONAL_MAGIC ||
		s.sections > SECTIONS_LIMIT || s.table + s.sections * PE_SECTION > len)
		return bad_stub(path, "its headers are damaged", d);
	s.align = get_le32(opt + 32);
	s.file_align = get_le32(opt + 36);
	if (!power_of_two(s.align) || !power_of_two(s.file_align) || s.align > ALIGN_LIMIT ||
		s.file_align > s.align || s.file_align < 16)
		return bad_stub(path, "its alignments are damaged", d);
	uint32_t dirs = get_le32(opt + 108);
	if (dirs > DIR_SECURITY && opt_len >= OPTIONAL_MIN + 8 * (DIR_SECURITY + 1) &&
		get_le32(opt + OPTIONAL_MIN + 8 * DIR_SECURITY))
		return bad_stub(path, "it is signed; the signature would be wrong afterwards", d);

	size_t headers = get_le32(opt + 60), first_raw = headers < len ? headers : len;
	for (size_t i = 0; i < s.sections; i++) {
		if (check_section(bytes + s.table + i * PE_SECTION, &s, &first_raw, path, d) < 0)
			return -1;
	}
	/* Symbols behind the sections are nobody's, and signatures would not cover them in place.
	 */
	s.raw_end = s.raw_end > first_raw ? s.raw_end : first_raw;
	size_t used = s.table + s.sections * PE_SECTION;
	s.room = first_raw > used ? (first_raw - used) / PE_SECTION : 0;
	*out = s;
	return 0;
}

int uki_stub_read(struct arena *a, const char *path, struct uki_stub *out, struct diags *d)
{
	char *bytes;
	size_t len;
	if (file_read(a, path, STUB_LIMIT, &bytes, &len, d) < 0)
		return -1;
	return uki_stub_parse((uint8_t *)bytes, len, path, out, d);
}
