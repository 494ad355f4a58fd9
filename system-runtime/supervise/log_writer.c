#include "system-runtime/supervise/log_writer.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct file {
	const char *path;
	uint64_t most, size, missed; /* bytes; missed: could not be written */
	unsigned keep;
	int fd;
};

static void open_file(struct file *f)
{
	char folder[PATH_MAX];
	struct stat st;
	const char *slash = strrchr(f->path, '/');

	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - f->path), f->path);
	if (folder[0] != '\0' && mkdirs(AT_FDCWD, folder) != 0)
		return;
	f->fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (f->fd >= 0)
		f->size = fstat(f->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* FILE becomes FILE.1, FILE.1 becomes FILE.2, and the last one goes. */
static void set_aside(struct file *f)
{
	char from[PATH_MAX], to[PATH_MAX];

	for (unsigned i = f->keep; i > 0; i--) {
		snprintf(to, sizeof(to), "%s.%u", f->path, i);
		if (i > 1)
			snprintf(from, sizeof(from), "%s.%u", f->path, i - 1);
		else
			snprintf(from, sizeof(from), "%s", f->path);
		(void)rename(from, to); /* what is not there needs no other name */
	}
	fd_drop(&f->fd);
}

/* Whole lines, but for one that goes on in the next call. */
static void put(struct file *f, const char *data, size_t n)
{
	char mark[80];

	if (f->fd < 0)
		open_file(f);
	if (f->fd < 0 && f->missed == 0)
		console("cannot write %s: %s", f->path, strerror(errno));
	if (f->fd >= 0 && f->missed > 0) {
		int len = snprintf(mark, sizeof(mark), "-- %llu bytes could not be written --\n",
			(unsigned long long)f->missed);
		if (write(f->fd, mark, (size_t)len) == len) {
			f->size += (size_t)len;
			f->missed = 0;
		}
	}
	if (f->fd < 0 || f->missed > 0 || write_all(f->fd, data, n) != 0) {
		f->missed += n;
		if (f->fd >= 0)
			(void)!ftruncate(f->fd, (off_t)f->size); /* no half lines */
		fd_drop(&f->fd); /* the next try begins anew: the disk may have been made anew */
		return;
	}
	f->size += n;
	/* Between two lines, so that each file holds whole ones. */
	if (f->size >= f->most && data[n - 1] == '\n')
		set_aside(f);
}

/* What one read gave mostly ends within a line: the whole ones are put by themselves. */
static void put_lines(struct file *f, const char *data, size_t n)
{
	const char *nl = memrchr(data, '\n', n);
	size_t whole = nl != NULL ? (size_t)(nl - data) + 1 : 0;

	if (whole > 0)
		put(f, data, whole);
	if (n > whole)
		put(f, data + whole, n - whole);
}

void log_writer(int in, int lock, const char *path, uint64_t size, unsigned files)
{
	static char buf[32768];
	struct file f = { .path = path, .most = size, .keep = files, .fd = -1 };
	ssize_t n;

	if (dup2(in, 0) < 0 || (lock >= 0 && dup2(lock, 1) < 0))
		_exit(1);
	(void)syscall(SYS_close_range, 3U, ~0U, 0U);
	console_forget();
	(void)prctl(PR_SET_NAME, "log-writer"); /* not taken for the supervisor */
	(void)!file_write(AT_FDCWD, "/proc/self/oom_score_adj", "0");
	while (flock(1, LOCK_EX) != 0 && errno == EINTR)
		;
	while ((n = read(0, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			put_lines(&f, buf, (size_t)n);
	}
	_exit(0);
}
