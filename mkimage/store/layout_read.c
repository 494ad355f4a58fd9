#include "mkimage/store/layout_read.h"

#include "mkimage/store/decode.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void part_drop(struct part *p)
{
	if (p->owned)
		fd_drop(&p->fd);
	p->owned = false;
}

static int find_in_folder(struct layout *l, const char *name, struct part *out, struct diags *d)
{
	/* A pipe must not make us wait. */
	AUTO_FD fd = openat(l->dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot open \"%s/%s\"", l->path, name);
	if (!S_ISREG(st.st_mode))
		return fail(d, KIND_INPUT, NULL, "\"%s/%s\" is no regular file", l->path, name);
	*out = (struct part){ .fd = fd_take(&fd), .owned = true, .size = (uint64_t)st.st_size };
	return 1;
}

static const struct layout_file *tar_entry(const struct layout *l, const char *name)
{
	size_t lo = 0, hi = l->len;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(l->items[mid].name, name);
		if (c == 0)
			return &l->items[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* "ab/layer.tar" and "../cd/layer.tar" -> "cd/layer.tar". */
static const char *beside(struct arena *a, const char *name, const char *target)
{
	const char *slash = strrchr(name, '/');
	char *at = slash ? arena_strn(a, name, (size_t)(slash - name)) : arena_str(a, "");
	while (strncmp(target, "../", 3) == 0) {
		target += 3;
		char *up = strrchr(at, '/');
		*(up ? up : at) = '\0';
	}
	return *at ? arena_fmt(a, "%s/%s", at, target) : target;
}

int layout_find(struct layout *l, const char *name, struct part *out, struct diags *d)
{
	if (l->dir >= 0)
		return find_in_folder(l, name, out, d);
	const struct layout_file *f = tar_entry(l, name);
	/* Docker linked equal layers of one image to each other. */
	for (int hops = 0; f && f->target && hops < 8; hops++) {
		const struct layout_file *whole = tar_entry(l, f->target);
		f = whole ? whole : tar_entry(l, beside(l->mem, f->name, f->target));
	}
	if (!f || f->target)
		return 0;
	*out = (struct part){ .fd = l->fd, .offset = f->offset, .size = f->size };
	return 1;
}

int layout_find_blob(struct layout *l, const struct digest *g, struct part *out, struct diags *d)
{
	char path[BLOB_PATH_SIZE];
	return layout_find(l, blob_path(g, path), out, d);
}

int part_text(struct layout *l, struct arena *a, const struct part *p, const char *what, size_t max,
	char **text, struct diags *d)
{
	if (p->size > max)
		return fail(d, KIND_INPUT, NULL,
			"%s in \"%s\" has %llu bytes, and at most %zu are allowed for its kind",
			what, l->path, (unsigned long long)p->size, max);
	size_t size = (size_t)p->size;
	char *bytes = arena_alloc(a, size + 1);
	ssize_t n = fd_pread_full(p->fd, bytes, size, p->offset);
	if (n < 0)
		return fail_sys(d, errno, "cannot read %s in \"%s\"", what, l->path);
	if ((size_t)n < size)
		return fail(d, KIND_INPUT, NULL, "\"%s\" is cut off in %s", l->path, what);
	*text = bytes;
	return 0;
}

int layout_text(
	struct layout *l, const char *name, size_t max, char **text, size_t *len, struct diags *d)
{
	AUTO_PART p = { .fd = -EBADF };
	int rc = layout_find(l, name, &p, d);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return fail(d, KIND_INPUT, NULL, "\"%s\" has no \"%s\"", l->path, name);
	*len = (size_t)p.size;
	return part_text(l, l->mem, &p, arena_fmt(l->mem, "the file \"%s\"", name), max, text, d);
}

/* Only hashed. */
static int part_check(
	struct layout *l, const struct part *p, const struct digest *want, struct diags *d)
{
	AUTO_HASHER h = hasher_new(want->alg);
	char buf[65536], is[DIGEST_TEXT_SIZE], said[DIGEST_TEXT_SIZE];
	struct digest got;
	for (uint64_t at = 0; at < p->size;) {
		size_t n = p->size - at < sizeof(buf) ? (size_t)(p->size - at) : sizeof(buf);
		ssize_t have = fd_pread_full(p->fd, buf, n, p->offset + at);
		if (have < 0)
			return fail_sys(d, errno, "cannot read \"%s\"", l->path);
		if ((size_t)have < n)
			return fail(d, KIND_INPUT, NULL, "\"%s\" is cut off", l->path);
		hasher_add(h, buf, n);
		at += n;
	}
	hasher_take(h, &got);
	if (digest_equal(&got, want))
		return 0;
	return fail(d, KIND_INTEGRITY, "get it again from where it comes from",
		"the blob that \"%s\" calls %s is %s", l->path, digest_text(want, said),
		digest_text(&got, is));
}

int part_put(struct store *s, struct layout *l, const struct part *p, const struct digest *want,
	struct digest *got, uint64_t *size, struct diags *d)
{
	enum { CHUNK = 1 << 20 };
	AUTO_ARENA a = arena_new();
	AUTO_BLOB_IN in = NULL;
	if (l->only_check)
		return want ? part_check(l, p, want, d) : 0;
	char *buf = arena_alloc(a, CHUNK);
	if (blob_in_open(s, &in, d) < 0)
		return -1;
	for (uint64_t at = 0; at < p->size;) {
		size_t n = p->size - at < CHUNK ? (size_t)(p->size - at) : CHUNK;
		ssize_t have = fd_pread_full(p->fd, buf, n, p->offset + at);
		if (have < 0)
			return fail_sys(d, errno, "cannot read \"%s\"", l->path);
		if ((size_t)have < n)
			return fail(d, KIND_INPUT, NULL, "\"%s\" is cut off", l->path);
		if (blob_in_write(in, buf, n, d) < 0)
			return -1;
		at += n;
	}
	return blob_in_commit(&in, want, got, size, d);
}

void layout_close(struct layout *l)
{
	fd_drop(&l->dir);
	fd_drop(&l->fd);
	tmp_drop(&l->unpacked);
}
