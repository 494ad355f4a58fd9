/* No package has LDLINUX.SYS as a file: the installer of the package syslinux carries it. */
#include "mkimage/disk/syslinux_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <string.h>

#define INSTALLER "/usr/bin/syslinux"

enum {
	INSTALLER_LIMIT = 4 << 20,
	SYS_LIMIT = 128 << 10,
	STATE = 2 * SYSLINUX_SECTOR,
	PATCH_LEN = 24,
	MORE_LEN = 20,
};

#define LDLINUX_MAGIC 0x3eb202fe

static const uint8_t *find(const uint8_t *bytes, size_t len, const char *what, size_t what_len)
{
	return memmem(bytes, len, what, what_len);
}

static int unknown(const char *path, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT, "use the version of Debian bookworm, or a format without BIOS",
		"\"%s\" is no installer of syslinux 6 that this knows: %s", path, why);
}

static bool inside(const struct syslinux *s, size_t at, size_t len)
{
	return at <= s->len - STATE && len <= s->len - STATE - at;
}

/* Where the loader wants to be told things, as it says itself. */
static int find_patch(struct syslinux *s, const char *path, struct diags *d)
{
	size_t at = 0;
	while (at < SYSLINUX_SECTOR && get_le32(s->sys + at) != LDLINUX_MAGIC)
		at += 4;
	if (at >= SYSLINUX_SECTOR - PATCH_LEN)
		return unknown(path, "its loader has no table of what to set", d);
	s->patch = at;
	s->more = get_le16(s->sys + at + 22);
	if (!inside(s, s->more, MORE_LEN))
		return unknown(path, "its loader's table is elsewhere", d);
	const uint8_t *more = s->sys + s->more;
	if (!inside(s, get_le16(more), 16) || !inside(s, get_le16(more + 10), 10) ||
		get_le16(more + 12) == 0 || get_le16(more + 14) > SYSLINUX_SECTOR - 6 ||
		get_le16(more + 16) > SYSLINUX_SECTOR - 6)
		return unknown(path, "its loader's table points outside", d);
	return 0;
}

/* The state: nothing to remember ("ADV", twice). */
static void put_state(uint8_t *state)
{
	for (int copy = 0; copy < 2; copy++, state += SYSLINUX_SECTOR) {
		put_le32(state, 0x5a2d2fa5);
		put_le32(state + 4, 0xa3041767);
		put_le32(state + SYSLINUX_SECTOR - 4, 0xdd28bf64);
	}
}

/* In the installer: the boot sector, LDLINUX.SYS behind it, and a 32-bit ELF file behind that. */
int syslinux_parse(struct arena *a, const uint8_t *bytes, size_t len, const char *path,
	struct syslinux *out, struct diags *d)
{
	const uint8_t *sector = find(bytes, len, "\xEB\x58\x90SYSLINUX", 11);
	size_t left = sector ? len - (size_t)(sector - bytes) : 0;
	if (left < 2 * SYSLINUX_SECTOR || get_le16(sector + SYSLINUX_SECTOR - 2) != 0xAA55)
		return unknown(path, "it has no boot sector", d);
	const uint8_t *sys = sector + SYSLINUX_SECTOR;
	left -= SYSLINUX_SECTOR;
	if (memcmp(sys, "\r\nSYSLINUX 6", 12) != 0)
		return unknown(path, "no loader of version 6 follows its boot sector", d);
	const uint8_t *end = find(sys, left < SYS_LIMIT ? left : SYS_LIMIT,
		"\x7f"
		"ELF\1\1\1",
		7);
	if (!end || end - sys < 2 * SYSLINUX_SECTOR)
		return unknown(path, "its loader has no end", d);
	size_t used = (size_t)(end - sys);
	struct syslinux s = { .len = round_up(used, SYSLINUX_SECTOR) + STATE };
	s.sector = arena_alloc(a, SYSLINUX_SECTOR);
	s.sys = arena_alloc(a, s.len);
	memcpy(s.sector, sector, SYSLINUX_SECTOR);
	memcpy(s.sys, sys, used);
	put_state(s.sys + s.len - STATE);
	if (find_patch(&s, path, d) < 0)
		return -1;
	*out = s;
	return 0;
}

int syslinux_read(struct arena *a, struct syslinux *out, struct diags *d)
{
	char *bytes;
	size_t len;
	if (file_read(a, INSTALLER, INSTALLER_LIMIT, &bytes, &len, d) < 0)
		return fail_ctx(d,
			"making a disk that boots under BIOS (packages syslinux and syslinux-common)");
	return syslinux_parse(a, (const uint8_t *)bytes, len, INSTALLER, out, d);
}
