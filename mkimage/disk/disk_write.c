#include "mkimage/disk/gpt_impl.h"
#include "mkimage/disk/syslinux_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <string.h>

enum {
	PARTITION_ALIGN = 1 << 20,
	MBR_LEN = 512,
	MBR_ENTRY = 16,
	MBR_FAT32 = 0x0C,
	MBR_PROTECTIVE = 0xEE,
	MBR_LIMIT = 1 << 16,
	PARTITIONS_MAX = 16
};

#define GPT_MBR	    "/usr/lib/syslinux/mbr/gptmbr.bin"
#define LEGACY_BOOT ((uint64_t)1 << 2) /* UEFI specification 5.3.3 */

static uint64_t size_of(const struct disk_partition *p)
{
	uint64_t size = p->size > p->content.size ? p->size : p->content.size;
	return round_up(size ? size : 1, PARTITION_ALIGN);
}

/* UEFI specification 5.2.3 and 5.2.1; addresses of cylinders are those that say nothing. */
static void put_entry(uint8_t *e, uint8_t type, uint64_t first, uint64_t sectors)
{
	memcpy(e, "\x00\xFE\xFF\xFF\x00\xFE\xFF\xFF", 8);
	e[4] = type;
	put_le32(e + 8, (uint32_t)first);
	put_le32(e + 12, sectors > UINT32_MAX ? UINT32_MAX : (uint32_t)sectors);
}

/*
 * The protective MBR; with code that starts the partition that has LEGACY_BOOT. What firmware wants
 * to see there stands before the entry that protects, as in gdisk's hybrid tables.
 */
static int make_mbr(struct arena *a, const struct disk_options *o, const struct gpt *g,
	uint8_t mbr[MBR_LEN], struct diags *d)
{
	uint8_t *e = mbr + 446;
	memset(mbr, 0, MBR_LEN);
	for (size_t i = 0; i < o->len; i++) {
		char *code;
		size_t len;
		if (!o->partitions[i].bios)
			continue;
		if (file_read(a, GPT_MBR, MBR_LIMIT, &code, &len, d) < 0)
			return fail_ctx(d, "making a disk that boots under BIOS (package "
					   "syslinux-common)");
		if (len > SYSLINUX_MBR_CODE)
			return fail(d, KIND_INPUT, "reinstall the package syslinux-common",
				"\"%s\" is damaged: it is too long", GPT_MBR);
		memcpy(mbr, code, len);
	}
	for (size_t i = 0; i < o->len; i++) {
		const struct gpt_partition *p = &g->items[i];
		if (!o->partitions[i].in_mbr)
			continue;
		put_entry(e, MBR_FAT32, p->first, p->last - p->first + 1);
		e += MBR_ENTRY;
	}
	put_entry(e, MBR_PROTECTIVE, 1, g->sectors - 1);
	memcpy(e + 1, "\x00\x02\x00", 3);
	memcpy(e + 5, "\xFF\xFF\xFF", 3);
	put_le16(mbr + 510, 0xAA55);
	return 0;
}

static int place(
	const struct disk_options *o, struct gpt_partition *to, struct gpt *g, struct diags *d)
{
	uint64_t at = DISK_FIRST;
	if (o->len > PARTITIONS_MAX)
		return fail(
			d, KIND_BUG, NULL, "a disk has more than %d partitions", PARTITIONS_MAX);
	for (size_t i = 0; i < o->len; i++) {
		const struct disk_partition *p = &o->partitions[i];
		uint64_t end = at + size_of(p);
		to[i] = (struct gpt_partition){ .type = p->type,
			.guid = p->guid,
			.name = p->name,
			.first = at / GPT_SECTOR,
			.last = end / GPT_SECTOR - 1,
			.attributes = p->bios ? LEGACY_BOOT : 0 };
		at = end;
	}
	uint64_t need = round_up(at + GPT_LEN, PARTITION_ALIGN);
	if (o->size && o->size < need)
		return fail(d, KIND_INPUT, "give the disk more, or a partition less",
			"the disk has %llu MiB, and its partitions need %llu MiB",
			(unsigned long long)(o->size >> 20), (unsigned long long)(need >> 20));
	uint64_t size = round_up(o->size ? o->size : need, o->unit ? o->unit : PARTITION_ALIGN);
	*g = (struct gpt){ o->guid, to, o->len, size / GPT_SECTOR };
	return 0;
}

int disk_write(struct arena *a, const struct disk_options *o, struct out *to, struct diags *d)
{
	struct gpt_partition places[PARTITIONS_MAX];
	struct gpt g;
	uint8_t mbr[MBR_LEN], primary[GPT_LEN], backup[GPT_LEN];
	size_t there = o->len && o->partitions[0].there;
	if (out_size(to) != (there ? DISK_FIRST + o->partitions[0].content.size : 0))
		return fail(
			d, KIND_BUG, NULL, "a disk starts in the middle of \"%s\"", out_path(to));
	if (place(o, places, &g, d) < 0 || gpt_build(&g, primary, backup, d) < 0 ||
		make_mbr(a, o, &g, mbr, d) < 0 || out_pwrite(to, mbr, sizeof(mbr), 0, d) < 0 ||
		out_pwrite(to, primary, GPT_LEN, sizeof(mbr), d) < 0)
		return -1;
	for (size_t i = there; i < o->len; i++) {
		if (out_skip(to, places[i].first * GPT_SECTOR - out_size(to), d) < 0 ||
			part_write_sparse(&o->partitions[i].content, to, d) < 0)
			return -1;
	}
	if (out_skip(to, g.sectors * GPT_SECTOR - GPT_LEN - out_size(to), d) < 0)
		return -1;
	return out_write(to, backup, GPT_LEN, d);
}
