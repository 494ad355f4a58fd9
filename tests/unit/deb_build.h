/* Makes .debs and ELF files for tests: with libarchive's writers, and by hand. */
#ifndef TESTS_UNIT_DEB_BUILD_H
#define TESTS_UNIT_DEB_BUILD_H

#include "base/endian.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <string.h>

struct deb_build {
	struct archive *tar;
	char data[1 << 20];
	size_t len;
};

static inline void deb_begin(struct deb_build *b, int (*filter)(struct archive *))
{
	b->tar = archive_write_new();
	archive_write_set_format_gnutar(b->tar);
	filter(b->tar);
	archive_write_set_bytes_in_last_block(b->tar, 1);
	archive_write_open_memory(b->tar, b->data, sizeof(b->data), &b->len);
}

/* type AE_IFDIR …; text: contents, or a target. link: a hard link to text. */
static inline void deb_add(struct deb_build *b, const char *path, unsigned type, unsigned mode,
	const void *text, size_t len, int link)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, path);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, mode);
	archive_entry_set_mtime(e, 1000, 0);
	if (link)
		archive_entry_set_hardlink(e, text);
	else if (type == AE_IFLNK)
		archive_entry_set_symlink(e, text);
	else if (type == AE_IFREG)
		archive_entry_set_size(e, (int64_t)len);
	archive_write_header(b->tar, e);
	if (type == AE_IFREG && !link && len)
		archive_write_data(b->tar, text, len);
	archive_entry_free(e);
}

static inline size_t deb_member(
	char *to, size_t at, const char *name, const void *bytes, size_t len)
{
	int n = snprintf(
		to + at, 61, "%-16s%-12u%-6u%-6u%-8s%-10zu`\n", name, 0, 0, 0, "100644", len);
	at += (size_t)n;
	memcpy(to + at, bytes, len);
	at += len;
	if (len & 1)
		to[at++] = '\n';
	return at;
}

/* Into to, which has room for a little more than the data. */
static inline size_t deb_end(struct deb_build *b, const char *data_name, char *to)
{
	archive_write_close(b->tar);
	archive_write_free(b->tar);
	memcpy(to, "!<arch>\n", 8);
	size_t at = deb_member(to, 8, "debian-binary", "2.0\n", 4);
	at = deb_member(to, at, "control.tar", "", 0);
	return deb_member(to, at, data_name, b->data, b->len);
}

/* A program or library that asks for what is given: one PT_LOAD of the whole file at address 0. */
static inline size_t elf_build(uint8_t to[2048], unsigned machine, const char *interp,
	const char *const *needed, const char *runpath)
{
	enum { PH = 64, DYN = 512, STR = 1024, INTERP = 1536, SIZE = 2048 };
	memset(to, 0, SIZE);
	memcpy(to, ELFMAG, 4);
	to[EI_CLASS] = ELFCLASS64;
	to[EI_DATA] = ELFDATA2LSB;
	to[EI_VERSION] = 1;
	put_le16(to + 16, ET_DYN);
	put_le16(to + 18, (uint16_t)machine);
	put_le64(to + 32, PH);
	put_le16(to + 54, 56);
	put_le16(to + 56, interp ? 3 : 2);
	uint8_t *ph = to + PH, *dyn = to + DYN;
	size_t str = 1;
	put_le32(ph, PT_LOAD);
	put_le64(ph + 32, SIZE);
	put_le64(ph + 40, SIZE);
	for (; needed && *needed; needed++) {
		put_le64(dyn, DT_NEEDED);
		put_le64(dyn + 8, str);
		memcpy(to + STR + str, *needed, strlen(*needed));
		str += strlen(*needed) + 1;
		dyn += 16;
	}
	if (runpath) {
		put_le64(dyn, DT_RUNPATH);
		put_le64(dyn + 8, str);
		memcpy(to + STR + str, runpath, strlen(runpath));
		str += strlen(runpath) + 1;
		dyn += 16;
	}
	put_le64(dyn, DT_STRTAB);
	put_le64(dyn + 8, STR);
	put_le64(dyn + 16, DT_STRSZ);
	put_le64(dyn + 24, str);
	dyn += 48;
	put_le32(ph + 56, PT_DYNAMIC);
	put_le64(ph + 56 + 8, DYN);
	put_le64(ph + 56 + 32, (uint64_t)(dyn - to) - DYN);
	if (interp) {
		put_le32(ph + 112, PT_INTERP);
		put_le64(ph + 112 + 8, INTERP);
		put_le64(ph + 112 + 32, strlen(interp) + 1);
		memcpy(to + INTERP, interp, strlen(interp));
	}
	return SIZE;
}

#endif
