/*
 * The two sockets of svc: DIR/svc.sock takes the whole protocol, DIR/ro/svc.sock what changes
 * nothing. Containers bind the folders, which outlive us, and not the sockets, which are new files
 * at each start.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/client.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* The number of a group of the machine's /etc/group (group(5)); 0, root's, when it has none. */
static gid_t group_id(const char *name)
{
	static char text[8192];
	size_t n = strlen(name);

	if (read_small(AT_FDCWD, "/etc/group", text, sizeof(text)) < 0)
		return 0;
	for (char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			const char *id = strchr(line + n + 1, ':');
			return id != NULL ? (gid_t)strtoul(id + 1, NULL, 10) : 0;
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return 0;
}

static int bind_at(const struct sockaddr_un *a, const char *group, struct rt_error *e)
{
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	mode_t old = umask(0117);
	/* A former supervisor's goes. */
	int r = fd < 0 || (unlink(a->sun_path) != 0 && errno != ENOENT)
			? -1
			: bind(fd, (const struct sockaddr *)a, sizeof(*a));
	umask(old);
	if (r != 0 || lchown(a->sun_path, 0, group_id(group)) != 0 || listen(fd, 64) != 0)
		return rt_fail(e, errno, "cannot listen on %s", a->sun_path);
	return fd_take(&fd);
}

static int open_one(
	struct supervisor *s, int which, const char *folder, const char *name, struct rt_error *e)
{
	static const char *const groups[2] = { "svc", "svc-ro" };
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (s->listeners[which].fd >= 0)
		return 0;
	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", folder, name) >=
		(int)sizeof(a.sun_path))
		return rt_fail(e, ENAMETOOLONG, "--socket %s", s->socket_path);
	if (mkdirs(AT_FDCWD, folder) != 0)
		return rt_fail(e, errno, "cannot make %s", folder);
	int fd = bind_at(&a, groups[which], e);
	if (fd < 0)
		return -1;
	s->listeners[which] = (struct watch){ .fd = fd, .ready = client_accept };
	return watch_add(s, &s->listeners[which], EPOLLIN, e);
}

/* Without its socket a machine still boots; init_line.c tries again. */
void socket_open(struct supervisor *s)
{
	char folder[PATH_MAX], ro[PATH_MAX + 8];
	struct rt_error e = { 0 };
	const char *slash = strrchr(s->socket_path, '/');
	int n = slash == NULL ? 1 : slash == s->socket_path ? 1 : (int)(slash - s->socket_path);

	snprintf(folder, sizeof(folder), "%.*s", n, slash == NULL ? "." : s->socket_path);
	snprintf(ro, sizeof(ro), "%s/ro", folder);
	const char *name = slash != NULL ? slash + 1 : s->socket_path;
	if (open_one(s, 0, folder, name, &e) != 0 || open_one(s, 1, ro, name, &e) != 0)
		console("%s: %s", e.what, strerror(e.sys));
}
