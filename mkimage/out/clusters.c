#include "mkimage/out/clusters.h"

#include "base/arena.h"
#include "base/fd.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

/* Bytes in memory at a time; threads. */
enum { BATCH = 4 << 20, THREADS_MAX = 16, LEVEL_ZLIB = 1, LEVEL_ZSTD = 3, QCOW2_WINDOW = 12 };

struct batch {
	const struct cluster_options *o;
	struct cluster *items;
	uint8_t *data, *packed; /* max of each */
	size_t len, max;
	atomic_size_t next;
};

static void *work(void *arg)
{
	struct batch *b = arg;
	for (size_t i; (i = atomic_fetch_add(&b->next, 1)) < b->len;) {
		struct cluster *c = &b->items[i];
		uint8_t *out = b->packed + i * b->o->room;
		c->packed_len = b->o->pack(c->data, b->o->size, out, b->o->room);
		c->packed = c->packed_len ? out : NULL;
	}
	return NULL;
}

static size_t processors(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	int n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (size_t)n;
}

/* A thread that cannot be had is not needed: this one works too. */
static void pack_all(struct batch *b)
{
	pthread_t threads[THREADS_MAX];
	size_t started = 0, want = processors();
	atomic_store(&b->next, 0);
	while (started + 1 < want && started + 1 < b->len &&
		pthread_create(&threads[started], NULL, work, b) == 0)
		started++;
	(void)work(b);
	while (started)
		(void)pthread_join(threads[--started], NULL);
}

static int flush(struct batch *b, cluster_fn *use, void *ctx, struct diags *d)
{
	if (b->o->pack)
		pack_all(b);
	for (size_t i = 0; i < b->len; i++) {
		if (use(ctx, &b->items[i], d) < 0)
			return -1;
	}
	b->len = 0;
	return 0;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

/* The piece at byte at, zero behind the disk's end. */
static int take(struct batch *b, const struct raw_disk *from, uint64_t at, struct diags *d)
{
	uint8_t *data = b->data + b->len * b->o->size;
	uint64_t left = from->size - at;
	size_t want = left < b->o->size ? (size_t)left : b->o->size;
	ssize_t n = fd_pread_full(from->fd, data, want, at);
	if (n != (ssize_t)want)
		return fail_sys(d, n < 0 ? errno : EIO, "cannot read the raw disk back");
	memset(data + want, 0, b->o->size - want);
	if (!all_zero(data, b->o->size))
		b->items[b->len++] = (struct cluster){ .index = at / b->o->size, .data = data };
	return 0;
}

int clusters_each(const struct raw_disk *from, const struct cluster_options *o, cluster_fn *use,
	void *ctx, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct batch *b = ARENA_NEW(mem, struct batch);
	b->o = o;
	b->max = BATCH / o->size;
	b->items = arena_array(mem, b->max, sizeof(*b->items));
	b->data = arena_array(mem, b->max, o->size);
	b->packed = arena_array(mem, b->max, o->pack ? o->room : 1);
	for (uint64_t at = 0; at < from->size;) {
		uint64_t data, stop;
		fd_data(from->fd, at, from->size, &data, &stop);
		for (at = data / o->size * o->size > at ? data / o->size * o->size : at; at < stop;
			at += o->size) {
			if (take(b, from, at, d) < 0 ||
				(b->len == b->max && flush(b, use, ctx, d) < 0))
				return -1;
		}
	}
	return flush(b, use, ctx, d);
}

size_t pack_deflate(const uint8_t *in, size_t len, uint8_t *out, size_t room)
{
	z_stream z = { .next_in = in,
		.avail_in = (unsigned)len,
		.next_out = out,
		.avail_out = (unsigned)room };
	if (deflateInit2(&z, LEVEL_ZLIB, Z_DEFLATED, -QCOW2_WINDOW, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	size_t done = deflate(&z, Z_FINISH) == Z_STREAM_END ? z.total_out : 0;
	(void)deflateEnd(&z); /* frees; says only what is known */
	return done;
}

size_t pack_zlib(const uint8_t *in, size_t len, uint8_t *out, size_t room)
{
	uLongf done = room;
	return compress2(out, &done, in, len, LEVEL_ZLIB) == Z_OK ? done : 0;
}

size_t pack_zstd(const uint8_t *in, size_t len, uint8_t *out, size_t room)
{
	size_t done = ZSTD_compress(out, room, in, len, LEVEL_ZSTD);
	return ZSTD_isError(done) ? 0 : done;
}
