#include "mkimage/layer/layer_impl.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* The lock belongs to the descriptor, so threads exclude each other too, and a dead process lets
 * go.
 */
int layer_lock(
	const char *folder, const struct digest *diff_id, bool wait, int *fd, struct diags *d)
{
	const char *path = arena_fmt(d->mem, "%s/lock", folder);
	AUTO_FD lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (lock < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	off_t at = 0;
	for (int i = 0; i < 7; i++)
		at = at << 8 | diff_id->bytes[i];
	struct flock one = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };
	while (fcntl(lock, wait ? F_OFD_SETLKW : F_OFD_SETLK, &one) < 0) {
		if (!wait && (errno == EAGAIN || errno == EACCES))
			return 0;
		if (errno != EINTR)
			return fail_sys(d, errno, "cannot lock \"%s\"", path);
	}
	*fd = fd_take(&lock);
	return 1;
}

/* 1: it is unpacked and whole; 0: it is not, and unpacking it (again) mends that. */
static int open_unpacked(struct layer *l, const char *pack, const char *index,
	const struct digest *diff_id, struct diags *d)
{
	AUTO_FD pack_fd = open(pack, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	AUTO_FD index_fd = open(index, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if ((pack_fd < 0 || index_fd < 0) && errno != ENOENT)
		return fail_sys(d, errno, "cannot open \"%s\"", index_fd < 0 ? index : pack);
	struct stat p, x;
	if (pack_fd < 0 || index_fd < 0)
		return 0;
	if (fstat(pack_fd, &p) < 0 || fstat(index_fd, &x) < 0)
		return fail_sys(d, errno, "cannot look at \"%s\"", index);
	if (!S_ISREG(x.st_mode) || x.st_size > LAYER_INDEX_MAX)
		return 0;
	uint8_t *bytes = arena_alloc(l->mem, (size_t)x.st_size);
	ssize_t n = fd_read_full(index_fd, bytes, (size_t)x.st_size);
	if (n < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", index);
	if (layer_index_open(bytes, (size_t)n, diff_id, &l->records) < 0 ||
		l->records.pack_size != (uint64_t)p.st_size)
		return 0;
	l->index = bytes;
	l->pack = fd_take(&pack_fd);
	return 1;
}

static int open_layer(struct layer *l, struct store *s, const struct descriptor *desc,
	const struct digest *diff_id, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	const char *folder;
	const char *alg = digest_alg_name(diff_id->alg);
	if (store_folder(s, l->mem, arena_fmt(l->mem, "unpacked/%s", alg), &folder, d) < 0)
		return -1;
	const char *hex = digest_hex(diff_id, text);
	const char *pack = arena_fmt(l->mem, "%s/%s.pack", folder, hex);
	const char *index = arena_fmt(l->mem, "%s/%s.index", folder, hex);
	int rc = open_unpacked(l, pack, index, diff_id, d);
	if (rc)
		return rc < 0 ? -1 : 0;
	AUTO_FD lock = -EBADF;
	if (layer_lock(folder, diff_id, true, &lock, d) < 0)
		return -1;
	/* Whoever held the lock before us has unpacked it. */
	rc = open_unpacked(l, pack, index, diff_id, d);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (layer_unpack(s, desc, diff_id, pack, index, d) < 0)
		return -1;
	rc = open_unpacked(l, pack, index, diff_id, d);
	if (rc == 0)
		return fail(d, KIND_SYSTEM, "leave the store alone while it is used",
			"\"%s\" is damaged though it was just written", index);
	return rc < 0 ? -1 : 0;
}

int layer_open(struct store *s, struct arena *a, const struct descriptor *desc,
	const struct digest *diff_id, struct layer **out, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct layer *l = ARENA_NEW(a, struct layer);
	*l = (struct layer){ .mem = a, .pack = -EBADF };
	l->what = arena_fmt(a, "the layer %s", digest_text(&desc->digest, text));
	const char *source = arena_fmt(
		a, "pack %d of %s", LAYER_VERSION, digest_text(diff_id, text));
	digest_of(DIGEST_SHA256, source, strlen(source), &l->source);
	if (open_layer(l, s, desc, diff_id, d) < 0)
		return -1;
	*out = l;
	return 0;
}

void layer_close(struct layer **l)
{
	if (*l)
		fd_drop(&(*l)->pack);
	*l = NULL;
}
