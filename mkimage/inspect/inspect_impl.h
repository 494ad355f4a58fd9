/* Looking into one part: each reader gives a tree, or more parts. */
#ifndef INSPECT_INSPECT_IMPL_H
#define INSPECT_INSPECT_IMPL_H

#include "mkimage/inspect/inspect.h"

#include "base/endian.h"
#include "mkimage/out/out.h"

enum {
	INSPECT_DEPTH = 6,	     /* disk: ESP: UKI: initrd: root: … */
	INSPECT_PARTS_MAX = 256,     /* of one image */
	INSPECT_NODES_MAX = 1 << 20, /* of one tree */
	INSPECT_TREE_DEPTH = 256,
	INSPECT_TEXT_MAX = 64 * 1024
};

/* What readers share: where memory comes from, and where to report. */
struct inspector {
	struct inspected *of;
	const char *scratch;
	struct diags *d;
	unsigned depth;
};

/* len bytes at offset of a part; fewer are an error that names it. */
CHECK int part_read(
	struct inspector *x, const struct inspect_part *p, uint64_t offset, void *buf, size_t len);
/* A range of a part's bytes; outside of it is an error. */
CHECK int part_range(struct inspector *x, const struct inspect_part *p, uint64_t offset,
	uint64_t size, struct content *out);
/* "the disk image "FILE": what"; -1. */
int part_fail(struct inspector *x, const struct inspect_part *p, const char *fmt, ...) PRINTF(3, 4);
/* Recognises content, and looks into it. name and path are copied. */
CHECK int part_add(struct inspector *x, struct inspect_part *in, const char *name, const char *path,
	const struct content *content, struct inspect_part **out);
/* What was written to a scratch output, as a content that lasts as long as the image is open. */
CHECK int part_keep(struct inspector *x, struct out *from, struct content *out);
/* The files of a part's tree that are something to look into: "EFI/BOOT/BOOTX64.EFI". */
CHECK int part_add_files(struct inspector *x, struct inspect_part *in);

CHECK int read_gpt(struct inspector *x, struct inspect_part *p);
CHECK int read_iso(struct inspector *x, struct inspect_part *p);
CHECK int read_erofs(struct inspector *x, struct inspect_part *p);
CHECK int read_fat(struct inspector *x, struct inspect_part *p);
CHECK int read_uki(struct inspector *x, struct inspect_part *p);
CHECK int read_cpio(struct inspector *x, struct inspect_part *p);
CHECK int read_tar(struct inspector *x, struct inspect_part *p);
/* A tar's tree that is an OCI layout (image-spec 1.1): what its manifest calls the blobs. */
CHECK int read_oci(struct inspector *x, struct inspect_part *p);
CHECK int read_squashfs(struct inspector *x, struct inspect_part *p);
/* The version and the architecture of a kernel, for of->version and of->arch. */
CHECK int read_kernel(struct inspector *x, struct inspect_part *p);

/* What Rock Ridge (RRIP 1.12, in the fields of SUSP 1.12) says of a record of ISO 9660. */
struct rock_ridge {
	char name[256], target[4096]; /* "": not said */
	size_t name_len, target_len;
	bool has_mode, has_device, has_time;
	bool part_closed; /* the next one of target's parts comes behind a '/' */
	/* A folder too deep for ECMA-119 stands twice: where it was put, and where it belongs. */
	bool moved;	/* put here */
	uint32_t child; /* belongs here, and is at that sector; 0: no */
	uint32_t mode, uid, gid, major, minor;
	int64_t mtime;
};
/* area: what the record has behind its name, which may go on elsewhere in the part. */
CHECK int read_rock_ridge(struct inspector *x, const struct inspect_part *p, const uint8_t *area,
	size_t len, struct rock_ridge *out);

/* Whether a part holds it, by its first bytes. */
bool is_gpt(struct inspector *x, const struct inspect_part *p);
bool is_iso(struct inspector *x, const struct inspect_part *p);
bool is_erofs(struct inspector *x, const struct inspect_part *p);
bool is_fat(struct inspector *x, const struct inspect_part *p);
bool is_uki(struct inspector *x, const struct inspect_part *p);

#endif
