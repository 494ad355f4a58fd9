#include "mkimage/inspect/inspect_impl.h"

#include <string.h>
#include <time.h>

enum {
	SECTOR = 2048,
	CONTINUATIONS_MAX = 16,
	ENTRY = 4, /* signature, length, version */
	CONTINUES = 1,
	CURRENT = 2,
	PARENT = 4,
	ROOT = 8,
	TIME_CREATED = 1,
	TIME_MODIFIED = 2,
	TIME_LONG = 0x80,
	TIME_SHORT_LEN = 7,
};

struct area {
	uint8_t bytes[SECTOR];
	const uint8_t *at;
	size_t len;
	uint64_t next; /* where the area goes on in the part; 0: nowhere */
	size_t next_len;
};

static int append(struct inspector *x, const struct inspect_part *p, char *to, size_t room,
	size_t *len, const void *from, size_t n)
{
	if (n >= room - *len)
		return part_fail(x, p, "a name of its Rock Ridge entries is too long");
	if (memchr(from, 0, n))
		return part_fail(x, p, "a name of its Rock Ridge entries holds a NUL");
	memcpy(to + *len, from, n);
	*len += n;
	return 0;
}

/* RRIP 4.1.4: a name in pieces. */
static int take_name(struct inspector *x, const struct inspect_part *p, const uint8_t *e,
	size_t len, struct rock_ridge *out)
{
	if (len < 5 || e[4] & (CURRENT | PARENT))
		return 0;
	return append(x, p, out->name, sizeof(out->name), &out->name_len, e + 5, len - 5);
}

/* RRIP 4.1.3: a link's target in parts, each of which may be in pieces. */
static int take_target(struct inspector *x, const struct inspect_part *p, const uint8_t *e,
	size_t len, struct rock_ridge *out)
{
	char *to = out->target;
	const size_t room = sizeof(out->target);
	for (size_t at = 5; at + 2 <= len;) {
		uint8_t flags = e[at], n = e[at + 1];
		const char *text = flags & ROOT	     ? "/"
				   : flags & PARENT  ? ".."
				   : flags & CURRENT ? "."
						     : NULL;
		if (n > len - at - 2)
			return part_fail(x, p, "a link of its Rock Ridge entries is damaged");
		if (out->part_closed && append(x, p, to, room, &out->target_len, "/", 1) < 0)
			return -1;
		if (append(x, p, to, room, &out->target_len, text ? text : (const char *)e + at + 2,
			    text ? strlen(text) : n) < 0)
			return -1;
		out->part_closed = !(flags & (CONTINUES | ROOT));
		at += 2U + n;
	}
	return 0;
}

/* ECMA-119 9.1.5, with its distance from UTC in quarters of an hour. */
static int64_t time_of(const uint8_t *t)
{
	struct tm tm = { .tm_year = t[0],
		.tm_mon = t[1] - 1,
		.tm_mday = t[2],
		.tm_hour = t[3],
		.tm_min = t[4],
		.tm_sec = t[5] };
	return (int64_t)timegm(&tm) - (int64_t)(int8_t)t[6] * 15 * 60;
}

static void take_time(const uint8_t *e, size_t len, struct rock_ridge *out)
{
	size_t at = 5;
	if (len < 5 || e[4] & TIME_LONG || !(e[4] & TIME_MODIFIED))
		return;
	if (e[4] & TIME_CREATED)
		at += TIME_SHORT_LEN;
	if (at + TIME_SHORT_LEN > len)
		return;
	out->has_time = true;
	out->mtime = time_of(e + at);
}

static int take(struct inspector *x, const struct inspect_part *p, const uint8_t *e, size_t len,
	struct area *a, struct rock_ridge *out)
{
	enum { MODE_LEN = 36, DEVICE_LEN = 20, CHILD_LEN = 12, CONTINUATION_LEN = 28 };
	if (memcmp(e, "PX", 2) == 0 && len >= MODE_LEN) {
		out->has_mode = true;
		out->mode = get_le32(e + 4);
		out->uid = get_le32(e + 20);
		out->gid = get_le32(e + 28);
	} else if (memcmp(e, "PN", 2) == 0 && len >= DEVICE_LEN) {
		out->has_device = true;
		out->major = get_le32(e + 4) ? get_le32(e + 4) : get_le32(e + 12) >> 8;
		out->minor = get_le32(e + 4) ? get_le32(e + 12) : get_le32(e + 12) & 0xff;
	} else if (memcmp(e, "TF", 2) == 0) {
		take_time(e, len, out);
	} else if (memcmp(e, "RE", 2) == 0) {
		out->moved = true;
	} else if (memcmp(e, "CL", 2) == 0 && len >= CHILD_LEN) {
		out->child = get_le32(e + 4);
	} else if (memcmp(e, "CE", 2) == 0 && len >= CONTINUATION_LEN) {
		a->next = (uint64_t)get_le32(e + 4) * SECTOR + get_le32(e + 12);
		a->next_len = get_le32(e + 20);
	} else if (memcmp(e, "NM", 2) == 0) {
		return take_name(x, p, e, len, out);
	} else if (memcmp(e, "SL", 2) == 0) {
		return take_target(x, p, e, len, out);
	}
	return 0;
}

int read_rock_ridge(struct inspector *x, const struct inspect_part *p, const uint8_t *area,
	size_t len, struct rock_ridge *out)
{
	struct area a = { .at = area, .len = len };
	memset(out, 0, sizeof(*out));
	for (unsigned n = 0; n <= CONTINUATIONS_MAX; n++) {
		while (a.len >= ENTRY && a.at[2] >= ENTRY && a.at[2] <= a.len) {
			size_t size = a.at[2];
			if (memcmp(a.at, "ST", 2) == 0)
				break;
			if (take(x, p, a.at, size, &a, out) < 0)
				return -1;
			a.at += size;
			a.len -= size;
		}
		if (!a.next)
			return 0;
		if (a.next_len > sizeof(a.bytes))
			return part_fail(
				x, p, "its Rock Ridge entries go on for %zu bytes", a.next_len);
		if (part_read(x, p, a.next, a.bytes, a.next_len) < 0)
			return -1;
		a.at = a.bytes;
		a.len = a.next_len;
		a.next = 0;
	}
	return part_fail(x, p, "its Rock Ridge entries go on without end");
}
