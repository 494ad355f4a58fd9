/* What passes between the runtime and its callers: sockets and the pid file. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/job.h"
#include "system-runtime/state/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A socket in the state folder; the path goes through the folder's descriptor, since the real one
 * may be longer than an address takes. */
int start_socket(int dir, bool listening, struct rt_error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", dir, STATE_START);
	if (fd < 0)
		return rt_fail(e, errno, "cannot make a socket");
	if (listening ? bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 1) != 0
		      : connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		return rt_fail(
			e, errno, "cannot %s the start socket", listening ? "make" : "reach");
	return fd_take(&fd);
}

int words_share(struct job *j, int dir, struct rt_error *e)
{
	const size_t size = sizeof(*j->words);
	void *p;

	j->waiting = -1;
	if (dir >= 0) {
		j->waiting = openat(dir, STATE_WAITING, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (j->waiting < 0 || flock(j->waiting, LOCK_EX | LOCK_NB) != 0 ||
			(j->filter.n > 0 && ftruncate(j->waiting, (off_t)size) != 0))
			return rt_fail(e, errno, "cannot make the file that start waits for");
	}
	if (j->filter.n == 0)
		return 0;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | (dir < 0 ? MAP_ANONYMOUS : 0),
		j->waiting, 0);
	if (p == MAP_FAILED)
		return rt_fail(e, errno, "no memory for an error of the new process");
	j->words = p;
	return 0;
}

int words_heard(const struct rt_error *words, struct rt_error *e)
{
	if (words == NULL || words->what[0] == '\0')
		return 0;
	*e = *words;
	e->what[sizeof(e->what) - 1] = '\0';
	return -1;
}

void words_close(struct rt_error *words)
{
	if (words != NULL)
		(void)munmap(words, sizeof(*words)); /* fails only for what is not mapped */
}

static int connect_console(const char *path, struct rt_error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", path) >= (int)sizeof(a.sun_path))
		return rt_fail(e, ENAMETOOLONG, "--console-socket %s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		return rt_fail(e, errno, "--console-socket %s: cannot connect", path);
	return fd_take(&fd);
}

int console_open(const struct process_spec *p, const char *path, int fd, int *near, int *out,
	struct rt_error *e)
{
	int pair[2];

	*out = -1;
	if (!p->terminal) {
		if (path != NULL)
			return rt_fail(
				e, 0, "--console-socket is given, but process.terminal is false");
		return 0;
	}
	if (near != NULL) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
			return rt_fail(e, errno, "cannot make a console socket");
		*near = pair[0];
		*out = pair[1];
	} else if (fd >= 0)
		*out = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	else if (path != NULL)
		*out = connect_console(path, e);
	else
		return rt_fail(e, 0, "process.terminal: needs --console-socket");
	return *out < 0 ? -1 : 0;
}

int pid_file_write(const char *path, pid_t pid, struct rt_error *e)
{
	char text[16], tmp[PATH_MAX];

	if (path == NULL)
		return 0;
	int len = snprintf(text, sizeof(text), "%d", (int)pid);
	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return rt_fail(e, ENAMETOOLONG, "--pid-file");
	AUTO_FD fd = openat(AT_FDCWD, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write_all(fd, text, (size_t)len) != 0 || rename(tmp, path) != 0)
		return rt_fail(e, errno, "--pid-file %s", path);
	return 0;
}
