#include "mkimage/disk/verity_impl.h"

#include "base/fd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { MAX_THREADS = 64 };

/* Workers take one block of hashes after the other; each has its place, so no order matters. */
struct work {
	const struct verity_level *level;
	uint64_t groups;
	_Atomic uint64_t next;
	_Atomic int failed; /* errno */
};

void verity_hash(
	const uint8_t salt[VERITY_SALT], const void *block, struct hasher *h, struct digest *out)
{
	hasher_add(h, salt, VERITY_SALT);
	hasher_add(h, block, VERITY_BLOCK);
	hasher_take(h, out);
}

static int hash_group(
	const struct verity_level *l, uint64_t group, uint8_t *blocks, struct hasher *h)
{
	uint8_t hashes[VERITY_BLOCK] = { 0 };
	uint64_t first = group * VERITY_FAN, left = l->blocks - first;
	size_t count = left < VERITY_FAN ? (size_t)left : VERITY_FAN;
	struct digest g;
	ssize_t n = fd_pread_full(
		l->from_fd, blocks, count * VERITY_BLOCK, l->from + first * VERITY_BLOCK);
	if (n != (ssize_t)(count * VERITY_BLOCK)) {
		errno = n < 0 ? errno : EIO;
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		verity_hash(l->salt, blocks + i * VERITY_BLOCK, h, &g);
		memcpy(hashes + i * VERITY_HASH, g.bytes, VERITY_HASH);
	}
	return fd_pwrite_all(l->to_fd, hashes, sizeof(hashes), l->to + group * VERITY_BLOCK);
}

static void *work(void *arg)
{
	struct work *w = arg;
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	uint8_t *blocks = malloc((size_t)VERITY_FAN * VERITY_BLOCK);
	if (!blocks)
		w->failed = ENOMEM;
	while (!w->failed) {
		uint64_t group = atomic_fetch_add(&w->next, 1);
		if (group >= w->groups)
			break;
		if (hash_group(w->level, group, blocks, h) < 0)
			w->failed = errno;
	}
	free(blocks);
	return NULL;
}

int verity_hash_level(const struct verity_level *l, unsigned threads)
{
	struct work w = { .level = l, .groups = (l->blocks + VERITY_FAN - 1) / VERITY_FAN };
	pthread_t others[MAX_THREADS];
	size_t len = 0;
	/* This thread works too; without another one it does all of it. */
	while (len + 1 < threads && len + 1 < w.groups && len < MAX_THREADS &&
		pthread_create(&others[len], NULL, work, &w) == 0)
		len++;
	work(&w);
	for (size_t i = 0; i < len; i++)
		(void)pthread_join(others[i], NULL); /* fails only for what is no thread */
	errno = w.failed;
	return w.failed ? -1 : 0;
}
