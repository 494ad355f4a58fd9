/* Collecting garbage: mark, then sweep. */
#include "mkimage/store/garbage_impl.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* A blob that nothing leads to so far. */
struct loose {
	struct descriptor desc;
	bool is_list, has_subject, kept;
	struct digest subject;
};
struct loose_list {
	struct loose *items;
	size_t len, cap;
};

enum { WAIT_MS = 120000 };

static int lock_alone(struct store *s, int *fd, struct diags *d)
{
	AUTO_FD lock = openat(s->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (lock < 0)
		return fail_sys(d, errno, "cannot open \"%s/lock\"", s->path);
	for (int ms = 0; flock(lock, LOCK_EX | LOCK_NB) < 0; ms++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail_sys(d, errno, "cannot lock \"%s/lock\"", s->path);
		if (ms >= WAIT_MS)
			return fail(d, KIND_SYSTEM, "try again when the other commands are done",
				"the store \"%s\" is in use by a command that cannot write to it",
				s->path);
		(void)poll(NULL, 0, 1);
	}
	*fd = fd_take(&lock);
	return 0;
}

static int look_at_blob(
	struct gc *g, struct loose_list *out, enum digest_alg alg, const char *hex, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct loose one = { .desc.media_type = "" };
	struct links l = { 0 };
	struct stat st;
	char path[BLOB_PATH_SIZE];
	const char *text = arena_fmt(a, "%s:%s", digest_alg_name(alg), hex);
	/* What has no digest for a name did not come from us. */
	if (digest_parse(text, &one.desc.digest) < 0 || digest_set_has(&g->kept, &one.desc.digest))
		return 0;
	/* One that was awaited, and has come since the leases were read. */
	if (digest_set_has(&g->leased, &one.desc.digest))
		return 0;
	if (fstatat(g->store->dir, blob_path(&one.desc.digest, path), &st, AT_SYMLINK_NOFOLLOW) <
			0 ||
		!S_ISREG(st.st_mode))
		return 0;
	one.desc.size = (uint64_t)st.st_size;
	if (links_read(g->store, a, &one.desc.digest, false, &l, d) < 0)
		return -1;
	one.is_list = l.is_list;
	one.has_subject = l.has_subject;
	one.subject = l.subject;
	vec_push(g->mem, out, one);
	return 0;
}

static int find_loose(struct gc *g, struct loose_list *out, struct diags *d)
{
	for (enum digest_alg alg = DIGEST_SHA256; alg <= DIGEST_SHA512; alg++) {
		struct strings names;
		const char *folder = arena_fmt(g->mem, "blobs/%s", digest_alg_name(alg));
		if (store_names(g->store, g->mem, folder, &names, d) < 0)
			return -1;
		vec_each (const char *, name, &names)
			if (look_at_blob(g, out, alg, *name, d) < 0)
				return -1;
	}
	return 0;
}

/* What is kept keeps its referrers, and these theirs. */
static int keep_referrers(struct gc *g, struct loose_list *all, struct diags *d)
{
	for (bool again = true; again;) {
		again = false;
		vec_each (struct loose, l, all) {
			if (l->kept || !l->has_subject || !digest_set_has(&g->kept, &l->subject))
				continue;
			l->kept = again = true;
			if (gc_keep(g, &l->desc, d) < 0)
				return -1;
		}
	}
	return 0;
}

static int remove_file(struct gc *g, const char *path, struct diags *d)
{
	if (unlinkat(g->store->dir, path, 0) < 0 && errno != ENOENT)
		return fail_sys(d, errno, "cannot remove \"%s/%s\"", g->store->path, path);
	return 0;
}

/* Manifests and indexes go first, so that what is in the store when this is cut off is whole. */
static int sweep_blobs(
	struct gc *g, bool dry, struct loose_list *all, struct garbage_list *out, struct diags *d)
{
	for (int lists = 1; lists >= 0; lists--) {
		vec_each (struct loose, l, all) {
			char path[BLOB_PATH_SIZE];
			if (l->is_list != lists || digest_set_has(&g->kept, &l->desc.digest))
				continue;
			if (!dry && remove_file(g, blob_path(&l->desc.digest, path), d) < 0)
				return -1;
			struct garbage one = { GARBAGE_BLOB, l->desc.digest, l->desc.size };
			vec_push(g->mem, out, one);
		}
		if (!dry && store_sync_folders(g->store, d) < 0)
			return -1;
	}
	return 0;
}

/* Blobs on their way in, whose getter is gone. */
static int sweep_partial(struct gc *g, bool dry, struct garbage_list *out, struct diags *d)
{
	struct strings names;
	if (store_names(g->store, g->mem, "partial", &names, d) < 0)
		return -1;
	vec_each (const char *, name, &names) {
		struct garbage one = { .kind = GARBAGE_PARTIAL };
		struct stat st;
		const char *path = arena_fmt(g->mem, "partial/%s", *name);
		if (digest_parse(*name, &one.digest) < 0 || digest_set_has(&g->leased, &one.digest))
			continue;
		AUTO_FD fd = openat(
			g->store->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
			flock(fd, LOCK_EX | LOCK_NB) < 0)
			continue;
		if (!dry && remove_file(g, path, d) < 0)
			return -1;
		one.size = (uint64_t)st.st_size;
		vec_push(g->mem, out, one);
	}
	return 0;
}

/* Entries of index.json whose blobs go: referrers without a name. */
static int forget_loose(struct gc *g, const struct loose_list *all, struct diags *d)
{
	struct digest_set gone = { 0 };
	vec_each (struct loose, l, all)
		if (!digest_set_has(&g->kept, &l->desc.digest))
			(void)digest_set_add(g->mem, &gone, &l->desc.digest);
	return gone.len ? store_forget(g->store, &gone, d) : 0;
}

int store_gc(struct store *s, bool dry, struct arena *a, struct garbage_list *out,
	struct digest_set *diff_ids, struct diags *d)
{
	AUTO_FD lock = -EBADF;
	struct gc g = { .store = s, .mem = a };
	struct loose_list all = { 0 };
	if (lock_alone(s, &lock, d) < 0 || gc_mark(&g, d) < 0 || find_loose(&g, &all, d) < 0 ||
		keep_referrers(&g, &all, d) < 0)
		return -1;
	if (!dry && forget_loose(&g, &all, d) < 0)
		return -1;
	if (sweep_blobs(&g, dry, &all, out, d) < 0 || sweep_partial(&g, dry, out, d) < 0)
		return -1;
	*diff_ids = g.diff_ids;
	return 0;
}
