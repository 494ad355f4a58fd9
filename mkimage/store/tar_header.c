/* One header block: its fields, and what extended headers put in their place. */
#include "mkimage/store/tar_impl.h"

#include <string.h>

/* Some old writers summed signed bytes. */
bool tar_sum_ok(const uint8_t *h)
{
	int64_t said, sum = 0, sum_signed = 0;
	if (tar_number(h + AT_SUM, 8, &said) < 0)
		return false;
	for (int i = 0; i < TAR_BLOCK_SIZE; i++) {
		uint8_t byte = i >= AT_SUM && i < AT_SUM + 8 ? ' ' : h[i];
		sum += byte;
		sum_signed += (int8_t)byte;
	}
	return said == sum || said == sum_signed;
}

static int field_u32(struct tar_reader *t, const uint8_t *field, const char *name, uint32_t *out,
	struct diags *d)
{
	int64_t v;
	if (tar_number(field, 8, &v) < 0 || v < 0 || v > UINT32_MAX)
		return tar_fail(t, d,
			"has an entry whose %s cannot be read, or needs more than 32 bits", name);
	*out = (uint32_t)v;
	return 0;
}

static int owner(struct tar_reader *t, const uint8_t *field, const char *name, bool has,
	uint64_t pax, uint32_t *out, struct diags *d)
{
	if (!has)
		return field_u32(t, field, name, out, d);
	if (pax > UINT32_MAX)
		return tar_fail(t, d, "has an entry whose %s needs more than 32 bits", name);
	*out = (uint32_t)pax;
	return 0;
}

const char *tar_path_of(struct tar_reader *t, const uint8_t *h)
{
	if (t->pax.sparse_name)
		return t->pax.sparse_name;
	if (t->pax.path)
		return t->pax.path;
	if (t->long_path)
		return t->path;
	/* Only POSIX's magic has the prefix; GNU's has times there. */
	size_t prefix = memcmp(h + AT_MAGIC, "ustar\0", 6) == 0
				? strnlen((const char *)h + AT_PREFIX, 155)
				: 0;
	snprintf(t->path, sizeof(t->path), "%.*s%s%.100s", (int)prefix, (const char *)h + AT_PREFIX,
		prefix ? "/" : "", (const char *)h + AT_NAME);
	return t->path;
}

const char *tar_target_of(struct tar_reader *t, const uint8_t *h)
{
	if (t->pax.target)
		return t->pax.target;
	if (!t->long_target)
		snprintf(t->target, sizeof(t->target), "%.100s", (const char *)h + AT_LINK);
	return t->target;
}

int tar_type_of(struct tar_reader *t, const uint8_t *h, const char *path, enum tar_type *out,
	struct diags *d)
{
	char type = (char)h[AT_TYPE];
	switch (type) {
	case '\0':
	case '0':
	case '7': /* contiguous: a wish about the disk */
	case 'S':
		*out = *path && path[strlen(path) - 1] == '/' ? TAR_DIR
							      : TAR_FILE; /* V7's folders */
		return 0;
	case '1':
		*out = TAR_LINK;
		return 0;
	case '2':
		*out = TAR_SYMLINK;
		return 0;
	case '3':
		*out = TAR_CHAR;
		return 0;
	case '4':
		*out = TAR_BLOCK;
		return 0;
	case '5':
		*out = TAR_DIR;
		return 0;
	case '6':
		*out = TAR_FIFO;
		return 0;
	default:
		return tar_fail(t, d, "has an entry \"%s\" of an unknown type (0x%02x)", path,
			(unsigned)h[AT_TYPE]);
	}
}

int tar_metadata(struct tar_reader *t, const uint8_t *h, struct tar_entry *e, struct diags *d)
{
	const struct tar_pax *p = &t->pax;
	if (field_u32(t, h + AT_MODE, "mode", &e->mode, d) < 0 ||
		owner(t, h + AT_UID, "owner", p->has_uid, p->uid, &e->uid, d) < 0 ||
		owner(t, h + AT_GID, "group", p->has_gid, p->gid, &e->gid, d) < 0)
		return -1;
	e->mode &= 07777;
	if (tar_number(h + AT_MTIME, 12, &e->mtime) < 0)
		return tar_fail(t, d, "has an entry \"%s\" with a malformed time", e->path);
	if (p->has_mtime)
		e->mtime = p->mtime;
	if (e->type == TAR_CHAR || e->type == TAR_BLOCK)
		if (field_u32(t, h + AT_MAJOR, "device", &e->major, d) < 0 ||
			field_u32(t, h + AT_MINOR, "device", &e->minor, d) < 0)
			return -1;
	e->xattrs = p->xattrs;
	e->xattrs_len = p->xattrs_len;
	return 0;
}
