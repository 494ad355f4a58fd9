#include "system-runtime/supervise/ring.h"
#include "base/auto_fd.h"
#include "system-runtime/supervise/ring_impl.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { HEAD = sizeof(struct ring_head) };

const struct ring_record *ring_record_at(const struct ring_head *h, uint64_t *pos)
{
	uint64_t end = ring_slot(h)->end;

	while (*pos < end) {
		if (ring_room(h, *pos) >= RING_RECORD && !(ring_place(h, *pos)->flags & RING_PAD))
			return ring_place(h, *pos);
		*pos += ring_room(h, *pos);
	}
	return NULL;
}

/* The file may be anything. */
static bool is_valid(const struct ring_head *h, size_t size)
{
	const struct ring_slot *s = ring_slot(h);
	const struct ring_record *rec;
	uint64_t at = s->first;

	if (h->magic != RING_MAGIC || h->size != size || h->current > 1 || s->end < s->first ||
		s->end - s->first > size || s->end % 8 != 0 || s->first % 8 != 0 ||
		(s->pending > 0 && s->pending + RING_RECORD > ring_room(h, s->end)) ||
		s->pending > RING_CHUNK)
		return false;
	while ((rec = ring_record_at(h, &at)) != NULL) {
		if (rec->skip > rec->len || rec->len > ring_room(h, at) - RING_RECORD)
			return false;
		at = ring_after(at, rec);
	}
	return at == s->end;
}

/*
 * The bytes behind end were zero before the read, which moves all of them at once or none.
 */
static void keep_pending(struct ring_head *h)
{
	struct ring_slot next = *ring_slot(h);
	const char *text = ring_text(ring_place(h, next.end));
	size_t n = next.pending, i = 0;
	uint64_t begun;

	while (i < n && text[i] == '\0')
		i++;
	if (i < n) {
		ring_append(h, n, UINT64_MAX, &begun);
	} else {
		next.pending = 0;
		ring_commit(h, &next);
	}
}

static int map(struct ring *r, int fd, const char *name, size_t size, struct rt_error *e)
{
	if (ftruncate(fd, (off_t)(HEAD + size)) != 0)
		return rt_fail(e, errno, "cannot make the log %s", name);
	void *p = mmap(NULL, HEAD + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return rt_fail(e, errno, "cannot map the log %s", name);
	/* What is forked, once for each container, would copy the maps of all logs. */
	(void)madvise(p, HEAD + size, MADV_DONTFORK);
	/* A page of a file that the full /run has no memory for would kill us. */
	if (posix_fallocate(fd, 0, HEAD) != 0) {
		munmap(p, HEAD + size);
		return rt_fail(e, ENOSPC, "no memory for the log %s", name);
	}
	r->head = p;
	return 0;
}

int ring_open(struct ring *r, int dir, const char *name, size_t size, struct rt_error *e)
{
	AUTO_FD fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	struct ring_head head = { 0 };

	if (fd < 0)
		return rt_fail(e, errno, "cannot make the log %s", name);
	if (size == 0) {
		ssize_t n = pread(fd, &head, sizeof(head), 0);
		size = n == HEAD && head.magic == RING_MAGIC ? head.size : RING_SIZE;
	}
	size &= ~(size_t)7;
	if (size < RING_SIZE_LEAST || size > RING_SIZE_MOST)
		size = RING_SIZE;
	*r = (struct ring){ 0 };
	if (map(r, fd, name, size, e) != 0)
		return -1;
	if (!is_valid(r->head, size)) {
		memset(r->head, 0, HEAD);
		r->head->size = (uint32_t)size;
		r->head->magic = RING_MAGIC;
	}
	if (ring_slot(r->head)->pending > 0)
		keep_pending(r->head);
	return 0;
}

void ring_close(struct ring *r)
{
	if (r->head != NULL)
		munmap(r->head, HEAD + r->head->size);
	r->head = NULL;
}

void ring_limit(struct ring *r, uint32_t rate)
{
	if (r->head != NULL)
		r->head->rate = rate;
}
