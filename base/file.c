#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int read_opened(struct arena *a, int fd, const char *path, size_t max, char **text,
	size_t *len, struct diags *d)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot look at \"%s\"", path);
	if (S_ISDIR(st.st_mode))
		return fail(d, KIND_INPUT, NULL, "\"%s\" is a folder, not a file", path);

	/* The size is only a first guess: pipes have none, and files grow. */
	size_t cap = st.st_size > 0 && (uint64_t)st.st_size <= max ? (size_t)st.st_size + 1 : 4096;
	char *buf = arena_alloc(a, cap + 1);
	size_t have = 0;
	for (;;) {
		ssize_t n = fd_read_full(fd, buf + have, cap - have);
		if (n < 0)
			return fail_sys(d, errno, "cannot read \"%s\"", path);
		have += (size_t)n;
		if (have < cap)
			break;
		if (have > max)
			return fail(d, KIND_INPUT, NULL,
				"\"%s\" is larger than the %zu bytes that are allowed here", path,
				max);
		buf = arena_grow(a, buf, have, cap * 2 + 1);
		cap *= 2;
	}
	if (have > max)
		return fail(d, KIND_INPUT, NULL,
			"\"%s\" is larger than the %zu bytes that are allowed here", path, max);
	buf[have] = '\0';
	*text = buf;
	*len = have;
	return 0;
}

int file_read_at(struct arena *a, int dir, const char *path, size_t max, char **text, size_t *len,
	struct diags *d)
{
	AUTO_FD fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	return read_opened(a, fd, path, max, text, len, d);
}

int file_read(
	struct arena *a, const char *path, size_t max, char **text, size_t *len, struct diags *d)
{
	return file_read_at(a, AT_FDCWD, path, max, text, len, d);
}
