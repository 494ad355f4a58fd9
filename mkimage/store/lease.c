/*
 * What an open store has asked for, told to collectors of garbage.
 *
 * `lock` in the store's folder is held shared for moments: while a digest is written to the lease
 * and looked for in blobs/. A collector holds it exclusively from before it reads the leases until
 * it has removed what nobody needs. So a blob that was seen after it was held stays, and one that a
 * collector removed is seen as missing. A lease is a file in tmp/ with one digest a line; it counts
 * as long as its owner holds the lock on it, and tmp_clean() removes it afterwards.
 *
 * A collector reads the leases before index.json: whoever gives up a lease has named what it made.
 */
#include "mkimage/store/store_impl.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>

struct lease {
	struct arena *mem; /* owns this too */
	pthread_mutex_t mutex;
	int lock;
	bool forever; /* no lease can be written here: lock stays shared until the store is closed
		       */
	struct tmp_file file;
	struct digest *held; /* open addressing; cap is a power of two */
	bool *used;
	size_t len, cap;
};

static void lock_wait(int fd, int how)
{
	while (flock(fd, how) < 0 && errno == EINTR)
		;
}

int lease_new(struct store *s, struct diags *d)
{
	AUTO_FD lock = -EBADF;
	/* Here it is seen whether the file system has locks. */
	if (store_lock(s, "lock", LOCK_SH, &lock, d) < 0)
		return -1;
	lock_wait(lock, LOCK_UN);
	struct arena *a = arena_new();
	s->lease = ARENA_NEW(a, struct lease);
	*s->lease = (struct lease){ .mem = a, .lock = fd_take(&lock), .file = TMP_NONE };
	pthread_mutex_init(&s->lease->mutex, NULL);
	return 0;
}

void lease_free(struct lease **in)
{
	struct lease *l = *in;
	*in = NULL;
	if (!l)
		return;
	tmp_drop(&l->file);
	fd_drop(&l->lock);
	pthread_mutex_destroy(&l->mutex);
	arena_free(l->mem);
}

void lease_enter(struct store *s)
{
	pthread_mutex_lock(&s->lease->mutex);
	if (!s->lease->forever)
		lock_wait(s->lease->lock, LOCK_SH);
}

void lease_leave(struct store *s)
{
	if (!s->lease->forever)
		lock_wait(s->lease->lock, LOCK_UN);
	pthread_mutex_unlock(&s->lease->mutex);
}

/* Where g is, or is to go. */
static size_t slot(const struct lease *l, const struct digest *g)
{
	uint64_t at;
	memcpy(&at, g->bytes, sizeof(at));
	while (l->used[at & (l->cap - 1)] && !digest_equal(&l->held[at & (l->cap - 1)], g))
		at++;
	return at & (l->cap - 1);
}

static void grow(struct lease *l)
{
	struct lease old = *l;
	l->cap = old.cap ? old.cap * 2 : 64;
	l->held = arena_array(l->mem, l->cap, sizeof(*l->held));
	l->used = arena_array(l->mem, l->cap, sizeof(*l->used));
	for (size_t i = 0; i < old.cap; i++) {
		if (!old.used[i])
			continue;
		size_t to = slot(l, &old.held[i]);
		l->held[to] = old.held[i];
		l->used[to] = true;
	}
}

static int write_line(struct store *s, struct lease *l, const struct digest *g)
{
	char line[DIGEST_TEXT_SIZE + 1];
	char text[DIGEST_TEXT_SIZE];
	int n = snprintf(line, sizeof(line), "%s\n", digest_text(g, text));
	if (l->file.fd < 0) {
		AUTO_ARENA a = arena_new();
		struct diags unheard;
		diags_init(&unheard, a);
		if (tmp_open(s, "lease-", &l->file, &unheard) < 0)
			return -1;
	}
	return fd_write_all(l->file.fd, line, (size_t)n);
}

void lease_hold(struct store *s, const struct digest *g)
{
	struct lease *l = s->lease;
	if ((l->len + 1) * 2 > l->cap)
		grow(l);
	size_t at = slot(l, g);
	if (l->used[at])
		return;
	l->held[at] = *g;
	l->used[at] = true;
	l->len++;
	/* A store of somebody else's, a full disk: whoever collects has to wait for us. */
	if (!l->forever && write_line(s, l, g) < 0)
		l->forever = true;
}
