#include "mkimage/cli/cli.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/*
 * A closed 0, 1 or 2 would become a file that we open, and what we print would go into it. Each is
 * held by a /dev/null opened the wrong way round, so that using it still fails.
 */
static void hold_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd) /* not O_CLOEXEC */
			_exit(KIND_SYSTEM);
	}
}

static bool reader_is_gone(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

/*
 * A finished command whose output nobody got has failed. One whose reader had enough (| head) ends
 * without a word, as a filter does: true.
 */
static bool check_stdout(struct cli *c)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return false;
	if (reader_is_gone())
		return true;
	(void)fail(&c->d, KIND_SYSTEM, NULL, "cannot write to the standard output");
	return false;
}

static void end_by_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int main(int argc, char **argv)
{
	AUTO_ARENA mem = arena_new();
	struct cli c = { .mem = mem };
	bool help = false;
	hold_standard_fds();
	diags_init(&c.d, mem);
	signal(SIGPIPE, SIG_IGN);
	int rc = cli_parse(&c, argc > 0 ? argc - 1 : 0, argv + (argc > 0), &help);
	if (rc == 0 && help)
		cli_help(&c, stdout);
	else if (rc == 0)
		rc = c.command->run(&c);
	bool unread = check_stdout(&c);
	diags_print(&c.d, stderr);
	int code = diags_exit_code(&c.d);
	if (unread && code == 0)
		end_by_sigpipe();
	if (rc < 0 && code == 0)
		code = KIND_BUG;
	return code ? code : c.status;
}
