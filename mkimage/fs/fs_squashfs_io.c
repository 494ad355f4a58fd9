#include "mkimage/fs/fs_squashfs_impl.h"

#include "base/fd.h"

#include <string.h>

/* The first member of struct squash_file is what the library holds. */
static struct squash_file *own(sqfs_file_t *f)
{
	return (struct squash_file *)(void *)f;
}

static int read_at(sqfs_file_t *base, sqfs_u64 offset, void *buffer, size_t size)
{
	struct squash_file *f = own(base);
	if (f->failed || out_flush(f->to, f->d) < 0) {
		f->failed = true;
		return SQFS_ERROR_IO;
	}
	ssize_t n = fd_pread_full(out_fd(f->to), buffer, size, f->start + offset);
	if (n == (ssize_t)size)
		return 0;
	(void)fail_sys(f->d, n < 0 ? errno : EIO, "cannot read back \"%s\"", out_path(f->to));
	f->failed = true;
	return SQFS_ERROR_IO;
}

static int write_at(sqfs_file_t *base, sqfs_u64 offset, const void *buffer, size_t size)
{
	struct squash_file *f = own(base);
	if (!f->failed && out_pwrite(f->to, buffer, size, f->start + offset, f->d) == 0)
		return 0;
	f->failed = true;
	return SQFS_ERROR_IO;
}

static sqfs_u64 get_size(const sqfs_file_t *base)
{
	const struct squash_file *f = (const struct squash_file *)(const void *)base;
	return out_size(f->to) - f->start;
}

/* The block writer takes back blocks that it finds to be there already. */
static int truncate_to(sqfs_file_t *base, sqfs_u64 size)
{
	struct squash_file *f = own(base);
	if (!f->failed && out_truncate(f->to, f->start + size, f->d) == 0)
		return 0;
	f->failed = true;
	return SQFS_ERROR_IO;
}

static void destroy(sqfs_object_t *self)
{
	(void)self; /* part of struct squash */
}

void squash_file_init(struct squash_file *f, struct out *to, struct diags *d)
{
	*f = (struct squash_file){ .to = to, .start = out_size(to), .d = d };
	f->base.base.destroy = destroy;
	f->base.read_at = read_at;
	f->base.write_at = write_at;
	f->base.get_size = get_size;
	f->base.truncate = truncate_to;
}

int squash_check(struct squash *s, int rc, const char *what)
{
	if (rc == 0)
		return 0;
	if (s->file.failed)
		return -1;
	if (rc == SQFS_ERROR_ALLOC)
		return fail(s->d, KIND_SYSTEM, "close other programs, or use fewer threads",
			"memory runs out while %s", what);
	if (rc == SQFS_ERROR_OVERFLOW)
		return fail(s->d, KIND_INPUT, NULL,
			"the file system exceeds a limit of squashfs while %s", what);
	return fail(s->d, KIND_BUG, NULL, "libsquashfs gives up with code %d while %s", rc, what);
}
