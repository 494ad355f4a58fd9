/* The build's state, and its steps. */
#ifndef BUILD_BUILD_IMPL_H
#define BUILD_BUILD_IMPL_H

#include "mkimage/build/build.h"
#include "mkimage/build/modules.h"
#include "mkimage/disk/disk.h"
#include "mkimage/disk/verity.h"
#include "mkimage/layer/layer.h"
#include "mkimage/out/out.h"
#include "mkimage/sign/sign.h"

struct outs {
	struct out **items;
	size_t len, cap;
};

struct fds {
	int *items;
	size_t len, cap;
};

/* Whose folder entries come from, for LinuxKit's records in a tar. */
struct origin {
	const char *ref, *loc;
};

/* The modules of the kernel that the root and the initrd get; only for kernel images with Slipway's
 * labels. */
struct kernel_modules {
	const char *folder; /* "lib/modules/6.12.1-amd64" */
	struct modules all;
	bool *boot; /* what the initrd needs */
	bool *root;
};

enum initrd_kind { INITRD_EMBEDDED, INITRD_PARTITION, INITRD_KINDS };

struct build {
	struct arena *mem;
	const struct plan *plan;
	struct store *store;
	struct build_progress say;
	struct layers layers; /* open: the tree refers to their packs */
	struct fds fds;	      /* source files that the tree refers to */

	struct tree *tree;
	struct kernel_modules *modules; /* NULL: kernel.tar was taken whole */

	bool no_sbom;
	bool nobody_signs;
	struct signer *signer;		     /* NULL until something is signed */
	const struct signatures *signatures; /* instead of the key's; or NULL */

	/* Artefacts; NULL until asked for. Files are borrowed from outs or scratch. */
	const char *sbom;
	size_t sbom_len;
	struct artefact_files {
		struct out *squashfs;
		struct out *hashes; /* of the squashfs; with it verity and the GUIDs */
		struct out *initrd[INITRD_KINDS];
		struct out *kernel_elf;
		struct out *disk[16]; /* by kind (format_disk.c) */
	} made;
	struct verity verity;
	char root_guid[UUID_TEXT_SIZE], hashes_guid[UUID_TEXT_SIZE];

	const char *folder, *name;
	struct outs outs;    /* to be named at the end */
	struct outs scratch; /* the others that live as long as the build */
};

void build_say(const struct build *b, const char *fmt, ...) PRINTF(2, 3);
/* A scratch file in the store's tmp folder. */
CHECK int build_scratch(struct build *b, struct out **out, struct diags *d);
/* Takes it until the build ends. */
struct out *build_keep(struct build *b, struct out **from);
/* The folder for scratch files. */
CHECK int build_scratch_folder(struct build *b, const char **out, struct diags *d);
/* folder/NAMEsuffix, named when all is done. */
CHECK int build_output(struct build *b, const char *suffix, struct out **out, struct diags *d);

/* Steps of the tree. */
CHECK int build_kernel(struct build *b, struct diags *d);
CHECK int build_init(struct build *b, struct diags *d);
CHECK int build_volumes(struct build *b, struct diags *d);
CHECK int build_bundles(struct build *b, struct diags *d);
CHECK int build_disk(struct build *b, struct diags *d);
/* The first boot makes slot B and the partition for data: the file has neither. */
bool build_grows_disk(const struct build *b);
CHECK int build_files(struct build *b, struct diags *d);
CHECK int build_mount_points(struct build *b, struct diags *d);
/* Into roots of our own layout, unless it is not wanted. */
CHECK int build_sbom(struct build *b, struct diags *d);

/* A tar in the kernel image, into a tree; file contents refer to the tar's bytes. */
CHECK int kernel_tar_apply(struct build *b, const struct content *tar, const char *what,
	struct tree *t, struct origin from, struct diags *d);
/* Cuts lib/modules down to what is wanted, and remembers it. Nothing to do without Slipway's
 * labels. */
CHECK int kernel_modules_choose(struct build *b, struct tree *t, struct diags *d);

/* What every image's root gets, and loses (LINUXKIT.md (b)). */
enum image_use { USE_SERVICE, USE_INIT, USE_VOLUME };
CHECK int image_clean(struct build *b, struct tree *t, struct node *dir, enum image_use use,
	struct origin from, struct diags *d);
/* dir/name: all that is in the image, cleaned. */
CHECK int build_image(struct build *b, struct node *dir, const char *name,
	const struct image *image, enum image_use use, struct origin from, struct diags *d);
/*
 * Puts what is in from over to, as unpacking would: folders are joined and take the later one's
 * metadata. from is empty afterwards. at: the place of the image in the config, for a warning.
 */
CHECK int tree_merge(struct build *b, struct tree *from, struct pos at, struct diags *d);

/* Generated entries, with their origin. */
CHECK int put_folder(struct build *b, struct tree *t, struct node *dir, const char *path,
	uint32_t mode, struct origin from, struct node **out, struct diags *d);
CHECK int put_file(struct build *b, struct tree *t, struct node *dir, const char *path,
	const char *text, size_t len, uint32_t mode, struct origin from, struct diags *d);
CHECK int put_symlink(struct build *b, struct tree *t, struct node *dir, const char *path,
	const char *target, struct origin from, struct diags *d);
/* A copy of an inode that belongs to no tree yet. */
struct inode *inode_copy(struct arena *a, const struct inode *i);
/* A text file's bytes. */
CHECK int content_text(struct arena *a, const struct content *c, const char *what, size_t max,
	const char **text, size_t *len, struct diags *d);

/* Gives the newest errors since `before` that have no place this one. Returns -1. */
int errors_at(struct diags *d, unsigned before, struct pos at);

