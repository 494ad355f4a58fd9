/* The pty of process.terminal; its master goes to the caller's console socket. */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

static int send_master(int socket, int master, struct rt_error *e)
{
	char name[] = "/dev/pts/ptmx";
	struct iovec iov = { .iov_base = name, .iov_len = sizeof(name) - 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = u.buf,
		.msg_controllen = sizeof(u.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &master, sizeof(int));
	if (sendmsg(socket, &msg, MSG_NOSIGNAL) < 0)
		return rt_fail(e, errno, "cannot send the terminal over the console socket");
	return 0;
}

int pty_open(struct job *j, int ptmx_dir, int *slave, struct rt_error *e)
{
	const struct console_size *size = j->process->consoleSize;
	int unlock = 0;
	AUTO_FD master = ptmx_dir >= 0
				 ? openat(ptmx_dir, "ptmx",
					   O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW)
				 : openat(AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) != 0)
		return rt_fail(e, errno, "process.terminal: cannot make a terminal");
	/* By descriptor, not by its name in a /dev/pts that others may write (CVE-2025-52565). */
	AUTO_FD peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (peer < 0)
		return rt_fail(e, errno, "process.terminal: cannot open the terminal");
	if (size != NULL) {
		struct winsize w = { .ws_row = (unsigned short)size->height,
			.ws_col = (unsigned short)size->width };
		if (ioctl(master, TIOCSWINSZ, &w) != 0)
			return rt_fail(e, errno, "process.consoleSize: cannot set it");
	}
	if (fchown(peer, j->process->user->uid, (gid_t)-1) != 0)
		return rt_fail(e, errno, "process.terminal: cannot give the terminal to the user");
	if (ioctl(peer, TIOCSCTTY, 0) != 0)
		return rt_fail(e, errno, "process.terminal: cannot make it the session's");
	if (send_master(j->console, master, e) != 0)
		return -1;
	*slave = fd_take(&peer);
	return 0;
}

static int bind_console(int root, int slave, struct rt_error *e)
{
	AUTO_FD copy = sys_open_tree(slave, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);

	if (copy < 0)
		return rt_fail(e, errno, "/dev/console: cannot take the terminal");
	AUTO_FD target = target_open(
		root, "/dev/console", false, RESOLVE_NO_SYMLINKS, "/dev/console", e);
	if (target < 0)
		return -1;
	if (mount_attach(copy, target) != 0)
		return rt_fail(e, errno, "/dev/console: cannot mount the terminal");
	return 0;
}

/* Now and not before execve: who created us reads our stdout to its end before it starts us. */
static int take_stdio(struct job *j, int slave, struct rt_error *e)
{
	for (int i = 0; i < 3; i++) {
		if (dup2(slave, i) < 0)
			return rt_fail(e, errno, "process.terminal: cannot set stdio");
		j->stdio[i] = i;
	}
	return 0;
}

int terminal_open(struct job *j, int root, struct rt_error *e)
{
	const struct spec *s = j->spec;
	int devpts = -1;
	AUTO_FD slave = -1;
	bool foreign = false;

	if (!j->process->terminal)
		return 0;
	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct mount_spec *m = &s->mounts.v[i];
		if (m->from == MOUNT_FS && strcmp(m->type, "devpts") == 0)
			devpts = j->mount_fds[i];
		foreign |= m->from == MOUNT_BIND && path_is(m->destination, "/dev");
	}
	if (devpts < 0)
		return rt_fail(e, 0, "process.terminal: needs a mount of type devpts");
	if (pty_open(j, devpts, &slave, e) != 0)
		return -1;
	if (take_stdio(j, slave, e) != 0)
		return -1;
	return foreign ? 0 : bind_console(root, slave, e);
}
