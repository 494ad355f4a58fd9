/*
 * Keys in the variables of OVMF, as if they had been enrolled: its variable store (EDK II,
 * "Variable Format", in a firmware volume of the Platform Initialization Specification, volume 3).
 */
#include "mkimage/run/run_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum {
	VOLUME_MAX = 4 << 20,
	LIST_MAX = 64 << 10,
	HEADER_LENGTH = 48, /* where a firmware volume's header says how long it is */
	STORE_HEADER = 28,
	VARIABLE_HEADER = 60,
	GUID = 16,
	START = 0x55aa,
	ADDED = 0x3f,
	/* non-volatile, boot service and runtime access, time based authenticated write access */
	ATTRIBUTES = 0x27,
};

/* GUIDs in UEFI's byte order. */
#define STORE	 "\x78\x2c\xf3\xaa\x7b\x94\x9a\x43\xa1\x80\x2e\x14\x4e\xc3\x77\x92"
#define GLOBAL	 "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define SECURITY "\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"

static const struct {
	const char *name, *vendor;
} variables[] = { { "PK", GLOBAL }, { "KEK", GLOBAL }, { "db", SECURITY } };

struct volume {
	uint8_t *bytes;
	size_t len, end; /* end: behind the last variable */
};

static int bad_volume(const char *path, struct diags *d)
{
	return fail(d, KIND_SYSTEM, "apt-get install ovmf",
		"the firmware's variables \"%s\" are not kept as OVMF keeps them", path);
}

static int open_volume(const char *path, struct volume *v, struct diags *d)
{
	if (v->len < HEADER_LENGTH + 2)
		return bad_volume(path, d);
	size_t at = get_le16(v->bytes + HEADER_LENGTH);
	if (v->len < at + STORE_HEADER || memcmp(v->bytes + at, STORE, GUID) != 0 ||
		get_le32(v->bytes + at + GUID) > v->len - at)
		return bad_volume(path, d);
	v->len = at + get_le32(v->bytes + at + GUID);
	at += STORE_HEADER;
	while (at + VARIABLE_HEADER <= v->len && get_le16(v->bytes + at) == START) {
		uint64_t next = at + VARIABLE_HEADER + (uint64_t)get_le32(v->bytes + at + 36) +
				get_le32(v->bytes + at + 40);
		if (next > v->len)
			return bad_volume(path, d);
		at = (size_t)(next + 3) & ~(size_t)3;
	}
	v->end = at;
	return 0;
}

static int add(struct volume *v, size_t i, const char *list, size_t len, struct diags *d)
{
	const char *name = variables[i].name;
	size_t name_len = 2 * (strlen(name) + 1), size = VARIABLE_HEADER + name_len + len;
	if (v->end > v->len || v->len - v->end < size)
		return fail(
			d, KIND_INPUT, NULL, "%s is too large for the firmware's variables", name);
	uint8_t *b = v->bytes + v->end;
	memset(b, 0, VARIABLE_HEADER + name_len);
	put_le16(b, START);
	b[2] = ADDED;
	put_le32(b + 4, ATTRIBUTES);
	put_le16(b + 16, 2000); /* the time of the enrolment: a date before any update's */
	b[18] = b[19] = 1;
	put_le32(b + 36, (uint32_t)name_len);
	put_le32(b + 40, (uint32_t)len);
	memcpy(b + 44, variables[i].vendor, GUID);
	for (size_t c = 0; name[c]; c++)
		b[VARIABLE_HEADER + 2 * c] = (uint8_t)name[c];
	memcpy(b + VARIABLE_HEADER + name_len, list, len);
	v->end += (size + 3) & ~(size_t)3;
	return 0;
}

int run_keys_enrol(struct arena *a, const char *keys, const char *vars, struct diags *d)
{
	char *bytes, *list;
	struct volume v;
	size_t len;
	if (file_read(a, vars, VOLUME_MAX, &bytes, &v.len, d) < 0)
		return -1;
	size_t all = v.len;
	v.bytes = (uint8_t *)bytes;
	if (open_volume(vars, &v, d) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
		const char *path = arena_fmt(a, "%s/%s.esl", keys, variables[i].name);
		if (access(path, R_OK) < 0)
			return fail(d, KIND_INPUT, "make the folder with `slipway keys FOLDER`",
				"there are no keys for Secure Boot: cannot read \"%s\": %s", path,
				strerror(errno));
		if (file_read(a, path, LIST_MAX, &list, &len, d) < 0 ||
			add(&v, i, list, len, d) < 0)
			return -1;
	}
	AUTO_FD fd = open(vars, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fd_write_all(fd, bytes, all) < 0)
		return fail_sys(d, errno, "cannot write \"%s\"", vars);
	return 0;
}
