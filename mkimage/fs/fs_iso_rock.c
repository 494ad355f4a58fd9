#include "mkimage/fs/fs_iso_impl.h"

#include <string.h>
#include <time.h>

enum {
	ENTRY_MAX = 255,
	CONTINUATION = 28, /* the entry CE */
	CONTINUES = 1,
	CURRENT = 2,
	PARENT = 4,
	ROOT = 8,
	MODIFIED = 2,
};

void iso_both16(uint8_t *at, uint16_t v)
{
	put_le16(at, v);
	at[2] = (uint8_t)(v >> 8);
	at[3] = (uint8_t)v;
}

void iso_both32(uint8_t *at, uint32_t v)
{
	put_le32(at, v);
	put_be32(at + 4, v);
}

void iso_time(uint8_t at[7], int64_t t)
{
	time_t seconds = (time_t)t;
	struct tm tm;
	gmtime_r(&seconds, &tm);
	at[0] = (uint8_t)tm.tm_year;
	at[1] = (uint8_t)(tm.tm_mon + 1);
	at[2] = (uint8_t)tm.tm_mday;
	at[3] = (uint8_t)tm.tm_hour;
	at[4] = (uint8_t)tm.tm_min;
	at[5] = (uint8_t)tm.tm_sec;
	at[6] = 0;
}

/* A new entry of len bytes, its first four set. */
static uint8_t *entry(struct iso_susp *s, const char *signature, size_t len)
{
	uint8_t *e = s->bytes + s->len;
	memset(e, 0, len);
	memcpy(e, signature, 2);
	e[2] = (uint8_t)len;
	e[3] = 1;
	s->starts[s->n++] = (uint16_t)s->len;
	s->len += len;
	return e;
}

/* SUSP 5.3, 5.5; IEEE P1282 is RRIP 1.12. */
void iso_rock_first(struct iso_susp *s)
{
	static const char id[] = "IEEE_P1282";
	uint8_t *e = entry(s, "SP", 7);
	e[4] = 0xBE;
	e[5] = 0xEF;
	e = entry(s, "ER", 8 + sizeof(id) - 1);
	e[4] = sizeof(id) - 1;
	e[7] = 1;
	memcpy(e + 8, id, sizeof(id) - 1);
}

static void put_name(struct iso_susp *s, const char *name)
{
	enum { HEAD = 5 };
	for (size_t len = strlen(name); len;) {
		size_t n = len < ENTRY_MAX - HEAD ? len : ENTRY_MAX - HEAD;
		uint8_t *e = entry(s, "NM", HEAD + n);
		e[4] = len > n ? CONTINUES : 0;
		memcpy(e + HEAD, name, n);
		name += n;
		len -= n;
	}
}

static uint8_t component_flags(const char *text, size_t len)
{
	if (len == 1 && *text == '.')
		return CURRENT;
	return len == 2 && memcmp(text, "..", 2) == 0 ? PARENT : 0;
}

/* A link's target, part by part; what does not fit into an entry goes on in the next one. */
struct target {
	struct iso_susp *s;
	uint8_t *entry; /* NULL: none yet */
};

static size_t room_in(const struct target *t)
{
	return t->entry ? ENTRY_MAX - (size_t)t->entry[2] : 0;
}

static void put_component(struct target *t, uint8_t flags, const char *text, size_t len)
{
	enum { HEAD = 5, COMPONENT = 2 };
	for (bool first = true; first || len; first = false) {
		if (room_in(t) < COMPONENT + (len ? 1 : 0)) {
			if (t->entry)
				t->entry[4] = CONTINUES;
			t->entry = entry(t->s, "SL", HEAD);
		}
		size_t room = room_in(t) - COMPONENT, n = len < room ? len : room;
		uint8_t *c = t->entry + t->entry[2];
		c[0] = flags | (len > n ? CONTINUES : 0);
		c[1] = (uint8_t)n;
		memcpy(c + COMPONENT, text, n);
		t->entry[2] = (uint8_t)(t->entry[2] + COMPONENT + n);
		t->s->len += COMPONENT + n;
		text += n;
		len -= n;
	}
}

