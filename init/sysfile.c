#include "init/sysfile.h"

#include "base/auto_fd.h"
#include "init/kopt.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { MAP_LIMIT = 16 << 20 };

ssize_t sysfile_read_at(int dir, const char *path, char *out, size_t size)
{
	AUTO_FD fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;

	out[0] = 0;
	if (fd < 0)
		return -1;
	while (len + 1 < size) {
		ssize_t n = read(fd, out + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len && out[len - 1] == '\n')
		len--;
	out[len] = 0;
	return (ssize_t)len;
}

ssize_t sysfile_read(const char *path, char *out, size_t size)
{
	return sysfile_read_at(AT_FDCWD, path, out, size);
}

struct span sysfile_cmdline(void)
{
	static char text[KOPT_MAX];
	static ssize_t len;

	if (len <= 0)
		len = sysfile_read("/proc/cmdline", text, sizeof(text));
	return (struct span){ text, len > 0 ? (size_t)len : 0 };
}

int sysfile_write(const char *path, const char *text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

bool sysfile_number_at(int dir, const char *path, uint64_t *out)
{
	char text[24];
	unsigned long long v;
	ssize_t n = sysfile_read_at(dir, path, text, sizeof(text));

	if (n <= 0 || !span_number((struct span){ text, (size_t)n }, UINT64_MAX, &v))
		return false;
	*out = v;
	return true;
}

struct span sysfile_map(const char *path)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
		st.st_size > MAP_LIMIT)
		return (struct span){ 0 };
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return (struct span){ 0 };
	return (struct span){ at, (size_t)st.st_size };
}

void sysfile_unmap(struct span map)
{
	if (map.len)
		munmap((void *)(uintptr_t)map.at, map.len);
}

int sysdir_each(
	int dir, bool (*visit)(void *ctx, int dir, const char *name, unsigned char type), void *ctx)
{
	/* getdents64(2) fills it with records that are aligned as the structure is. */
	_Alignas(struct dirent) char buffer[2048];

	for (;;) {
		long n = syscall(SYS_getdents64, dir, buffer, sizeof(buffer));

		if (n <= 0)
			return n < 0 ? -1 : 0;
		for (long at = 0; at < n;) {
			const struct dirent *e = (const void *)(buffer + at);

			at += e->d_reclen;
			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			if (!visit(ctx, dir, e->d_name, e->d_type))
				return 0;
		}
	}
}

int sysdir_each_path(const char *path,
	bool (*visit)(void *ctx, int dir, const char *name, unsigned char type), void *ctx)
{
	AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	return sysdir_each(fd, visit, ctx);
}
