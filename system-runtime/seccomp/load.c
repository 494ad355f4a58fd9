/* The compiled profile into the kernel, and its listener to whoever answers. */
#include "base/auto_fd.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/seccomp/filter.h"

#include <linux/seccomp.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

/* For a listener that does not answer. */
enum { WAIT_S = 10 };

int filter_load(const struct filter *f, int *listener, struct rt_error *e)
{
	/* The kernel changes nothing in it; the struct of its header just does not say so. */
	union {
		const struct sock_filter *in;
		struct sock_filter *out;
	} insns = { f->insns };
	struct sock_fprog prog = { .len = f->n, .filter = insns.out };
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog);

	if (r < 0)
		return rt_fail(e, errno, "linux.seccomp: the kernel does not take the filter%s",
			errno == EBUSY ? " (there is a listener already)" : "");
	if (listener != NULL)
		*listener = (int)r;
	return 0;
}

int filter_connect(const struct filter *f, int *out, struct rt_error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = WAIT_S };

	*out = -1;
	if (f->listener_path == NULL)
		return 0;
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", f->listener_path) >=
		(int)sizeof(a.sun_path))
		return rt_fail(e, ENAMETOOLONG, "linux.seccomp.listenerPath");
	/* A listener whose queue is full would hold the lock that create holds. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
		connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		return rt_fail(e, errno, "linux.seccomp.listenerPath: cannot connect to %s",
			f->listener_path);
	*out = fd_take(&fd);
	return 0;
}

/* Shared with the messenger. */
static struct {
	atomic_int listener; /* -1: not yet */
	atomic_int sent;     /* 0: not yet, 1: yes, else -errno */
	int socket;
	const char *message;
	size_t len;
} handing;

static bool overdue(const struct timespec *start)
{
	struct timespec now;

	/* The vDSO answers: no system call, which the filter might catch. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec > WAIT_S;
}

static void messenger(void *unused)
{
	struct timespec nap = { .tv_nsec = 20000 };
	int fd;

	(void)unused;
	/* execve(2) ends this thread; whoever started the process ends one that waits in vain. */
	while ((fd = atomic_load(&handing.listener)) < 0)
		nanosleep(&nap, NULL);
	ssize_t n = fds_send(handing.socket, handing.message, handing.len, &fd, 1);
	atomic_store(&handing.sent, n == (ssize_t)handing.len ? 1 : n < 0 ? -errno : -EMSGSIZE);
	for (;;)
		syscall(SYS_exit, 0);
}

/*
 * Once the filter is on, any system call of this thread may wait for the listener's answer, so
 * sending the listener is the work of a second one, which was made before and so is free of the
 * filter. Until it has sent we wait without a system call. A second process would do as well, but
 * for its end: that might interrupt, by SIGCHLD, the program that is executed next.
 */
int filter_load_notify(
	const struct filter *f, int socket, const char *message, size_t len, struct rt_error *e)
{
	static _Alignas(16) char stack[64 * 1024];
	struct timespec start;
	int listener;

	atomic_store(&handing.listener, -1);
	atomic_store(&handing.sent, 0);
	handing.socket = socket;
	handing.message = message;
	handing.len = len;
	if (sys_thread(stack, sizeof(stack), messenger, NULL) != 0)
		return rt_fail(e, errno, "linux.seccomp: cannot make a thread");
	if (filter_load(f, &listener, e) != 0)
		return -1; /* the end of this process is that of the other thread */
	clock_gettime(CLOCK_MONOTONIC, &start);
	atomic_store(&handing.listener, listener);
	while (atomic_load(&handing.sent) == 0 && !overdue(&start))
		continue;
	if (atomic_load(&handing.sent) != 1)
		return rt_fail(e, -atomic_load(&handing.sent),
			"linux.seccomp.listenerPath: cannot send the listener");
	return 0;
}
