/*
 * sd_notify(3): a datagram socket for each service that asks for it, in a folder that is bound into
 * its container. PID 1 keeps it as well, so that what is sent while no supervisor runs waits in it;
 * one that finds no such socket puts its own into the folder.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/inherited.h"
#include "system-runtime/supervise/notify.h"
#include "system-runtime/supervise/notify_words.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int read_cgroup(pid_t pid, char *out, size_t size)
{
	char path[40], *line, buf[1024];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	if (read_small(AT_FDCWD, path, buf, sizeof(buf)) < 0 || (line = strstr(buf, "0::")) == NULL)
		return -1;
	snprintf(out, size, "%.*s", (int)strcspn(line, "\n"), line);
	return 0;
}

/* From the unit's own processes. One that has ended was one of them: nobody else, but the machine's
 * root, gets to the socket, since the folder of the supervisor is closed to all others. */
static bool is_ours(const struct unit *u, pid_t pid)
{
	char its[512], ours[512];

	if (pid == u->pid || read_cgroup(pid, its, sizeof(its)) != 0)
		return true;
	if (read_cgroup(u->pid, ours, sizeof(ours)) != 0)
		return false;
	size_t n = strlen(ours); /* or a cgroup below it */
	return strncmp(its, ours, n) == 0 && (its[n] == '\0' || its[n] == '/');
}

static void heard(struct supervisor *s, struct unit *u, enum notify_word word, const char *value)
{
	switch (word) {
	case NOTIFY_READY:
		unit_event(s, u, EVENT_READY);
		break;
	case NOTIFY_STATUS:
		snprintf(u->status, sizeof(u->status), "%s", value);
		clients_event(s, u);
		break;
	case NOTIFY_STOPPING:
		unit_probe_stop(s, u);
		break;
	case NOTIFY_UNHEALTHY:
		if (u->state == UNIT_RUNNING)
			unit_unhealthy(s, u, "it says so itself");
		break;
	case NOTIFY_OTHER:
	case NOTIFY_END:
		break;
	}
}

static void on_message(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct unit *u = w->owner;
	char text[4096], *rest = text;
	const char *value;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr m = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	/* Descriptors that somebody sends do not fit beside the credentials: the kernel drops them.
	 */
	ssize_t n = recvmsg(w->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct ucred from = { 0 };

	(void)events;
	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m); c != NULL;
		c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
			memcpy(&from, CMSG_DATA(c), sizeof(from));
	}
	if (n < 0 || from.pid <= 0 || u->pid == 0 || !is_ours(u, from.pid))
		return;
	text[n] = '\0';
	for (enum notify_word word; (word = notify_next(&rest, &value)) != NOTIFY_END;)
		heard(s, u, word, value);
}

void notify_folder(const struct supervisor *s, const struct unit *u, char *out, size_t size)
{
	snprintf(out, size, "%s/%s.notify", s->run, u->id);
}

static int watch(struct supervisor *s, struct unit *u, int fd, struct rt_error *e)
{
	struct stat st;

	u->notify = (struct watch){ .fd = fd, .ready = on_message, .owner = u };
	u->notify_inode = fstat(fd, &st) == 0 ? (uint64_t)st.st_ino : 0;
	u->notify_kept = false;
	return watch_add(s, &u->notify, EPOLLIN, e);
}

int notify_open(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char path[PATH_MAX];
	const int on = 1;

	if (!u->set.ready_notify || u->notify.fd >= 0)
		return 0;
	notify_folder(s, u, path, sizeof(path));
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return rt_fail(e, errno, "cannot make %.200s", path);
	AUTO_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The path of an address is short; that of the folder may not be. */
	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/socket", dir);
	if (dir >= 0)
		(void)unlinkat(dir, "socket", 0); /* a former supervisor's */
	mode_t old = umask(0111);
	int r = dir < 0 || fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof(a));
	umask(old);
	if (r != 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0)
		return rt_fail(e, errno, "cannot make the socket in %.200s", path);
	if (watch(s, u, fd_take(&fd), e) != 0)
		return -1;
	init_line_give(s, u);
	return 0;
}

void notify_inherit(struct supervisor *s, struct unit *u)
{
	struct rt_error e;
	int fd = u->set.ready_notify ? inherited_take(s, u->notify_inode) : -1;

	if (fd >= 0 && watch(s, u, fd, &e) == 0)
		u->notify_kept = true; /* by whom it came from */
}

void notify_forget(const struct unit *u)
{
	char byte;

	while (u->notify.fd >= 0 && recv(u->notify.fd, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}
