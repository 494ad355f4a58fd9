#include "mkimage/disk/syslinux_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <errno.h>
#include <string.h>

enum {
	CODE = 90,   /* where the code starts; FAT32's numbers end here, FAT16's before */
	HEAD = 11,   /* a jump to it, and a name */
	BACKUP = 6,  /* the sector of FAT32's copy */
	SECTORS = 8, /* in the table: how long it is, how long its state is, ... */
	STATES = 10,
	WORDS = 12,
	SUM = 16,
};

#define LDLINUX_MAGIC 0x3eb202fe

/* Sectors count from the volume's start; LDLINUX.SYS is in one piece from first on. */
static void patch(struct syslinux *s, uint64_t first)
{
	uint8_t *table = s->sys + s->patch;
	const uint8_t *more = s->sys + s->more;
	uint8_t *states = s->sys + get_le16(more), *extent = s->sys + get_le16(more + 10);
	uint64_t count = s->len / SYSLINUX_SECTOR - 2;
	put_le32(s->sector + get_le16(more + 14), (uint32_t)first);
	put_le32(s->sector + get_le16(more + 16), (uint32_t)(first >> 32));
	put_le16(table + SECTORS, (uint16_t)count);
	put_le16(table + STATES, 2);
	put_le32(table + WORDS, (uint32_t)(count * SYSLINUX_SECTOR / 4));
	put_le64(states, first + count);
	put_le64(states + 8, first + count + 1);
	put_le64(extent, first + 1);
	put_le16(extent + 8, (uint16_t)(count - 1));
	put_le32(table + SUM, 0);
	uint32_t sum = LDLINUX_MAGIC;
	for (size_t i = 0; i < count * SYSLINUX_SECTOR; i += 4)
		sum -= get_le32(s->sys + i);
	put_le32(table + SUM, sum);
}

static int put_sector(const struct syslinux *s, struct out *to, uint64_t at, struct diags *d)
{
	if (out_pwrite(to, s->sector, HEAD, at, d) < 0)
		return -1;
	return out_pwrite(to, s->sector + CODE, SYSLINUX_SECTOR - CODE, at + CODE, d);
}

int syslinux_install(
	struct syslinux *s, struct out *to, uint64_t volume, uint64_t at, struct diags *d)
{
	uint8_t had[SYSLINUX_SECTOR];
	if (out_flush(to, d) < 0)
		return -1;
	if (fd_pread_full(out_fd(to), had, sizeof(had), volume) != sizeof(had))
		return fail_sys(d, errno, "cannot read the boot partition back");
	bool fat32 = get_le16(had + 22) == 0;
	patch(s, (at - volume) / SYSLINUX_SECTOR);
	if (out_pwrite(to, s->sys, s->len, at, d) < 0 || put_sector(s, to, volume, d) < 0)
		return -1;
	return fat32 ? put_sector(s, to, volume + BACKUP * SYSLINUX_SECTOR, d) : 0;
}
