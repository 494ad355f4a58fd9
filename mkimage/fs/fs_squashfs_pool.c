#include "mkimage/fs/fs_squashfs_pool.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64, ROOM_MIN = 8, ROOM_MAX = 96 };

/* Blocks are numbered as they come; a block's place is its number modulo room. */
struct squash_pool {
	const struct squash_packer *packer;
	struct squash_tools tools; /* the caller's */
	struct squash_block *blocks;
	size_t room;
	size_t oldest, begun, end; /* from begun on nobody works at them */
	bool stop;
	pthread_mutex_t lock; /* of these numbers, and every block's done */
	pthread_cond_t more, done;
	pthread_t threads[MAX_THREADS];
	size_t len;
};

static struct squash_block *block_of(struct squash_pool *pool, size_t number)
{
	return &pool->blocks[number % pool->room];
}

/* With the lock held, which is let go meanwhile. */
static void pack_next(struct squash_pool *pool, struct squash_tools *t)
{
	struct squash_block *b = block_of(pool, pool->begun++);
	pthread_mutex_unlock(&pool->lock);
	squash_pack(pool->packer, t, b);
	pthread_mutex_lock(&pool->lock);
	b->done = true;
	pthread_cond_signal(&pool->done);
}

static void *work(void *arg)
{
	struct squash_pool *pool = arg;
	struct squash_tools t;
	bool works = squash_tools_open(&t); /* else the others do it */
	pthread_mutex_lock(&pool->lock);
	while (works) {
		while (!pool->stop && pool->begun == pool->end)
			pthread_cond_wait(&pool->more, &pool->lock);
		if (pool->stop)
			break;
		pack_next(pool, &t);
	}
	pthread_mutex_unlock(&pool->lock);
	squash_tools_close(&t);
	return NULL;
}

struct squash_pool *squash_pool_new(const struct squash_packer *p, unsigned threads)
{
	struct squash_pool *pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->packer = p;
	pool->room = 4 * (size_t)threads;
	pool->room = pool->room < ROOM_MIN   ? ROOM_MIN
		     : pool->room > ROOM_MAX ? ROOM_MAX
					     : pool->room;
	pool->blocks = calloc(pool->room, sizeof(*pool->blocks));
	bool works = squash_tools_open(&pool->tools);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	pthread_cond_init(&pool->done, NULL);
	if (!pool->blocks || !works) {
		squash_pool_free(pool);
		return NULL;
	}
	while (pool->len < threads && pool->len < MAX_THREADS &&
		pthread_create(&pool->threads[pool->len], NULL, work, pool) == 0)
		pool->len++;
	return pool;
}

void squash_pool_free(struct squash_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->len; i++)
		(void)pthread_join(pool->threads[i], NULL); /* fails only for what is no thread */
	pthread_cond_destroy(&pool->more);
	pthread_cond_destroy(&pool->done);
	pthread_mutex_destroy(&pool->lock);
	squash_tools_close(&pool->tools);
	free(pool->blocks);
	free(pool);
}

struct squash_block *squash_pool_room(struct squash_pool *pool)
{
	if (pool->end - pool->oldest == pool->room)
		return NULL;
	struct squash_block *b = block_of(pool, pool->end);
	memset(b, 0, offsetof(struct squash_block, plain));
	return b;
}

void squash_pool_put(struct squash_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->end++;
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
}

struct squash_block *squash_pool_take(struct squash_pool *pool)
{
	if (pool->oldest == pool->end)
		return NULL;
	struct squash_block *b = block_of(pool, pool->oldest);
	pthread_mutex_lock(&pool->lock);
	while (!b->done) {
		if (pool->begun < pool->end)
			pack_next(pool, &pool->tools);
		else
			pthread_cond_wait(&pool->done, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return b;
}

void squash_pool_drop(struct squash_pool *pool)
{
	pool->oldest++;
}