/* For uki_options: signs it when the config says so. ctx: the build. */
CHECK int build_finish_uki(void *ctx, struct out *uki, uint64_t start, struct diags *d);
/* A detached signature beside every output so far, when the config says so. */
CHECK int build_sign(struct build *b, struct diags *d);

/* Artefacts. */
CHECK int artefact_squashfs(struct build *b, struct out **out, struct diags *d);
/* These two into an output of the build: made there, if nobody asked for it before. */
CHECK int artefact_squashfs_to(struct build *b, struct out *to, struct diags *d);
CHECK int artefact_initrd_to(
	struct build *b, enum initrd_kind kind, struct out *to, struct diags *d);
/* The root image's dm-verity tree, and the GUIDs of both partitions. */
CHECK int artefact_hashes(struct build *b, struct out **out, struct diags *d);
/* The kernel's, with the root hash when the root is on a partition and verified. */
CHECK int artefact_cmdline(
	struct build *b, enum initrd_kind kind, const char **out, struct diags *d);
/* Whether a root on a partition is (disk: verity). */
bool root_verified(const struct build *b);
/* In the initrd, or built into the kernel. */
bool kernel_provides(const struct kernel_modules *k, const char *name);
CHECK int artefact_initrd(
	struct build *b, enum initrd_kind kind, struct out **out, struct diags *d);
/* Fails when a boot loader that is no UEFI stub cannot load an initrd of that many bytes. */
CHECK int initrd_has_room(struct build *b, uint64_t size, struct diags *d);
/* LinuxKit's: the whole tree without boot/, as a gzip-compressed cpio, into *to. */
CHECK int artefact_linuxkit_initrd(struct build *b, struct out *to, struct diags *d);
/* from as one gzip member. */
CHECK int gzip_copy(struct build *b, const struct out *from, struct out *to, struct diags *d);
/* SPDX of all images. */
CHECK int artefact_sbom(struct build *b, const char **text, size_t *len, struct diags *d);
/* boot/kernel. */
CHECK int artefact_kernel(struct build *b, const struct content **out, struct diags *d);
/*
 * systemd's UEFI program for the target: %s of name is UEFI's name of the machine. From Debian's
 * package, or from the folder of the target's architecture beside slipway, where make puts that of
 * the other architecture.
 */
CHECK int efi_program(struct build *b, const char *name, const char **out, struct diags *d);
/* The same, uncompressed, as what has no firmware starts it. */
CHECK int artefact_kernel_elf(struct build *b, struct content *out, struct diags *d);
/* A volume's name out of an image's, in ISO 9660's characters. */
const char *iso_volume_id(struct arena *a, const char *name);
struct part part_whole(const struct out *o);
struct part part_of(const struct content *c);
/* For formats whose root is mounted where it is. */
CHECK int need_slipway_init(const struct build *b, struct diags *d);
/* Kernel, initrd and command line, as a UKI takes them; needs Slipway's init. */
CHECK int boot_parts(
	struct build *b, enum initrd_kind kind, struct uki_options *out, struct diags *d);
/* What a Raspberry Pi's firmware finds in a boot partition. */
struct board_files {
	struct disk_file *items;
	size_t len, cap;
};
CHECK int board_files(
	struct build *b, enum initrd_kind kind, struct board_files *out, struct diags *d);
/* They as a FAT volume of size bytes; 0: as large as needed. */
CHECK int board_partition(struct build *b, uint64_t size, struct out *to, struct diags *d);
/* Fails when the kernel has none of the format's drivers. */
CHECK int format_drivers(struct build *b, const struct format *f, struct diags *d);
/* Warns when the kernel cannot mount such a root by itself. */
void format_root_driver(struct build *b, const char *fs, struct diags *d);
/* Formats (format.make). */
CHECK int format_docker(struct build *b, const struct format *f, struct diags *d);
CHECK int format_firecracker(struct build *b, const struct format *f, struct diags *d);
CHECK int format_gcp(struct build *b, const struct format *f, struct diags *d);
CHECK int format_iso(struct build *b, const struct format *f, struct diags *d);
/* The root as EROFS or ISO. */
CHECK int format_kernel_fs(struct build *b, const struct format *f, struct diags *d);
CHECK int format_kernel_initrd(struct build *b, const struct format *f, struct diags *d);
CHECK int format_kernel_squashfs(struct build *b, const struct format *f, struct diags *d);
CHECK int format_microvm(struct build *b, const struct format *f, struct diags *d);
CHECK int format_oci(struct build *b, const struct format *f, struct diags *d);
CHECK int format_qcow2(struct build *b, const struct format *f, struct diags *d);
CHECK int format_raw(struct build *b, const struct format *f, struct diags *d);
CHECK int format_rpi_files(struct build *b, const struct format *f, struct diags *d);
CHECK int format_sbom(struct build *b, const struct format *f, struct diags *d);
CHECK int format_tar(struct build *b, const struct format *f, struct diags *d);
CHECK int format_tar_kernel_initrd(struct build *b, const struct format *f, struct diags *d);
CHECK int format_uki(struct build *b, const struct format *f, struct diags *d);
CHECK int format_vhd(struct build *b, const struct format *f, struct diags *d);
CHECK int format_vmdk(struct build *b, const struct format *f, struct diags *d);
/* The tree without boot/. */
CHECK int tree_without_boot(struct build *b, struct tree **out, struct diags *d);

/* files: with metadata: the config as JSON or YAML, image names expanded. */
CHECK int metadata_text(struct arena *a, const struct plan *p, const char *form, const char **text,
	size_t *len, struct diags *d);
struct yyjson_mut_val;
const char *metadata_yaml(struct arena *a, struct yyjson_mut_val *root);

#endif
