#include "system-runtime/supervise/ring.h"
#include "base/auto_fd.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { HEAD_SIZE = 64, MAGIC = 0x6c6f6731, RECORD = 12, LINE_MAX_RING = 4096 };

struct ring_head {
	uint32_t magic, size;
	uint64_t first, end; /* bytes ever written; modulo size gives the place */
	char pad[HEAD_SIZE - 24];
	unsigned char data[];
};

static void copy_in(struct ring_head *h, uint64_t at, const void *from, size_t n)
{
	const unsigned char *p = from;

	for (size_t i = 0; i < n; i++)
		h->data[(at + i) % RING_SIZE] = p[i];
}

static void copy_out(const struct ring_head *h, uint64_t at, void *to, size_t n)
{
	unsigned char *p = to;

	for (size_t i = 0; i < n; i++)
		p[i] = h->data[(at + i) % RING_SIZE];
}

/* Little endian by hand: length (4), time (8). */
static void pack(unsigned char *out, uint32_t len, uint64_t ms)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(len >> (8 * i));
	for (int i = 0; i < 8; i++)
		out[4 + i] = (unsigned char)(ms >> (8 * i));
}

static int unpack(const struct ring_head *h, uint64_t at, uint32_t *len, uint64_t *ms)
{
	unsigned char in[RECORD];

	if (h->end - at < RECORD)
		return -1;
	copy_out(h, at, in, RECORD);
	*len = 0;
	*ms = 0;
	for (int i = 0; i < 4; i++)
		*len |= (uint32_t)in[i] << (8 * i);
	for (int i = 0; i < 8; i++)
		*ms |= (uint64_t)in[4 + i] << (8 * i);
	return *len > LINE_MAX_RING || *len > h->end - at - RECORD ? -1 : 0;
}

static int is_valid(const struct ring_head *h)
{
	uint32_t len;
	uint64_t ms, at = h->first;

	if (h->magic != MAGIC || h->size != RING_SIZE || h->end < h->first ||
		h->end - h->first > RING_SIZE)
		return 0;
	while (at != h->end) {
		if (unpack(h, at, &len, &ms) != 0)
			return 0;
		at += RECORD + len;
	}
	return 1;
}

int ring_open(struct ring *r, int dir, const char *name, struct rt_error *e)
{
	AUTO_FD fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd < 0 || ftruncate(fd, HEAD_SIZE + RING_SIZE) != 0)
		return rt_fail(e, errno, "cannot make the log %s", name);
	void *p = mmap(NULL, HEAD_SIZE + RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return rt_fail(e, errno, "cannot map the log %s", name);
	r->head = p;
	if (!is_valid(r->head)) {
		r->head->magic = MAGIC;
		r->head->size = RING_SIZE;
		r->head->first = r->head->end = 0;
	}
	return 0;
}

void ring_close(struct ring *r)
{
	if (r->head != NULL)
		munmap(r->head, HEAD_SIZE + RING_SIZE);
	r->head = NULL;
}

void ring_add(struct ring *r, uint64_t ms, const char *text, size_t len)
{
	struct ring_head *h = r->head;
	unsigned char head[RECORD];
	uint32_t old;
	uint64_t unused;

	if (h == NULL)
		return;
	if (len > LINE_MAX_RING)
		len = LINE_MAX_RING;
	/* The oldest lines make room, and are gone before their bytes are overwritten. */
	while (h->end - h->first + RECORD + len > RING_SIZE) {
		if (unpack(h, h->first, &old, &unused) != 0)
			h->first = h->end;
		else
			h->first += RECORD + old;
	}
	pack(head, (uint32_t)len, ms);
	copy_in(h, h->end, head, RECORD);
	copy_in(h, h->end + RECORD, text, len);
	h->end += RECORD + len;
}

uint64_t ring_first(const struct ring *r)
{
	return r->head ? r->head->first : 0;
}

uint64_t ring_end(const struct ring *r)
{
	return r->head ? r->head->end : 0;
}

int ring_next(const struct ring *r, uint64_t *at, struct ring_line *out)
{
	static char text[LINE_MAX_RING];
	uint32_t len;

	if (r->head == NULL || *at >= r->head->end || unpack(r->head, *at, &len, &out->ms) != 0)
		return 0;
	copy_out(r->head, *at + RECORD, text, len);
	out->text = text;
	out->len = len;
	*at += RECORD + len;
	return 1;
}
