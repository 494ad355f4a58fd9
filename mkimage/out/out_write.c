#include "mkimage/out/out_impl.h"

#include "base/fd.h"

#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>

/* SHARE_UNIT: what file systems share is whole blocks of theirs; few have larger ones. */
enum { ZERO_CHUNK = 4096, SHARE_UNIT = 4096 };

int out_write_failed(struct out *to, int sys, struct diags *d)
{
	const char *hint = NULL;
	const char *folder = out_folder_path(d->mem, to->path);
	struct statvfs fs;
	if (sys == ENOSPC && fstatvfs(to->fd, &fs) == 0)
		hint = arena_fmt(d->mem,
			"make room in \"%s\" (%llu MiB are free), or write to another file system",
			folder, (unsigned long long)fs.f_bavail * fs.f_frsize >> 20);
	else if (sys == ENOSPC || sys == EDQUOT)
		hint = arena_fmt(
			d->mem, "make room in \"%s\", or write to another file system", folder);
	else if (sys == EFBIG)
		hint = "raise the limit on file sizes (ulimit -f), or write to another file system";
	return fail(d, KIND_SYSTEM, hint, "cannot write \"%s\" after %llu bytes: %s", to->path,
		(unsigned long long)to->size, strerror(sys));
}

int out_pwrite(struct out *to, const void *bytes, size_t len, uint64_t offset, struct diags *d)
{
	if (offset == to->size)
		return out_write(to, bytes, len, d);
	if (out_flush(to, d) < 0)
		return -1;
	if (fd_pwrite_all(to->fd, bytes, len, offset) < 0)
		return out_write_failed(to, errno, d);
	if (offset + len > to->size)
		to->size = to->written = offset + len;
	return 0;
}

static int write_now(struct out *to, const void *bytes, size_t len, struct diags *d)
{
	if (fd_pwrite_all(to->fd, bytes, len, to->size) < 0)
		return out_write_failed(to, errno, d);
	to->size += len;
	to->written = to->size;
	return 0;
}

int out_write(struct out *to, const void *bytes, size_t len, struct diags *d)
{
	const char *from = bytes;
	if (!to->streams)
		return write_now(to, bytes, len, d);
	while (len) {
		char *at;
		size_t room = out_room(to, &at), n = len < room ? len : room;
		memcpy(at, from, n);
		if (out_filled(to, n, d) < 0)
			return -1;
		from += n;
		len -= n;
	}
	return 0;
}

/* What the file is then long is zeros behind what was written. */
static int resize(struct out *to, uint64_t size, struct diags *d)
{
	if (out_flush(to, d) < 0)
		return -1;
	if (ftruncate(to->fd, (off_t)size) < 0)
		return out_write_failed(to, errno, d);
	to->size = to->written = size;
	return 0;
}

int out_skip(struct out *to, uint64_t len, struct diags *d)
{
	static const char zeros[ZERO_CHUNK];
	if (len <= sizeof(zeros))
		return out_write(to, zeros, (size_t)len, d);
	return resize(to, to->size + len, d);
}

int out_truncate(struct out *to, uint64_t size, struct diags *d)
{
	return resize(to, size, d);
}

int out_align(struct out *to, uint64_t unit, struct diags *d)
{
	uint64_t over = to->size % unit;
	return over ? out_skip(to, unit - over, d) : 0;
}

/*
 * Large pieces, so that the kernel takes large folios; copy_file_range(2), where it shares no
 * extents, goes through a pipe of single pages and takes a third more processor time.
 */
static int copy_by_hand(struct out *to, int fd, uint64_t offset, uint64_t len, struct diags *d)
{
	while (len) {
		char *at;
		size_t room = out_room(to, &at), want = len < room ? (size_t)len : room;
		ssize_t n = fd_pread_full(fd, at, want, offset);
		if (n < 0)
			return fail_sys(d, errno, "cannot read what goes into \"%s\"", to->path);
		if ((size_t)n < want)
			return fail(d, KIND_SYSTEM, "leave the inputs alone while they are read",
				"an input of \"%s\" ends before its size: it has changed",
				to->path);
		if (out_filled(to, want, d) < 0)
			return -1;
		offset += want;
		len -= want;
	}
	return to->streams ? 0 : out_flush(to, d);
}

/* What file systems that share extents can share of it; *done: how much that is. */
static int share(
	struct out *to, int fd, uint64_t offset, uint64_t len, uint64_t *done, struct diags *d)
{
	struct file_clone_range r = { .src_fd = fd,
		.src_offset = offset,
		.src_length = len - len % SHARE_UNIT,
		.dest_offset = to->size };
	*done = 0;
	if (to->no_sharing || !r.src_length || offset % SHARE_UNIT || to->size % SHARE_UNIT)
		return 0;
	if (out_flush(to, d) < 0)
		return -1;
	if (ioctl(to->fd, FICLONERANGE, &r) < 0) {
		if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
			return out_write_failed(to, errno, d);
		to->no_sharing = true;
		return 0;
	}
	*done = r.src_length;
	to->size += r.src_length;
	to->written = to->size;
	return 0;
}

int out_copy(struct out *to, int fd, uint64_t offset, uint64_t len, struct diags *d)
{
	uint64_t shared;
	if (share(to, fd, offset, len, &shared, d) < 0)
		return -1;
	return copy_by_hand(to, fd, offset + shared, len - shared, d);
}

int out_copy_sparse(struct out *to, int fd, uint64_t offset, uint64_t len, struct diags *d)
{
	uint64_t end = offset + len;
	while (offset < end) {
		uint64_t data, stop;
		fd_data(fd, offset, end, &data, &stop);
		if (out_skip(to, data - offset, d) < 0 ||
			out_copy(to, fd, data, stop - data, d) < 0)
			return -1;
		offset = stop;
	}
	return 0;
}

uint64_t out_size(const struct out *to)
{
	return to->size;
}

int out_fd(const struct out *to)
{
	return to->fd;
}

const char *out_path(const struct out *to)
{
	return to->path;
}
