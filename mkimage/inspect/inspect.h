/*
 * The way back: a finished image -> its parts -> trees. Knows every format that build writes, and
 * what others write of the same kinds, as far as looking needs it: file formats are recognised by
 * their bytes, never by their names. Nothing is mounted and no program is run. Images are hostile
 * input: depth, counts and memory are bounded, and what is no image gives a sentence.
 */
#ifndef INSPECT_INSPECT_H
#define INSPECT_INSPECT_H

#include "mkimage/sign/sign.h"
#include "mkimage/tree/tree.h"

enum inspect_kind {
	INSPECT_UNKNOWN,
	INSPECT_DISK,	  /* with a GUID partition table (UEFI 2.10, section 5) */
	INSPECT_ISO,	  /* ISO 9660 (ECMA-119), as a CD sees it */
	INSPECT_FAT,	  /* FAT16 or FAT32 (Microsoft's specification 1.03) */
	INSPECT_SQUASHFS, /* 4.0 */
	INSPECT_CPIO,	  /* newc */
	INSPECT_TAR,	  /* pax, ustar, GNU */
	INSPECT_UKI,	  /* a PE image with a section .linux */
	INSPECT_KERNEL,	  /* a Linux kernel: bzImage, arm64 Image */
	INSPECT_TEXT,	  /* a command line, an os-release */
	INSPECT_VERITY,	  /* a dm-verity tree with its superblock */
	INSPECT_EROFS,	  /* Linux fs/erofs/erofs_fs.h */
};

struct inspect_parts {
	struct inspect_part **items;
	size_t len, cap;
};

/* A range of bytes that was recognised, and what is inside. */
struct inspect_part {
	const char *name; /* "esp", "root", "kernel", "initrd", …; each once in an image */
	const char *path; /* where its bytes are, in words: "esp:EFI/BOOT/BOOTX64.EFI" */
	enum inspect_kind kind;
	struct content content;
	const char *type, *guid; /* a partition's, lower case; else NULL */
	struct tree *tree;	 /* a file system's or an archive's; else NULL */
	struct inspect_parts parts;
};

/* What contents are read through, until the image is closed. */
struct inspect_closer {
	void (*close)(void *ctx);
	void *ctx;
};

struct inspected {
	struct arena *mem;
	const char *path;
	uint64_t size;
	struct inspect_part *whole;
	/* What a machine would use; NULL: there is none. */
	struct inspect_part *root, *kernel, *initrd;
	const char *cmdline, *version; /* of the kernel */
	const char *arch;	       /* amd64, arm64 */
	const char *roothash;	       /* what the root is verified by, or NULL */
	struct inspect_part *hashes;   /* the tree that roothash names, or NULL */
	struct inspect_parts all;      /* every part, outermost first */
	struct {
		int *items;
		size_t len, cap;
	} fds; /* kept open for the contents */
	struct {
		struct inspect_closer *items;
		size_t len, cap;
	} closers;
};

/*
 * path: a file, or the NAME of NAME-kernel, NAME-initrd.img and others. scratch: a folder for what
 * must be decompressed to be read. KIND_INPUT errors say what is wrong with the image.
 */
CHECK int inspect_open(struct arena *a, const char *path, const char *scratch,
	struct inspected **out, struct diags *d);
void inspect_close(struct inspected **i);
#define AUTO_INSPECTED __attribute__((cleanup(inspect_close))) struct inspected *

/* A program for UEFI, and one of its signatures. */
struct inspect_signature {
	const char *path;		/* "esp:EFI/BOOT/BOOTX64.EFI" */
	struct pe_signature *signed_by; /* NULL: nobody signed it */
};
struct inspect_signatures {
	struct inspect_signature *items;
	size_t len, cap;
};
void inspect_signatures(const struct inspected *i, struct inspect_signatures *out);

/* The bytes of a UKI's section; false: it has none of that name. */
bool inspect_section(const struct inspect_part *uki, const char *name, struct content *out);
/* The kernel's command line of such a NAME: in NAME-cmdline, else in the description of a machine
 * for QEMU (NAME.cfg) or Firecracker (NAME.json). */
CHECK int inspect_cmdline(struct arena *a, const char *prefix, const char **out, struct diags *d);

const char *inspect_kind_name(enum inspect_kind kind);

/*
 * "PATH" in the root file system, or "PART:PATH" in another part; *node NULL and *part set: the
 * part itself ("PART:"). Links are followed, never out of the part.
 */
CHECK int inspect_find(const struct inspected *i, const char *text, struct inspect_part **part,
	struct node **node, struct diags *d);

#endif
