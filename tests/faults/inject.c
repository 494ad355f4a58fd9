/*
 * For LD_PRELOAD: something goes wrong at the N-th call that changes or opens a file below
 * $INJECT_BELOW (every call when that is not set). $INJECT says what:
 *
 * - kill:N: the process dies before the call, as by a power cut;
 * - stop:N: the process stops (SIGSTOP) before the call;
 * - ERRNO:N: the call fails with that number;
 * - ERRNO:N+: this one and all later ones fail;
 * - log: nothing, but each call is a line in the file $INJECT_LOG.
 *
 * $INJECT_ALLOC=N: the N-th allocation fails; N+: and all later ones.
 * $INJECT_ONLY: names of calls that count, between commas: ",fsync,renameat,".
 * Calls that a program makes on a descriptor count when the descriptor's file is below
 * $INJECT_BELOW.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ulong calls, allocations;
static unsigned long alloc_fails;
static bool alloc_fails_on;
static int log_fd = -1;
static const char *what, *below, *only;

__attribute__((constructor)) static void begin(void)
{
	const char *log = getenv("INJECT_LOG");
	what = getenv("INJECT");
	below = getenv("INJECT_BELOW");
	only = getenv("INJECT_ONLY");
	if (log)
		log_fd = (int)syscall(
			SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	const char *alloc = getenv("INJECT_ALLOC");
	char *rest = NULL;
	alloc_fails = alloc ? strtoul(alloc, &rest, 10) : 0;
	alloc_fails_on = rest && *rest == '+';
	/* Programs that it starts are not meant. */
	unsetenv("LD_PRELOAD");
}

static void path_of(int fd, const char *name, char out[2 * PATH_MAX])
{
	char link[64], folder[PATH_MAX] = "";
	if (name && name[0] == '/') {
		snprintf(out, 2 * PATH_MAX, "%s", name);
		return;
	}
	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/self/cwd");
	else
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, folder, sizeof(folder) - 1);
	if (n > 0)
		folder[n] = '\0';
	snprintf(out, 2 * PATH_MAX, "%s%s%s", folder, name ? "/" : "", name ? name : "");
}

/* 0, or the number that the call is to fail with. */
static int hit(const char *call, int fd, const char *name, int fd2, const char *name2)
{
	char path[2 * PATH_MAX], to[2 * PATH_MAX] = "", word[64];
	snprintf(word, sizeof(word), ",%s,", call);
	if (!what || (only && !strstr(only, word)))
		return 0;
	path_of(fd, name, path);
	if (name2)
		path_of(fd2, name2, to);
	if (below && strncmp(path, below, strlen(below)) != 0)
		return 0;
	unsigned long now = ++calls;
	if (log_fd >= 0)
		dprintf(log_fd, "%s\t%s\t%s\n", call, path, to);
	const char *colon = strchr(what, ':');
	if (!colon)
		return 0;
	char *end;
	unsigned long n = strtoul(colon + 1, &end, 10);
	if (now != n && !(*end == '+' && now > n))
		return 0;
	if (strncmp(what, "kill", 4) == 0)
		kill(getpid(), SIGKILL);
	else if (strncmp(what, "stop", 4) == 0)
		raise(SIGSTOP);
	else
		return (int)strtol(what, NULL, 10);
	return 0;
}

#define FAIL_IF(call, fd, name)                         \
	do {                                            \
		int e_ = hit(call, fd, name, -1, NULL); \
		if (e_) {                               \
			errno = e_;                     \
			return -1;                      \
		}                                       \
	} while (0)

/* Those that make or change files; reading is not what can be left half done. */
static int open_any(int dir, const char *path, int flags, mode_t mode)
{
	bool changes = (flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE;
	FAIL_IF(changes ? "create" : "open", dir, path);
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}
#define MODE(flags)                                                  \
	mode_t mode = 0;                                             \
	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
		va_list ap;                                          \
		va_start(ap, flags);                                 \
		mode = va_arg(ap, mode_t);                           \
		va_end(ap);                                          \
	}
int open(const char *path, int flags, ...)
{
	MODE(flags)
	return open_any(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...)
{
	MODE(flags)
	return open_any(AT_FDCWD, path, flags, mode);
}
int openat(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_any(dir, path, flags, mode);
}
int openat64(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_any(dir, path, flags, mode);
}
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open_any(AT_FDCWD, path, flags, 0);
}
int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
	return open_any(dir, path, flags, 0);
}
ssize_t write(int fd, const void *bytes, size_t len)
{
	FAIL_IF("write", fd, NULL);
	return syscall(SYS_write, fd, bytes, len);
}
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	FAIL_IF("write", fd, NULL);
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	FAIL_IF("write", fd, NULL);
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}
ssize_t copy_file_range(int in, off_t *in_at, int fd, off_t *at, size_t len, unsigned flags)
{
	FAIL_IF("write", fd, NULL);
	return syscall(SYS_copy_file_range, in, in_at, fd, at, len, flags);
}
int ftruncate(int fd, off_t size)
{
	FAIL_IF("truncate", fd, NULL);
	return (int)syscall(SYS_ftruncate, fd, size);
}
int fsync(int fd)
{
	FAIL_IF("fsync", fd, NULL);
	return (int)syscall(SYS_fsync, fd);
}
int mkdir(const char *path, mode_t mode)
{
	FAIL_IF("mkdir", AT_FDCWD, path);
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
int mkdirat(int dir, const char *path, mode_t mode)
{
	FAIL_IF("mkdir", dir, path);
	return (int)syscall(SYS_mkdirat, dir, path, mode);
}
int unlink(const char *path)
{
	FAIL_IF("unlink", AT_FDCWD, path);
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
int unlinkat(int dir, const char *path, int flags)
{
	FAIL_IF("unlink", dir, path);
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}
int renameat(int dir, const char *from, int dir2, const char *to)
{
	int e = hit("rename", dir, from, dir2, to);
	if (e) {
		errno = e;
		return -1;
	}
	return (int)syscall(SYS_renameat2, dir, from, dir2, to, 0);
}
int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}
/* An unnamed file gets its name: from is its place in /proc. */
int linkat(int dir, const char *from, int dir2, const char *to, int flags)
{
	int fd = -1;
	int e = sscanf(from, "/proc/self/fd/%d", &fd) == 1 ? hit("rename", fd, NULL, dir2, to)
							   : hit("rename", dir, from, dir2, to);
	if (e) {
		errno = e;
		return -1;
	}
	return (int)syscall(SYS_linkat, dir, from, dir2, to, flags);
}
int flock(int fd, int how)
{
	FAIL_IF("flock", fd, NULL);
	return (int)syscall(SYS_flock, fd, how);
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool no_memory(void)
{
	unsigned long now = ++allocations;
	if (!alloc_fails || now < alloc_fails || (now > alloc_fails && !alloc_fails_on))
		return false;
	errno = ENOMEM;
	return true;
}
void *malloc(size_t size)
{
	return no_memory() ? NULL : __libc_malloc(size);
}
void *calloc(size_t count, size_t size)
{
	return no_memory() ? NULL : __libc_calloc(count, size);
}
void *realloc(void *old, size_t size)
{
	return no_memory() ? NULL : __libc_realloc(old, size);
}
