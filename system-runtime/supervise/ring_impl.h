/* The form of a ring's file; for ring*.c alone. */
#ifndef RT_SUPERVISE_RING_IMPL_H
#define RT_SUPERVISE_RING_IMPL_H

#include "system-runtime/supervise/ring.h"

/* What changes together. Positions count bytes ever; modulo the size they are places. */
struct ring_slot {
	uint64_t first, end; /* of the records */
	uint64_t seq;	  /* lines that have ended: the next one's number, or that of an open one */
	uint64_t dropped; /* of these, never kept */
	uint32_t pending; /* bytes that a read may have put behind a record's head at end */
	uint8_t open;	  /* bool: the last record's last line has no end yet */
	uint8_t dropping; /* bool: the line that has no end yet is being dropped */
};

struct ring_head {
	uint32_t magic, size, rate, current;
	uint64_t shown, filed;
	struct ring_slot slots[2]; /* the current one counts; the other is written next */
	char pad[256 - 32 - 2 * sizeof(struct ring_slot)];
	unsigned char data[];
};

/* Records never wrap: where no head fits before the ring's end, or a head says so, the next
 * record is at its beginning. */
struct ring_record {
	uint16_t len, skip; /* bytes, and those of them that count for nothing */
	uint16_t lines;	    /* that end in it */
	uint16_t flags;
	uint64_t seq; /* of the line at skip */
	uint64_t ms, wall_ms;
};

enum { RING_CONTINUES = 1, RING_PAD = 2 };
enum { RING_MAGIC = 0x6c6f6732, RING_RECORD = sizeof(struct ring_record), RING_CHUNK = 8192 };

static inline const struct ring_slot *ring_slot(const struct ring_head *h)
{
	return &h->slots[h->current & 1];
}

static inline size_t ring_room(const struct ring_head *h, uint64_t pos)
{
	return h->size - pos % h->size;
}
static inline struct ring_record *ring_place(const struct ring_head *h, uint64_t pos)
{
	return (struct ring_record *)(uintptr_t)(h->data + pos % h->size);
}

/* The one store that makes a change count. */
void ring_commit(struct ring_head *h, const struct ring_slot *next);
/* n bytes stand behind the head at end: they become a record. budget: lines that may begin in it;
 * *begun: those that did. */
void ring_append(struct ring_head *h, size_t n, uint64_t budget, uint64_t *begun);

/* The record at pos, which is moved over what is left free at the ring's end; NULL at end. The
 * caller has checked the file or written it. */
const struct ring_record *ring_record_at(const struct ring_head *h, uint64_t *pos);
static inline const char *ring_text(const struct ring_record *rec)
{
	return (const char *)(rec + 1);
}
static inline uint64_t ring_after(uint64_t pos, const struct ring_record *rec)
{
	/* Heads are aligned. */
	return pos + RING_RECORD + ((rec->len + 7u) & ~7u);
}

#endif