static void put_target(struct iso_susp *s, const char *text)
{
	struct target t = { .s = s };
	if (*text == '/') {
		put_component(&t, ROOT, "", 0);
		if (!*++text)
			return;
	}
	for (;; text++) {
		size_t len = strcspn(text, "/");
		uint8_t flags = component_flags(text, len);
		put_component(&t, flags, text, flags ? 0 : len);
		text += len;
		if (!*text)
			return;
	}
}

void iso_rock(struct iso_susp *s, const struct iso_inode *i, const char *name)
{
	const struct inode *in = i->inode;
	uint8_t *e = entry(s, "PX", 44);
	iso_both32(e + 4, fs_mode(in));
	iso_both32(e + 12, i->links);
	iso_both32(e + 20, in->uid);
	iso_both32(e + 28, in->gid);
	iso_both32(e + 36, i->number);
	e = entry(s, "TF", 12);
	e[4] = MODIFIED;
	iso_time(e + 5, in->mtime);
	if (in->type == NODE_CHAR || in->type == NODE_BLOCK) {
		e = entry(s, "PN", 20);
		iso_both32(e + 4, in->major);
		iso_both32(e + 12, in->minor);
	}
	if (!name)
		return;
	put_name(s, name);
	if (in->type == NODE_SYMLINK)
		put_target(s, in->target);
}

static void put_continuation(uint8_t *e, uint32_t sector, uint32_t offset, uint32_t len)
{
	memcpy(e, "CE\034\001", 4);
	iso_both32(e + 4, sector);
	iso_both32(e + 12, offset);
	iso_both32(e + 20, len);
}

/* The entries from *n on that fit into room bytes, with a CE behind them when they are not all. */
static size_t fitting(const struct iso_susp *s, size_t *n, size_t room)
{
	size_t from = s->starts[*n], best = from, next = *n;
	if (s->len - from <= room) {
		*n = s->n;
		return s->len - from;
	}
	for (size_t i = *n; i < s->n; i++) {
		size_t end = i + 1 < s->n ? s->starts[i + 1] : s->len;
		if (end - from + CONTINUATION > room)
			break;
		best = end;
		next = i + 1;
	}
	*n = next;
	return best - from;
}

/* Zeros, so that len bytes can follow without a sector's end among them. */
static uint8_t *grow(struct arena *a, struct iso_bytes *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		vec_push(a, b, (uint8_t)0);
	return b->items + b->len - len;
}

size_t iso_susp_put(struct arena *a, const struct iso_susp *s, uint8_t *at, size_t room,
	struct iso_bytes *more, uint32_t first)
{
	size_t n = 0, used = fitting(s, &n, room);
	memcpy(at, s->bytes, used);
	if (n == s->n)
		return used;
	uint8_t *link = at + used;
	size_t result = used + CONTINUATION;
	size_t link_at = SIZE_MAX; /* of link in *more, which moves; at first it is in the record */
	while (n < s->n) {
		size_t rest = ISO_SECTOR - more->len % ISO_SECTOR;
		if (rest < ENTRY_MAX + CONTINUATION) {
			(void)grow(a, more, rest);
			rest = ISO_SECTOR;
		}
		size_t from = s->starts[n], len = fitting(s, &n, rest);
		size_t all = len + (n < s->n ? CONTINUATION : 0), begin = more->len;
		memcpy(grow(a, more, all), s->bytes + from, len);
		put_continuation(link_at == SIZE_MAX ? link : more->items + link_at,
			first + (uint32_t)(begin / ISO_SECTOR), (uint32_t)(begin % ISO_SECTOR),
			(uint32_t)all);
		link_at = begin + len;
	}
	return result;
}
