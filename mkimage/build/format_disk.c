/* Formats that are media with a boot loader on them. */
#include "mkimage/build/build_impl.h"

#include "mkimage/out/disk_image.h"

#include <string.h>

int format_iso(struct build *b, const struct format *f, struct diags *d)
{
	const struct plan *p = b->plan;
	bool embedded = (f->how & FORMAT_EMBEDDED) != 0;
	struct out *root, *hashes, *to;
	struct esp_options e = { .arch = p->platform.arch, .id = b->root_guid, .epoch = p->epoch };
	struct part esp_kernel, esp_initrd;
	AUTO_OUT esp = NULL;
	if (boot_parts(b, embedded ? INITRD_EMBEDDED : INITRD_PARTITION, &e.uki, d) < 0 ||
		(f->firmware & BOOT_BIOS && initrd_has_room(b, e.uki.initrd.size, d) < 0) ||
		artefact_squashfs(b, &root, d) < 0 || artefact_hashes(b, &hashes, d) < 0 ||
		build_scratch_folder(b, &e.scratch, d) < 0 || build_scratch(b, &esp, d) < 0 ||
		esp_write(b->mem, &e, esp, &esp_kernel, &esp_initrd, d) < 0 ||
		build_output(b, f->suffix, &to, d) < 0)
		return -1;
	struct iso_options o = { .volume_id = iso_volume_id(b->mem, b->name),
		.epoch = p->epoch,
		.arch = p->platform.arch,
		.cmdline = e.uki.cmdline,
		.kernel = esp_kernel,
		.initrd = esp_initrd,
		.esp = part_whole(esp),
		.uefi_only = f->firmware == BOOT_UEFI,
		.root = embedded ? (struct part){ .fd = -1 } : part_whole(root),
		.root_guid = b->root_guid,
		.hashes = embedded || !root_verified(b) ? (struct part){ .fd = -1 }
							: part_whole(hashes),
		.hashes_guid = b->hashes_guid,
		.scratch = e.scratch };
	return iso_write(b->mem, &o, to, d);
}

