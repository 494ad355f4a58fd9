#include "mkimage/store/decode.h"
#include "mkimage/store/layout_read.h"
#include "mkimage/store/tar_read.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Layouts of whole distributions have some thousand files. */
enum { FILES_MAX = 200000 };

static int next(void *ctx, const void **bytes, size_t *len, struct diags *d)
{
	return decoder_next(ctx, bytes, len, d);
}

static uint64_t skip(void *ctx, uint64_t len)
{
	return decoder_skip(ctx, len);
}

static const char *plain_name(const char *path)
{
	while (*path == '/' || (path[0] == '.' && path[1] == '/'))
		path += *path == '/' ? 1 : 2;
	return path;
}

static int remember(struct layout *l, const struct tar_entry *e, struct diags *d)
{
	if (e->type != TAR_FILE && e->type != TAR_LINK && e->type != TAR_SYMLINK)
		return 0;
	if (e->sparse)
		return fail(d, KIND_INPUT, "make the tar without --sparse",
			"\"%s\" holds the sparse file \"%s\"", l->path, e->path);
	if (l->len == FILES_MAX)
		return fail(
			d, KIND_INPUT, NULL, "\"%s\" holds more than %d files", l->path, FILES_MAX);
	struct layout_file f = {
		.name = arena_str(l->mem, plain_name(e->path)),
		.target = e->target ? arena_str(l->mem, plain_name(e->target)) : NULL,
		.offset = e->offset,
		.size = e->size,
	};
	vec_push(l->mem, l, f);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct layout_file *x = a, *y = b;
	int c = strcmp(x->name, y->name);
	/* Of two with one name the later wins, as for everything that unpacks a tar: see unique().
	 */
	return c ? c : (x->offset > y->offset) - (x->offset < y->offset);
}

static void unique(struct layout *l)
{
	size_t to = 0;
	for (size_t i = 0; i < l->len; i++) {
		if (to && strcmp(l->items[to - 1].name, l->items[i].name) == 0)
			to--;
		l->items[to++] = l->items[i];
	}
	l->len = to;
}

static int scan(struct layout *l, uint64_t size, struct diags *d)
{
	AUTO_DECODER c = NULL;
	const char *what = arena_fmt(l->mem, "the tar \"%s\"", l->path);
	if (decoder_open(l->fd, 0, size, what, &c, d) < 0)
		return -1;
	struct tar_reader *t = tar_reader_new(
		l->mem, (struct tar_source){ .next = next, .skip = skip, .ctx = c }, what);
	struct tar_entry e;
	int rc;
	while ((rc = tar_next(t, &e, d)) > 0)
		if (remember(l, &e, d) < 0)
			return -1;
	if (rc < 0)
		return -1;
	if (l->len)
		qsort(l->items, l->len, sizeof(*l->items), by_name);
	unique(l);
	return 0;
}

/* A compressed tar is read in any order only when it is unpacked first. */
static int decompress(
	struct store *s, struct layout *l, struct decoder *c, uint64_t *size, struct diags *d)
{
	if (tmp_open(s, "", &l->unpacked, d) < 0)
		return -1;
	*size = 0;
	for (;;) {
		const void *bytes;
		size_t len;
		if (decoder_next(c, &bytes, &len, d) < 0)
			return -1;
		if (!len)
			return 0;
		if (fd_write_all(l->unpacked.fd, bytes, len) < 0)
			return store_write_failed(s, errno, "a decompressed tar", d);
		*size += len;
	}
}

static int open_tar(struct store *s, struct layout *l, int fd, uint64_t size, struct diags *d)
{
	AUTO_FD file = fd;
	AUTO_DECODER c = NULL;
	if (decoder_open(file, 0, size, arena_fmt(l->mem, "the file \"%s\"", l->path), &c, d) < 0)
		return -1;
	if (decoder_encoding(c) == ENCODING_PLAIN) {
		l->fd = fd_take(&file);
		return scan(l, size, d);
	}
	if (decompress(s, l, c, &size, d) < 0)
		return -1;
	l->fd = fcntl(l->unpacked.fd, F_DUPFD_CLOEXEC, 0);
	if (l->fd < 0)
		return fail_sys(d, errno, "cannot open a decompressed tar");
	return scan(l, size, d);
}

int layout_open(
	struct store *s, struct arena *a, const char *path, struct layout *out, struct diags *d)
{
	AUTO_LAYOUT l = LAYOUT_NONE;
	l.mem = a;
	l.path = path;
	AUTO_FD fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (fd < 0 && errno == ENOENT)
		return fail(d, KIND_INPUT, NULL, "there is no \"%s\"", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	if (S_ISDIR(st.st_mode))
		l.dir = fd_take(&fd);
	else if (!S_ISREG(st.st_mode))
		return fail(d, KIND_INPUT, NULL, "\"%s\" is neither a folder nor a file", path);
	else if (open_tar(s, &l, fd_take(&fd), (uint64_t)st.st_size, d) < 0)
		return -1;
	*out = l;
	l = LAYOUT_NONE;
	return 0;
}
