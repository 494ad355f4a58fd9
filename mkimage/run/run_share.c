/* virtiofsd beside QEMU, one for each folder. */
#include "mkimage/run/run_impl.h"

#include "base/fd.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Not in PATH: of its own package, or of QEMU 7, which only root can run. */
static const char *program(void)
{
	static const char own[] = "/usr/libexec/virtiofsd", qemu[] = "/usr/lib/qemu/virtiofsd";
	bool old = access(own, X_OK) < 0 && access(qemu, X_OK) == 0 && geteuid() == 0;
	return old ? qemu : own;
}

int run_listen(const char *path, int *out, struct diags *d)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof(address.sun_path))
		return fail(d, KIND_INPUT, "set SLIPWAY_STORE to a folder with a shorter path",
			"the path \"%s\" is too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 1) < 0)
		return fail_sys(d, errno, "cannot listen on \"%s\"", path);
	*out = fd_take(&fd);
	return 0;
}

static int start(struct arena *a, const struct run_share *one, struct diags *d)
{
	AUTO_FD fd = -EBADF;
	int pid;
	if (strchr(one->path, ','))
		return fail(d, KIND_INPUT, "share it under another name, or the folder above it",
			"virtiofsd takes no folder with a comma in its path");
	if (run_listen(one->socket, &fd, d) < 0)
		return -1;
	int pass[] = { fd };
	struct spawn s = { .install = "virtiofsd", .runs_on = true };
	s.pass = pass;
	s.pass_len = ARRAY_LEN(pass);
	/* The words that both virtiofsd know, that in C and that in Rust. */
	spawn_args(a, &s, program(), arena_fmt(a, "--fd=%d", fd), "-o",
		arena_fmt(a, "source=%s", one->path), NULL);
	return spawn_status(a, &s, &pid, d);
}

int run_shares_start(struct arena *a, struct machine *m, const char *folder, struct diags *d)
{
	for (size_t i = 0; i < m->shares.len; i++) {
		struct run_share *one = &m->shares.items[i];
		char real[PATH_MAX];
		if (!realpath(one->path, real))
			return fail_sys(d, errno, "cannot share \"%s\"", one->path);
		one->path = arena_str(a, real); /* it leaves our folder */
		one->socket = arena_fmt(a, "%s/share%zu", folder, i);
		if (start(a, one, d) < 0)
			return fail_ctx(d, "sharing \"%s\"", one->path);
	}
	return 0;
}
