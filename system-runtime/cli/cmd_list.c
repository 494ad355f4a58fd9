#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/state/state.h"

#include <fcntl.h>
#include <dirent.h>

struct list_cli {
	const char *format;
	bool quiet;
};
const struct option_spec list_options_table[] = {
	{ "format", 'f', OPTION_TEXT, offsetof(struct list_cli, format), "table or json" },
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct list_cli, quiet), "ids alone" },
};
const size_t n_list_options = ARRAY_LEN(list_options_table);

static int is_id(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void print_one(const struct state *s, enum status st, bool json, bool *first)
{
	static char buf[300 * 1024];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	if (json) {
		state_json(&o, s, st, true);
		printf("%s%s", *first ? "" : ",", buf);
	} else {
		printf("%-20s %-8lld %-8s %-40s %s\n", s->id,
			st == STATUS_STOPPED ? 0LL : (long long)s->pid.v, status_name(st),
			s->bundle, s->created ? s->created : "");
	}
	*first = false;
}

int cmd_list(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct list_cli *cli = opts;
	struct dirent **names = NULL;
	bool json = cli->format != NULL && strcmp(cli->format, "json") == 0, first = true;

	(void)argc;
	(void)argv;
	if (cli->format != NULL && !json && strcmp(cli->format, "table") != 0)
		return rt_fail(e, 0, "--format: \"%s\" is neither table nor json", cli->format);
	int n = scandir(g->root, &names, is_id, alphasort);
	if (n < 0 && errno != ENOENT)
		return rt_fail(e, errno, "cannot read %s", g->root);
	if (json)
		printf("[");
	else if (!cli->quiet)
		printf("%-20s %-8s %-8s %-40s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED");
	AUTO_FD top = state_root_open(g->root, false);
	for (int i = 0; i < n; i++) {
		struct rt_error
			ignored; /* one that goes meanwhile, or was never created, is not listed */
		struct state s = { .id = names[i]->d_name };
		AUTO_MEM m = { 0 };
		/* No lock: a container that is being created must not stop a list. */
		AUTO_FD dir = openat(
			top, names[i]->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (cli->quiet && faccessat(dir, "state.json", F_OK, 0) == 0)
			puts(s.id);
		else if (!cli->quiet && state_read(dir, names[i]->d_name, &m, &s, &ignored) == 0)
			print_one(&s, state_status(dir, &s), json, &first);
		free(names[i]);
	}
	free(names);
	if (json)
		printf("]\n");
	return fflush(stdout) == 0 ? 0 : rt_fail(e, errno, "cannot write");
}
