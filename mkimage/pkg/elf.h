/*
 * What an ELF file asks the dynamic linker for (System V gABI chapters 4 and 5; 64-bit
 * little-endian, which is all that we build for). Hostile input: every offset is checked against
 * the bytes that are there.
 */
#ifndef PKG_ELF_H
#define PKG_ELF_H

#include "mkimage/tree/tree.h"

#include <stddef.h>
#include <stdint.h>

enum { ELF_MACHINE_X86_64 = 62, ELF_MACHINE_AARCH64 = 183 };

struct elf {
	uint16_t machine;
	const char *interp;    /* PT_INTERP or NULL: a static program, or a library */
	const char *runpath;   /* DT_RUNPATH, else DT_RPATH, else NULL */
	struct strings needed; /* DT_NEEDED, in order */
};

enum elf_result {
	ELF_OK,
	ELF_OTHER, /* no 64-bit little-endian ELF file */
	ELF_BROKEN /* it says it is one, but its parts lie outside of it */
};

/* Strings are copied into the arena. */
enum elf_result elf_parse(struct arena *a, const void *bytes, size_t len, struct elf *out);

/*
 * As above, for a file of a tree, of which only the parts that matter are read. ELF_OTHER for what
 * is no regular file too. A file that cannot be read is an error.
 */
CHECK int elf_read(struct arena *a, const struct inode *i, enum elf_result *result, struct elf *out,
	struct diags *d);

#endif
