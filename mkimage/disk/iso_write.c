#include "mkimage/disk/gpt_impl.h"
#include "mkimage/disk/iso_impl.h"

#include <string.h>

enum { PARTITION_ALIGN = 1 << 20, PAGE = 4096, VOLUME_ID_MAX = 32 };

static int check(const struct iso_options *o, struct iso *iso, struct diags *d)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t len = strlen(o->volume_id);
	const char *root_type = disk_root_type(o->arch);
	if (!root_type)
		return fail(d, KIND_INPUT, "build for amd64 or arm64",
			"there is no ISO for the architecture \"%s\"", o->arch);
	if (!len || len > VOLUME_ID_MAX || strspn(o->volume_id, chars) != len)
		return fail(d, KIND_INPUT, "use up to 32 of A-Z, 0-9 and _",
			"\"%s\" is no volume name for an ISO", o->volume_id);
	const bool kernel = o->kernel.size > o->initrd.size;
	const uint64_t size = kernel ? o->kernel.size : o->initrd.size;
	if (size > UINT32_MAX)
		return fail(d, KIND_INPUT, "move data out of it, onto the root partition",
			"the %s has %llu bytes, %llu more than a file of an ISO may have",
			kernel ? "kernel" : "initrd", (unsigned long long)size,
			(unsigned long long)size - UINT32_MAX);
	iso->bios = strcmp(o->arch, "amd64") == 0 && !o->uefi_only;
	iso->root_type = root_type;
	iso->hashes_type = disk_verity_type(o->arch);
	return 0;
}

/* The GUIDs that nobody looks for follow from the one that somebody does. */
static void derive_ids(struct iso *iso)
{
	const char *const what[] = { "disk", "esp" };
	char *const to[] = { iso->disk_guid, iso->esp_guid };
	for (size_t i = 0; i < ARRAY_LEN(what); i++) {
		const char *text = arena_fmt(
			iso->mem, "slipway iso %s %s", what[i], iso->o->root_guid);
		digest_of(DIGEST_SHA256, text, strlen(text), &iso->id);
		digest_uuid(&iso->id, to[i]);
	}
}

static bool inside_esp(const struct iso_options *o, const struct part *p)
{
	return p->fd >= 0 && p->fd == o->esp.fd && p->offset >= o->esp.offset &&
	       p->offset - o->esp.offset <= o->esp.size &&
	       p->size <= o->esp.size - (p->offset - o->esp.offset) &&
	       (p->offset - o->esp.offset) % ISO_SECTOR == 0;
}

static void place(struct iso *iso)
{
	const struct iso_options *o = iso->o;
	uint64_t at = ISO_FILES * ISO_SECTOR;
	for (size_t i = 0; i < iso->len; i++) {
		struct iso_file *f = &iso->files[i];
		f->shared = inside_esp(o, &f->content);
		if (f->shared)
			continue;
		f->sector = (uint32_t)(at / ISO_SECTOR);
		at = round_up(at + f->content.size, ISO_SECTOR);
	}
	iso->esp = round_up(at, PARTITION_ALIGN);
	iso->root = round_up(iso->esp + o->esp.size, PARTITION_ALIGN);
	iso->hashes = iso->root + round_up(o->root.size, PAGE);
	iso->end = round_up(iso->hashes + round_up(o->hashes.size, PAGE) + GPT_LEN, PAGE);
	for (size_t i = 0; i < iso->len; i++) {
		struct iso_file *f = &iso->files[i];
		if (f->shared)
			f->sector = (uint32_t)((iso->esp + f->content.offset - o->esp.offset) /
					       ISO_SECTOR);
	}
}

static int build_gpt(const struct iso *iso, uint8_t *primary, uint8_t *backup, struct diags *d)
{
	const struct iso_options *o = iso->o;
	const struct gpt_partition p[] = {
		{ .type = TYPE_ESP,
			.guid = iso->esp_guid,
			.name = "ESP",
			.first = iso->esp / GPT_SECTOR,
			.last = (iso->esp + round_up(o->esp.size, GPT_SECTOR)) / GPT_SECTOR - 1 },
		{ .type = iso->root_type,
			.guid = o->root_guid,
			.name = "root",
			.first = iso->root / GPT_SECTOR,
			.last = iso->hashes / GPT_SECTOR - 1 },
		{ .type = iso->hashes_type,
			.guid = o->hashes_guid,
			.name = "root-verity",
			.first = iso->hashes / GPT_SECTOR,
			.last = (iso->hashes + round_up(o->hashes.size, PAGE)) / GPT_SECTOR - 1 },
	};
	size_t without = (o->root.size == 0) + (o->hashes.size == 0);
	const struct gpt g = { iso->disk_guid, p, ARRAY_LEN(p) - without, iso->end / GPT_SECTOR };
	return gpt_build(&g, primary, backup, d);
}

static int write_at(struct out *to, uint64_t at, const struct part *p, struct diags *d)
{
	if (out_skip(to, at - out_size(to), d) < 0)
		return -1;
	return part_write(p, to, d);
}

static int write_all(const struct iso *iso, struct out *to, struct diags *d)
{
	const struct iso_options *o = iso->o;
	uint8_t mbr[MBR_LEN], catalogue[ISO_SECTOR];
	uint8_t primary[GPT_LEN], backup[GPT_LEN];
	if (build_gpt(iso, primary, backup, d) < 0 || iso_mbr(iso, mbr, d) < 0)
		return -1;
	iso_catalogue(iso, catalogue);
	if (out_write(to, mbr, sizeof(mbr), d) < 0 || out_write(to, primary, GPT_LEN, d) < 0 ||
		out_skip(to, ISO_PRIMARY * ISO_SECTOR - out_size(to), d) < 0 ||
		iso_volume_write(iso, to, d) < 0 ||
		out_write(to, catalogue, sizeof(catalogue), d) < 0)
		return -1;
	for (size_t i = 0; i < iso->len; i++) {
		const struct iso_file *f = &iso->files[i];
		if (!f->shared &&
			write_at(to, (uint64_t)f->sector * ISO_SECTOR, &f->content, d) < 0)
			return -1;
	}
	if (write_at(to, iso->esp, &o->esp, d) < 0 || write_at(to, iso->root, &o->root, d) < 0 ||
		write_at(to, iso->hashes, &o->hashes, d) < 0)
		return -1;
	const struct part end = part_bytes(backup, GPT_LEN);
	return write_at(to, iso->end - GPT_LEN, &end, d);
}

int iso_write(struct arena *a, const struct iso_options *o, struct out *to, struct diags *d)
{
	struct iso iso = { .o = o, .mem = a };
	if (check(o, &iso, d) < 0)
		return -1;
	if (out_size(to))
		return fail(
			d, KIND_BUG, NULL, "an ISO starts in the middle of \"%s\"", out_path(to));
	derive_ids(&iso);
	if (iso.bios && iso_bios_files(&iso, d) < 0)
		return -1;
	place(&iso);
	if (iso.loader)
		iso_patch_loader(&iso);
	return write_all(&iso, to, d);
}
