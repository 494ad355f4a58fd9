/*
 * Plan -> tree -> outputs. One build makes each artefact (the tree, the root image, an initrd) at
 * most once, when a format first asks for it; all formats share them. Outputs get their names
 * together at the end, or not at all.
 */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include "mkimage/plan/plan.h"
#include "mkimage/tree/tree.h"

struct build;

/* Called with one line for the user when a step is done; NULL: nobody wants to know. */
struct build_progress {
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

enum {
	FORMAT_ZLIB = 1,      /* qcow2: for QEMU before 5.1 */
	FORMAT_DYNAMIC = 2,   /* VHD: without what is zero */
	FORMAT_WHOLE_GIB = 4, /* a disk of whole GiB */
	FORMAT_EMBEDDED = 8,  /* the root is in the initrd */
	FORMAT_ISO = 16,      /* the root is an ISO 9660; else, beside a kernel, an EROFS */
};
enum { BOOT_BIOS = 1, BOOT_UEFI = 2, BOOT_DIRECT = 4, BOOT_RPI = 8 };

/* One kind of output. */
struct format {
	const char *name;
	const char *archs;  /* "amd64 arm64" */
	unsigned firmware;  /* what starts it: BOOT_*; a BIOS is of amd64 alone */
	const char *suffix; /* of NAME, or several: "-kernel -cmdline" */
	const char *about;
	CHECK int (*make)(struct build *b, const struct format *f, struct diags *d);
	unsigned how;	     /* FORMAT_* */
	const char *drivers; /* the kernel needs one of them; NULL: none */
};

extern const struct format formats[];
extern const size_t formats_len;
/* An unknown name is KIND_USAGE, with the nearest as its hint. */
CHECK int format_find(
	struct arena *a, const char *name, const struct format **out, struct diags *d);

/* KIND_USAGE when two of them would write the same file. */
CHECK int formats_fit(const struct format *const *list, size_t len, struct diags *d);

/* The plan and the store outlive the build. */
struct build *build_new(
	struct arena *a, const struct plan *p, struct store *s, struct build_progress say);
/* Leaves the bill of materials out of the root. */
void build_without_sbom(struct build *b);
/* Signs nothing, whatever the config says: for a try here, without the key. */
void build_unsigned(struct build *b);
/* Signs with signatures that were made before, as in an image that is compared; the key is not
 * asked. They outlive the build. */
struct signatures;
void build_with_signatures(struct build *b, const struct signatures *known);
void build_drop(struct build **b);
#define AUTO_BUILD __attribute__((cleanup(build_drop))) struct build *

/* The whole root filesystem, with boot/. It lives as long as the build. */
CHECK int build_tree(struct build *b, struct tree **out, struct diags *d);
/* "the layer sha256:…" of an image that a file of the tree came from, or NULL. */
const char *build_layer_name(const struct build *b, const struct content *c);

/* Makes folder/NAME… for every format, and gives the paths. folder exists. */
CHECK int build_outputs(struct build *b, const char *folder, const char *name,
	const struct format *const *list, size_t len, struct strings *paths, struct diags *d);

/* An output that has no name; its bytes can be read until build_drop. */
struct unnamed {
	const char *suffix; /* "-kernel", ".img" */
	int fd;
	uint64_t size;
};
struct unnamed_list {
	struct unnamed *items;
	size_t len, cap;
};
/* The same outputs, for a look at them: nothing gets a name. */
CHECK int build_unnamed(struct build *b, const char *name, const struct format *f,
	struct unnamed_list *out, struct diags *d);

#endif
