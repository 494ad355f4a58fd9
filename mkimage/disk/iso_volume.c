#include "mkimage/disk/iso_impl.h"

#include "base/endian.h"

#include <string.h>
#include <time.h>

enum { RECORD = 33, DIR_FLAG = 2 };

static const char folder_name[] = "ISOLINUX";

/* ECMA-119 7.2.3 and 7.3.3: the number in both byte orders. */
static void both16(uint8_t *at, uint16_t v)
{
	put_le16(at, v);
	at[2] = (uint8_t)(v >> 8);
	at[3] = (uint8_t)v;
}

static void be32(uint8_t *at, uint32_t v)
{
	put_le32(at, __builtin_bswap32(v));
}

static void both32(uint8_t *at, uint32_t v)
{
	put_le32(at, v);
	be32(at + 4, v);
}

static void text(uint8_t *at, size_t len, const char *value)
{
	memset(at, ' ', len);
	memcpy(at, value, strnlen(value, len));
}

/* 1900 to 2155 is what a folder can say. */
static struct tm date_of(const struct iso *iso)
{
	static const int64_t last = 5869583999;
	time_t t = (time_t)(iso->o->epoch < 0 ? 0 : iso->o->epoch > last ? last : iso->o->epoch);
	struct tm tm;
	gmtime_r(&t, &tm);
	return tm;
}

static void long_date(const struct iso *iso, uint8_t *at)
{
	struct tm tm = date_of(iso);
	char value[64];
	snprintf(value, sizeof(value), "%04d%02d%02d%02d%02d%02d00", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(at, value, 16);
}

/* One entry of a folder (9.1); the number of bytes. */
static size_t record(const struct iso *iso, uint8_t *at, const char *name, size_t name_len,
	uint32_t sector, uint64_t size, bool dir)
{
	struct tm tm = date_of(iso);
	size_t len = (RECORD + name_len + 1) / 2 * 2;
	at[0] = (uint8_t)len;
	both32(at + 2, sector);
	both32(at + 10, (uint32_t)size);
	at[18] = (uint8_t)tm.tm_year;
	at[19] = (uint8_t)(tm.tm_mon + 1);
	at[20] = (uint8_t)tm.tm_mday;
	at[21] = (uint8_t)tm.tm_hour;
	at[22] = (uint8_t)tm.tm_min;
	at[23] = (uint8_t)tm.tm_sec;
	at[25] = dir ? DIR_FLAG : 0;
	both16(at + 28, 1);
	at[32] = (uint8_t)name_len;
	memcpy(at + RECORD, name, name_len);
	return len;
}

static uint8_t *descriptor(uint8_t *sectors, int at, uint8_t type)
{
	uint8_t *s = sectors + (size_t)(at - ISO_PRIMARY) * ISO_SECTOR;
	s[0] = type;
	memcpy(s + 1, "CD001\001", 6);
	return s;
}

/* One entry of a path table (9.4); parent 1 is the root, which is its own. */
static uint8_t *path(uint8_t *at, const char *name, size_t len, uint32_t sector, bool big)
{
	at[0] = (uint8_t)len;
	if (big)
		be32(at + 2, sector);
	else
		put_le32(at + 2, sector);
	at[big ? 7 : 6] = 1;
	memcpy(at + 8, name, len);
	return at + 8 + (len + 1) / 2 * 2;
}

static size_t path_table(const struct iso *iso, uint8_t *at, bool big)
{
	uint8_t *end = path(at, "", 1, ISO_ROOT, big);
	if (iso->bios)
		end = path(end, folder_name, strlen(folder_name), ISO_FOLDER, big);
	return (size_t)(end - at);
}

static void primary(const struct iso *iso, uint8_t *s, size_t paths)
{
	text(s + 8, 32, "");
	text(s + 40, 32, iso->o->volume_id);
	both32(s + 80, (uint32_t)(iso->end / ISO_SECTOR));
	both16(s + 120, 1);
	both16(s + 124, 1);
	both16(s + 128, ISO_SECTOR);
	both32(s + 132, (uint32_t)paths);
	put_le32(s + 140, ISO_PATHS_LE);
	be32(s + 148, ISO_PATHS_BE);
	(void)record(iso, s + 156, "", 1, ISO_ROOT, ISO_SECTOR, true);
	text(s + 190, 128, "");
	text(s + 318, 128, "");
	text(s + 446, 128, "");
	text(s + 574, 128, "SLIPWAY");
	text(s + 702, 111, ""); /* copyright, abstract and bibliography files: none */
	long_date(iso, s + 813);
	long_date(iso, s + 830);
	memset(s + 847, '0', 16); /* never expires */
	long_date(iso, s + 864);
	s[881] = 1;
}

static void folders(const struct iso *iso, uint8_t *root, uint8_t *folder)
{
	root += record(iso, root, "\0", 1, ISO_ROOT, ISO_SECTOR, true);
	root += record(iso, root, "\1", 1, ISO_ROOT, ISO_SECTOR, true);
	if (!iso->bios)
		return;
	(void)record(iso, root, folder_name, strlen(folder_name), ISO_FOLDER, ISO_SECTOR, true);
	folder += record(iso, folder, "\0", 1, ISO_FOLDER, ISO_SECTOR, true);
	folder += record(iso, folder, "\1", 1, ISO_ROOT, ISO_SECTOR, true);
	for (size_t i = 0; i < iso->len; i++) {
		const struct iso_file *f = &iso->files[i];
		folder += record(
			iso, folder, f->name, strlen(f->name), f->sector, f->content.size, false);
	}
}

int iso_volume_write(const struct iso *iso, struct out *to, struct diags *d)
{
	uint8_t s[(ISO_CATALOGUE - ISO_PRIMARY) * ISO_SECTOR] = { 0 };
	uint8_t *paths = s + (ISO_PATHS_LE - ISO_PRIMARY) * ISO_SECTOR;
	size_t len = path_table(iso, paths, false);
	(void)path_table(iso, paths + ISO_SECTOR, true);
	primary(iso, descriptor(s, ISO_PRIMARY, 1), len);
	uint8_t *boot = descriptor(s, ISO_BOOT_RECORD, 0);
	memcpy(boot + 7, "EL TORITO SPECIFICATION", 23);
	put_le32(boot + 71, ISO_CATALOGUE);
	(void)descriptor(s, ISO_TERMINATOR, 255);
	folders(iso, s + (ISO_ROOT - ISO_PRIMARY) * ISO_SECTOR,
		s + (ISO_FOLDER - ISO_PRIMARY) * ISO_SECTOR);
	return out_write(to, s, sizeof(s), d);
}
