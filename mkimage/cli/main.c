#include "mkimage/cli/cli.h"

#include <signal.h>

/* A finished command whose output nobody got has failed. */
static void check_stdout(struct cli *c)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		(void)fail(&c->d, KIND_SYSTEM, NULL, "cannot write to the standard output");
}

int main(int argc, char **argv)
{
	AUTO_ARENA mem = arena_new();
	struct cli c = { .mem = mem };
	bool help = false;
	diags_init(&c.d, mem);
	signal(SIGPIPE, SIG_IGN);
	int rc = cli_parse(&c, argc > 0 ? argc - 1 : 0, argv + (argc > 0), &help);
	if (rc == 0 && help)
		cli_help(&c, stdout);
	else if (rc == 0)
		rc = c.command->run(&c);
	check_stdout(&c);
	diags_print(&c.d, stderr);
	int code = diags_exit_code(&c.d);
	if (rc < 0 && code == 0)
		code = KIND_BUG;
	return code ? code : c.status;
}
