#include "mkimage/pkg/elf.h"

#include "base/endian.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

/* More than any real file has; keeps hostile ones short. */
enum { PHDRS_MAX = 1024, NEEDED_MAX = 1024, STRING_MAX = 4096 };

struct view {
	const uint8_t *bytes;
	size_t len;
	const uint8_t *phdrs;
	size_t phdrs_len;
};

struct range {
	uint64_t offset, len;
};

static bool inside(const struct view *v, struct range r)
{
	return r.offset <= v->len && r.len <= v->len - r.offset;
}

static uint32_t ph_type(const uint8_t *ph)
{
	return get_le32(ph + offsetof(Elf64_Phdr, p_type));
}

static struct range ph_file(const uint8_t *ph)
{
	return (struct range){ get_le64(ph + offsetof(Elf64_Phdr, p_offset)),
		get_le64(ph + offsetof(Elf64_Phdr, p_filesz)) };
}

static const uint8_t *ph_find(const struct view *v, uint32_t type)
{
	for (size_t i = 0; i < v->phdrs_len; i++)
		if (ph_type(v->phdrs + i * sizeof(Elf64_Phdr)) == type)
			return v->phdrs + i * sizeof(Elf64_Phdr);
	return NULL;
}

/* A string that ends within its range, or NULL. */
static const char *string_in(struct arena *a, const struct view *v, struct range r)
{
	if (!inside(v, r))
		return NULL;
	const char *s = (const char *)v->bytes + r.offset;
	size_t len = strnlen(s, r.len < STRING_MAX ? (size_t)r.len : STRING_MAX);
	return len < r.len && len < STRING_MAX && len ? arena_strn(a, s, len) : NULL;
}

/* The bytes of the file that are loaded from an address on to the end of its segment. */
static bool loaded(const struct view *v, uint64_t address, struct range *out)
{
	for (size_t i = 0; i < v->phdrs_len; i++) {
		const uint8_t *ph = v->phdrs + i * sizeof(Elf64_Phdr);
		struct range r = ph_file(ph);
		uint64_t start = get_le64(ph + offsetof(Elf64_Phdr, p_vaddr));
		if (ph_type(ph) != PT_LOAD || address < start || address - start >= r.len ||
			!inside(v, r))
			continue;
		*out = (struct range){ r.offset + (address - start), r.len - (address - start) };
		return true;
	}
	return false;
}

static bool dynamic_find(const struct view *v, struct range dyn, uint64_t tag, uint64_t *value)
{
	for (uint64_t at = 0; dyn.len - at >= sizeof(Elf64_Dyn); at += sizeof(Elf64_Dyn)) {
		const uint8_t *e = v->bytes + dyn.offset + at;
		if (get_le64(e) == DT_NULL)
			return false;
		if (get_le64(e) != tag)
			continue;
		*value = get_le64(e + 8);
		return true;
	}
	return false;
}

static const char *dynamic_string(
	struct arena *a, const struct view *v, struct range table, uint64_t offset)
{
	if (offset >= table.len)
		return NULL;
	return string_in(a, v, (struct range){ table.offset + offset, table.len - offset });
}

static enum elf_result dynamic_read(
	struct arena *a, const struct view *v, struct range dyn, struct elf *out)
{
	uint64_t strtab, size, path;
	struct range table;
	if (!inside(v, dyn))
		return ELF_BROKEN;
	if (!dynamic_find(v, dyn, DT_STRTAB, &strtab))
		return ELF_OK;
	if (!dynamic_find(v, dyn, DT_STRSZ, &size) || !loaded(v, strtab, &table) ||
		size > table.len)
		return ELF_BROKEN;
	table.len = size;
	for (uint64_t at = 0; dyn.len - at >= sizeof(Elf64_Dyn); at += sizeof(Elf64_Dyn)) {
		const uint8_t *e = v->bytes + dyn.offset + at;
		if (get_le64(e) == DT_NULL)
			break;
		if (get_le64(e) != DT_NEEDED)
			continue;
		const char *name = dynamic_string(a, v, table, get_le64(e + 8));
		if (!name || out->needed.len == NEEDED_MAX)
			return ELF_BROKEN;
		vec_push(a, &out->needed, name);
	}
	if (!dynamic_find(v, dyn, DT_RUNPATH, &path) && !dynamic_find(v, dyn, DT_RPATH, &path))
		return ELF_OK;
	out->runpath = dynamic_string(a, v, table, path);
	return out->runpath ? ELF_OK : ELF_BROKEN;
}

enum elf_result elf_parse(struct arena *a, const void *bytes, size_t len, struct elf *out)
{
	struct view v = { .bytes = bytes, .len = len };
	struct elf e = { 0 };
	if (len < sizeof(Elf64_Ehdr) || memcmp(v.bytes, ELFMAG, SELFMAG) != 0 ||
		v.bytes[EI_CLASS] != ELFCLASS64 || v.bytes[EI_DATA] != ELFDATA2LSB)
		return ELF_OTHER;
	e.machine = get_le16(v.bytes + offsetof(Elf64_Ehdr, e_machine));
	v.phdrs_len = get_le16(v.bytes + offsetof(Elf64_Ehdr, e_phnum));
	struct range table = { get_le64(v.bytes + offsetof(Elf64_Ehdr, e_phoff)),
		v.phdrs_len * sizeof(Elf64_Phdr) };
	if (v.phdrs_len && (v.phdrs_len > PHDRS_MAX || !inside(&v, table) ||
				   get_le16(v.bytes + offsetof(Elf64_Ehdr, e_phentsize)) !=
					   sizeof(Elf64_Phdr)))
		return ELF_BROKEN;
	v.phdrs = v.phdrs_len ? v.bytes + table.offset : NULL;
	const uint8_t *interp = ph_find(&v, PT_INTERP), *dyn = ph_find(&v, PT_DYNAMIC);
	if (interp && !(e.interp = string_in(a, &v, ph_file(interp))))
		return ELF_BROKEN;
	if (dyn && dynamic_read(a, &v, ph_file(dyn), &e) != ELF_OK)
		return ELF_BROKEN;
	*out = e;
	return ELF_OK;
}
