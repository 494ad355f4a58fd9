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
	struct digest_set held;
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
	if (!digest_set_add(l->mem, &l->held, g))
		return;
	/* A store of somebody else's, a full disk: whoever collects has to wait for us. */
	if (!l->forever && write_line(s, l, g) < 0)
		l->forever = true;
}
