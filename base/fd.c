#include "base/fd.h"

#include <string.h>

int fd_write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_pwrite_all(int fd, const void *bytes, size_t len, uint64_t offset)
{
	const char *p = bytes;
	while (len) {
		ssize_t n = pwrite(fd, p, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

ssize_t fd_read_full(int fd, void *bytes, size_t len)
{
	char *p = bytes;
	size_t have = 0;
	while (have < len) {
		ssize_t n = read(fd, p + have, len - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

ssize_t fd_pread_full(int fd, void *bytes, size_t len, uint64_t offset)
{
	char *p = bytes;
	size_t have = 0;
	while (have < len) {
		ssize_t n = pread(fd, p + have, len - have, (off_t)(offset + have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int fd_copy_range(int in, uint64_t offset, uint64_t len, int out)
{
	char buf[64 * 1024];
	while (len) {
		size_t want = len < sizeof(buf) ? (size_t)len : sizeof(buf);
		ssize_t n = fd_pread_full(in, buf, want, offset);
		if (n < 0)
			return -1;
		if ((size_t)n < want) {
			errno = EIO;
			return -1;
		}
		if (fd_write_all(out, buf, want) < 0)
			return -1;
		offset += want;
		len -= want;
	}
	return 0;
}

void fd_data(int fd, uint64_t from, uint64_t end, uint64_t *data, uint64_t *stop)
{
	off_t at = lseek(fd, (off_t)from, SEEK_DATA);
	if (at < 0 && errno == ENXIO) {
		*data = *stop = end;
		return;
	}
	*data = at < 0 ? from : (uint64_t)at < end ? (uint64_t)at : end;
	off_t hole = at < 0 ? -1 : lseek(fd, (off_t)*data, SEEK_HOLE);
	*stop = hole < 0 || (uint64_t)hole > end ? end : (uint64_t)hole;
}
