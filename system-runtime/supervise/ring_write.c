/* What goes into a ring. */
#include "system-runtime/supervise/ring_impl.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

void ring_commit(struct ring_head *h, const struct ring_slot *next)
{
	uint32_t other = !(h->current & 1);

	h->slots[other] = *next;
	__atomic_store_n(&h->current, other, __ATOMIC_SEQ_CST);
}

/* Whole pages, or nothing: the kernel says EFAULT where a plain store would be a SIGBUS. */
static bool has_memory(struct ring_head *h, uint64_t pos, size_t n)
{
	uintptr_t at = (uintptr_t)ring_place(h, pos), from = at & ~(uintptr_t)4095;

	return madvise((void *)from, at + n - from, MADV_POPULATE_WRITE) == 0 || errno == EINVAL;
}

/*
 * Makes a place for a record of at most *n bytes and at least one: the oldest ones are gone before
 * their bytes are overwritten. Writes its head. False: no memory, and nothing but *n has changed.
 */
static bool reserve(struct ring_head *h, size_t *n, struct ring_time now)
{
	struct ring_slot next = *ring_slot(h);
	size_t most = h->size / 8 < RING_CHUNK ? h->size / 8 : RING_CHUNK,
	       left = ring_room(h, next.end);
	const struct ring_record *old;

	if (*n > most)
		*n = most;
	bool pad = left < RING_RECORD + 64 && left < RING_RECORD + *n;
	if (!pad && *n > left - RING_RECORD)
		*n = left - RING_RECORD;
	uint64_t at = next.end + (pad ? left : 0);
	uint64_t until = at + RING_RECORD + ((*n + 7) & ~(size_t)7);
	while (until - next.first > h->size && (old = ring_record_at(h, &next.first)) != NULL)
		next.first = ring_after(next.first, old);
	if (!has_memory(h, at, RING_RECORD + *n) ||
		(pad && left >= RING_RECORD && !has_memory(h, next.end, RING_RECORD)))
		return false;
	ring_commit(h, &next);
	if (pad && left >= RING_RECORD)
		*ring_place(h, next.end) = (struct ring_record){ .flags = RING_PAD };
	if (pad && next.first == next.end)
		next.first = at;
	next.end = at;
	ring_commit(h, &next);
	*ring_place(h, at) = (struct ring_record){ .ms = now.ms, .wall_ms = now.wall_ms };
	return true;
}

/* What of n bytes is kept, by lines: budget may begin. Fills rec and moves next on. */
static void cut(struct ring_slot *next, struct ring_record *rec, const char *text, size_t n,
	uint64_t budget, uint64_t *begun)
{
	size_t i = 0, kept = 0;
	bool keep = next->open, within = next->open || next->dropping;

	*begun = 0;
	rec->flags = next->open ? RING_CONTINUES : 0;
	rec->seq = next->seq;
	rec->skip = rec->lines = 0;
	while (i < n) {
		if (!within) {
			keep = *begun < budget;
			*begun += keep;
		}
		const char *nl = memchr(text + i, '\n', n - i);
		i = nl != NULL ? (size_t)(nl - text) + 1 : n;
		within = nl == NULL;
		next->seq += nl != NULL;
		if (keep) {
			kept = i;
			rec->lines += nl != NULL;
		} else {
			next->dropped += nl != NULL;
		}
		if (!keep && kept == 0) {
			rec->skip = (uint16_t)i; /* the end of a dropped line */
			rec->seq = next->seq;
		}
	}
	rec->len = (uint16_t)kept;
	next->open = within && keep;
	next->dropping = within && !keep;
}

/* n bytes stand behind the head at end: they become a record. */
void ring_append(struct ring_head *h, size_t n, uint64_t budget, uint64_t *begun)
{
	struct ring_slot next = *ring_slot(h);
	struct ring_record *rec = ring_place(h, next.end), done = *rec;

	cut(&next, &done, ring_text(rec), n, budget, begun);
	if (done.len > 0) {
		*rec = done;
		next.end = ring_after(next.end, rec);
	}
	next.pending = 0;
	ring_commit(h, &next);
}

/* Without memory for it, what is read is counted and forgotten. */
static ssize_t read_away(struct ring_head *h, int fd)
{
	static char buf[RING_CHUNK];
	struct ring_slot next = *ring_slot(h);
	struct ring_record unused;
	uint64_t begun;
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0) {
		next.dropping = next.dropping || next.open;
		next.open = false;
		cut(&next, &unused, buf, (size_t)n, 0, &begun);
		ring_commit(h, &next);
	}
	return n;
}

static uint64_t budget(struct ring *r, uint64_t ms)
{
	if (r->head->rate == 0)
		return UINT64_MAX;
	if (ms - r->window_ms >= 1000) {
		r->window_ms = ms;
		r->in_window = 0;
	}
	return r->in_window < r->head->rate ? r->head->rate - r->in_window : 0;
}

ssize_t ring_read(struct ring *r, int fd, struct ring_time now)
{
	struct ring_head *h = r->head;
	uint64_t begun;
	int ready = 0;

	if (ioctl(fd, FIONREAD, &ready) != 0 || ready <= 0)
		return 0;
	size_t n = (size_t)ready;
	if (!reserve(h, &n, now))
		return read_away(h, fd);
	struct ring_slot next = *ring_slot(h);
	char *text = (char *)(ring_place(h, next.end) + 1);
	memset(text, 0, n);
	next.pending = (uint32_t)n;
	ring_commit(h, &next);
	ssize_t got = read(fd, text, n);
	ring_append(h, got > 0 ? (size_t)got : 0, budget(r, now.ms), &begun);
	r->in_window += (uint32_t)begun;
	return got;
}

void ring_end_line(struct ring *r, struct ring_time now)
{
	const struct ring_slot *s = r->head ? ring_slot(r->head) : NULL;
	size_t n = 1;
	uint64_t begun;

	if (s == NULL || (!s->open && !s->dropping) || !reserve(r->head, &n, now))
		return;
	*(char *)(ring_place(r->head, ring_slot(r->head)->end) + 1) = '\n';
	ring_append(r->head, n, UINT64_MAX, &begun);
}

void ring_add(struct ring *r, struct ring_time now, const char *text, size_t len)
{
	uint64_t begun;

	ring_end_line(r, now);
	for (size_t done = 0; r->head != NULL && done <= len;) {
		size_t n = len + 1 - done;
		if (!reserve(r->head, &n, now))
			return;
		char *to = (char *)(ring_place(r->head, ring_slot(r->head)->end) + 1);
		bool ends = done + n > len;
		memcpy(to, text + done, n - ends);
		if (ends)
			to[n - 1] = '\n';
		ring_append(r->head, n, UINT64_MAX, &begun);
		done += n;
	}
}