int format_uki(struct build *b, const struct format *f, struct diags *d)
{
	struct uki_options o;
	struct out *to;
	if (boot_parts(b, INITRD_EMBEDDED, &o, d) < 0 ||
		plan_fits(b->plan, 2 * o.initrd.size,
			"the initrd, together with what the kernel unpacks of it,",
			"raise mem=, or build -f raw-efi: its root stays on the disk", d) < 0 ||
		build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return uki_write(b->mem, &o, to, d);
}

/* A GUID that nobody looks for follows from the one that somebody does. */
static const char *derived_guid(struct build *b, const char *what)
{
	const char *text = arena_fmt(b->mem, "slipway disk %s %s", what, b->root_guid);
	char *guid = arena_alloc(b->mem, UUID_TEXT_SIZE);
	struct digest id;
	digest_of(DIGEST_SHA256, text, strlen(text), &id);
	digest_uuid(&id, guid);
	return guid;
}

enum { DISK_PARTITIONS = 5 };

/* A slot's size: room for a root that grows from one update to the next. */
static int slot_size(struct build *b, uint64_t root, uint64_t *out, struct diags *d)
{
	const struct y_int *want = &b->plan->config->disk.slot;
	if (want->set && (uint64_t)want->v < root)
		return fail_at(d, want->at,
			arena_fmt(d->mem, "give it %llu MiB or more, and some for updates",
				(unsigned long long)(root >> 20) + 1),
			"the root needs %llu bytes, %llu more than a slot has",
			(unsigned long long)root, (unsigned long long)root - want->v);
	*out = want->set ? (uint64_t)want->v : 2 * root;
	return 0;
}

static int write_boot(struct build *b, struct boot_options *o, struct out *esp, struct diags *d)
{
	const struct y_int *want = &b->plan->config->disk.esp;
	unsigned before;
	if (efi_program(b, "systemd-boot%s.efi", &o->loader, d) < 0 ||
		boot_parts(b, INITRD_PARTITION, &o->uki, d) < 0 ||
		(o->bios && initrd_has_room(b, o->uki.initrd.size, d) < 0) ||
		build_scratch_folder(b, &o->scratch, d) < 0)
		return -1;
	before = d->errors;
	o->size = want->set ? (uint64_t)want->v : 0;
	return boot_write(b->mem, o, esp, d) < 0 ? errors_at(d, before, want->at) : 0;
}

static int write_board(struct build *b, struct out *esp, struct diags *d)
{
	const struct y_int *want = &b->plan->config->disk.esp;
	unsigned before = d->errors;
	if (board_partition(b, want->set ? (uint64_t)want->v : 0, esp, d) < 0)
		return want->set ? errors_at(d, before, want->at) : -1;
	return 0;
}

/* Where it stays: the disk's tables come before it when all sizes are known. o: NULL for a board's.
 */
static int write_boot_partition(struct build *b, struct boot_options *o, struct out *disk,
	struct part *out, struct diags *d)
{
	if (out_skip(disk, DISK_FIRST, d) < 0 ||
		(o ? write_boot(b, o, disk, d) : write_board(b, disk, d)) < 0)
		return -1;
	*out = (struct part){
		.fd = out_fd(disk), .offset = DISK_FIRST, .size = out_size(disk) - DISK_FIRST
	};
	return 0;
}

/* Kinds of disk: the firmware's bits, and whether the size is one that Google Cloud takes; no disk
 * has that bit alone but the one without firmware. */
static unsigned kind_of(const struct format *f)
{
	return f->firmware | (f->how & FORMAT_WHOLE_GIB);
}

/* Disks of two kinds are two disks, also where their roots are one. */
static const char *disk_guid(struct build *b, const struct format *f, const char *what)
{
	return derived_guid(b, arena_fmt(b->mem, "%s %u", what, kind_of(f)));
}

/* A root and its hashes; slot B has systemd-sysupdate's name of what nothing was written to. */
static size_t put_slot(struct build *b, char name, uint64_t size, struct disk_partition *out)
{
	const char *arch = b->plan->platform.arch;
	const struct part nothing = { .fd = -1 };
	bool full = name == 'a';
	out[0] = (struct disk_partition){ .type = disk_root_type(arch),
		.guid = full ? b->root_guid : derived_guid(b, "slot b"),
		.name = full ? "root-a" : "_empty",
		.size = size,
		.content = full ? part_whole(b->made.squashfs) : nothing };
	out[1] = (struct disk_partition){ .type = disk_verity_type(arch),
		.guid = full ? b->hashes_guid : derived_guid(b, "hashes of slot b"),
		.name = full ? "root-a-verity" : "_empty",
		.size = verity_size(size),
		.content = full ? part_whole(b->made.hashes) : nothing };
	return root_verified(b) ? 2 : 1;
}

static int write_disk(struct build *b, const struct format *f, struct out *to, struct diags *d)
{
	const struct plan *p = b->plan;
	const char *arch = p->platform.arch;
	uint64_t slot;
	struct out *root, *hashes;
	struct part esp = { .fd = -1 };
	struct boot_options o = { .arch = arch,
		.id = b->root_guid,
		.epoch = p->epoch,
		.bios = (f->firmware & BOOT_BIOS) != 0 && strcmp(arch, "amd64") == 0,
		.uefi = (f->firmware & BOOT_UEFI) != 0 };
	/* What starts the kernel itself needs neither a boot partition nor a second root. */
	bool board = f->firmware == BOOT_RPI, boots = o.bios || o.uefi || board;
	if (need_slipway_init(b, d) < 0 || artefact_squashfs(b, &root, d) < 0 ||
		artefact_hashes(b, &hashes, d) < 0 ||
		(boots && write_boot_partition(b, board ? NULL : &o, to, &esp, d) < 0) ||
		slot_size(b, out_size(root), &slot, d) < 0)
		return -1;
	const struct y_int *slots = &p->config->disk.slots;
	struct disk_partition partitions[DISK_PARTITIONS] = {
		{ .type = TYPE_ESP,
			.guid = disk_guid(b, f, "esp"),
			.name = "esp",
			.content = esp,
			.there = true,
			.bios = o.bios,
			.in_mbr = board },
	};
	bool one = !boots || (slots->set && slots->v == 1) || build_grows_disk(b);
	size_t len = 1;
	for (char name = 'a'; name <= (one ? 'a' : 'b'); name++)
		len += put_slot(b, name, slot, partitions + len);
	struct disk_options disk = { .guid = disk_guid(b, f, "disk"),
		.partitions = boots ? partitions : partitions + 1,
		.len = boots ? len : len - 1 };
	disk.unit = f->how & FORMAT_WHOLE_GIB ? (uint64_t)1 << 30 : 0;
	return disk_write(b->mem, &disk, to, d);
}

static int artefact_disk(struct build *b, const struct format *f, struct out **out, struct diags *d)
{
	unsigned kind = kind_of(f);
	if (!b->made.disk[kind]) {
		AUTO_OUT to = NULL;
		if (build_scratch(b, &to, d) < 0 || write_disk(b, f, to, d) < 0)
			return -1;
		b->made.disk[kind] = build_keep(b, &to);
	}
	*out = b->made.disk[kind];
	return 0;
}

int format_raw(struct build *b, const struct format *f, struct diags *d)
{
	struct out *to, *disk = b->made.disk[kind_of(f)];
	if (build_output(b, f->suffix, &to, d) < 0)
		return -1;
	if (disk)
		return out_copy_sparse(to, out_fd(disk), 0, out_size(disk), d);
	/* Written where it stays; formats that come later read it there. */
	if (write_disk(b, f, to, d) < 0 || out_flush(to, d) < 0)
		return -1;
	b->made.disk[kind_of(f)] = to;
	return 0;
}

/* The disk that a converter starts from, and its output. */
static int convert(struct build *b, const struct format *f, struct raw_disk *from, struct out **to,
	struct diags *d)
{
	struct out *disk;
	if (artefact_disk(b, f, &disk, d) < 0 || build_output(b, f->suffix, to, d) < 0)
		return -1;
	struct digest *id = ARENA_NEW(b->mem, struct digest);
	const char *text = arena_fmt(b->mem, "slipway disk %s", b->root_guid);
	digest_of(DIGEST_SHA256, text, strlen(text), id);
	*from = (struct raw_disk){
		.fd = out_fd(disk), .size = out_size(disk), .epoch = b->plan->epoch, .id = id->bytes
	};
	return 0;
}

int format_qcow2(struct build *b, const struct format *f, struct diags *d)
{
	struct raw_disk from;
	struct out *to;
	if (convert(b, f, &from, &to, d) < 0)
		return -1;
	return qcow2_write(&from, f->how & FORMAT_ZLIB ? QCOW2_ZLIB : QCOW2_ZSTD, to, d);
}

int format_vmdk(struct build *b, const struct format *f, struct diags *d)
{
	struct raw_disk from;
	struct out *to;
	if (convert(b, f, &from, &to, d) < 0)
		return -1;
	return vmdk_write(&from, arena_fmt(b->mem, "%s%s", b->name, f->suffix), to, d);
}

int format_vhd(struct build *b, const struct format *f, struct diags *d)
{
	struct raw_disk from;
	struct out *to;
	if (convert(b, f, &from, &to, d) < 0)
		return -1;
	return vhd_write(&from, (f->how & FORMAT_DYNAMIC) != 0, to, d);
}

int format_gcp(struct build *b, const struct format *f, struct diags *d)
{
	struct raw_disk from;
	struct out *to;
	AUTO_OUT tar = NULL;
	if (convert(b, f, &from, &to, d) < 0 || build_scratch(b, &tar, d) < 0 ||
		sparse_tar_write(&from, "disk.raw", tar, d) < 0)
		return -1;
	return gzip_copy(b, tar, to, d);
}
