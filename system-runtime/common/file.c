#include "system-runtime/common/file.h"
#include "base/auto_fd.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

ssize_t read_small(int dir, const char *path, char *buf, size_t size)
{
	AUTO_FD fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	if (fd < 0)
		return -1;
	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0) {
			buf[len] = '\0';
			return (ssize_t)len;
		}
		len += (size_t)n;
	}
	errno = EFBIG;
	return -1;
}

int open_real(const char *path, int flags, char *real)
{
	char link[64];
	AUTO_FD fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, real, PATH_MAX - 1);
	if (n < 0)
		return -1;
	real[n] = '\0';
	return fd_take(&fd);
}

int file_write(int dir, const char *path, const char *text)
{
	AUTO_FD fd = openat(dir, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t len = strlen(text);

	if (fd < 0)
		return -1;
	ssize_t n = write(fd, text, len);
	if (n < 0)
		return -1;
	if ((size_t)n != len) {
		errno = EIO;
		return -1;
	}
	return 0;
}

int write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int file_make(int dir, const char *name, const char *data, size_t size)
{
	AUTO_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd < 0 ? -1 : write_all(fd, data, size);
}

int file_replace(int dir, const char *name, const char *data, size_t size)
{
	char tmp[NAME_MAX + 1];

	snprintf(tmp, sizeof(tmp), "%s.new", name);
	AUTO_FD fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -1;
	if (write_all(fd, data, size) != 0 || renameat(dir, tmp, dir, name) != 0) {
		int e = errno;
		(void)unlinkat(dir, tmp, 0); /* the first error is the one to report */
		errno = e;
		return -1;
	}
	return 0;
}

int mkdirs(int dir, const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part)) {
		errno = len == 0 ? ENOENT : ENAMETOOLONG;
		return -1;
	}
	if (mkdirat(dir, path, 0755) == 0 || errno == EEXIST)
		return 0; /* mostly only the last one is missing, or none */
	for (size_t i = 0; i <= len; i++) {
		part[i] = path[i];
		if (i == 0 || (path[i] != '/' && path[i] != '\0'))
			continue;
		part[i] = '\0';
		/* A read-only filesystem says EROFS even for what is there. */
		if (mkdirat(dir, part, 0755) != 0 && errno != EEXIST) {
			int e = errno;
			if (faccessat(dir, part, F_OK, 0) != 0) {
				errno = e;
				return -1;
			}
		}
		part[i] = path[i];
	}
	return 0;
}

uint64_t process_start_time(pid_t pid)
{
	char path[32], buf[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (pid <= 0 || read_small(AT_FDCWD, path, buf, sizeof(buf)) < 0)
		return 0;
	/* The name in parentheses may hold blanks and parentheses: fields count from the last one.
	 */
	char *p = strrchr(buf, ')');
	if (p == NULL || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X')
		return 0;
	p++; /* the blank before field 3 */
	for (int field = 3; field < 22; field++) {
		p = strchr(p + 1, ' ');
		if (p == NULL)
			return 0;
	}
	return strtoull(p + 1, NULL, 10);
}
