#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/json/write.h"
#include "system-runtime/state/state.h"

#include <fcntl.h>
#include <sys/prctl.h>

#define VERSION "0.1.0"

enum { ERROR_TEXT = 700 };

#define GLOBAL(n, l, k, m, h)                                  \
	{                                                      \
		n, l, k, offsetof(struct global_options, m), h \
	}
static const struct option_spec global_table[] = {
	GLOBAL("root", 0, OPTION_TEXT, root, "the folder of container states (" STATE_ROOT ")"),
	GLOBAL("log", 0, OPTION_TEXT, log, "a file that errors are appended to"),
	GLOBAL("log-format", 0, OPTION_TEXT, log_format, "text or json"),
	GLOBAL("log-level", 0, OPTION_TEXT, log_level, "taken for compatibility"),
	GLOBAL("cgroup-manager", 0, OPTION_TEXT, cgroup_manager,
		"cgroupfs, or disabled: the container stays in the caller's"),
	GLOBAL("criu", 0, OPTION_TEXT, criu, "taken for compatibility"),
	GLOBAL("rootless", 0, OPTION_TEXT, rootless, "taken for compatibility"),
	GLOBAL("systemd-cgroup", 0, OPTION_FLAG, systemd_cgroup,
		"refused: cgroups are folders here"),
	GLOBAL("debug", 0, OPTION_FLAG, debug, "taken for compatibility"),
	GLOBAL("version", 'v', OPTION_FLAG, version, "print the version"),
	GLOBAL("help", 'h', OPTION_FLAG, help, "print this"),
};

#define OPTIONS(name) name##_options_table, &n_##name##_options

const struct command commands[] = {
	{ "create", "ID", "make a container that waits for start", OPTIONS(create), 1, 1,
		cmd_create, true },
	{ "start", "ID", "run the program of a created container", NULL, NULL, 1, 1, cmd_start,
		false },
	{ "run", "ID", "create, start, wait and delete", OPTIONS(create), 1, 1, cmd_run, true },
	{ "state", "ID", "print the state as JSON", NULL, NULL, 1, 1, cmd_state, false },
	{ "kill", "ID [SIGNAL]", "send a signal (TERM)", OPTIONS(kill), 1, 2, cmd_kill, false },
	{ "delete", "ID...", "remove a stopped container", OPTIONS(delete), 1, 1024, cmd_delete,
		false },
	{ "list", "", "list containers", OPTIONS(list), 0, 0, cmd_list, false },
	{ "exec", "ID COMMAND...", "run a program in a container", OPTIONS(exec), 1, -1, cmd_exec,
		true },
	{ "ps", "ID", "list the processes of a container", OPTIONS(ps), 1, 1, cmd_ps, false },
	{ "pause", "ID", "stop every process of a container", NULL, NULL, 1, 1, cmd_pause, false },
	{ "resume", "ID", "let them go on", NULL, NULL, 1, 1, cmd_resume, false },
	{ "update", "ID", "change the limits of a container", OPTIONS(update), 1, 1, cmd_update,
		false },
	{ "events", "ID", "print numbers and out-of-memory as JSON", OPTIONS(events), 1, 1,
		cmd_events, false },
	{ "spec", "", "write a config.json to start from", OPTIONS(spec), 0, 0, cmd_spec, false },
	{ "features", "", "print what is carried out, as JSON", NULL, NULL, 0, 0, cmd_features,
		false },
	{ "supervise", "", "run the machine's services", OPTIONS(supervise), 0, 0, cmd_supervise,
		true },
};
const size_t n_commands = ARRAY_LEN(commands);

static void print_help(const struct command *c)
{
	if (c != NULL) {
		printf("usage: system-runtime %s [options] %s\n%s\n\n", c->name, c->arguments,
			c->help);
		options_print(c->options, c->n_options ? *c->n_options : 0);
		return;
	}
	printf("usage: system-runtime [options] COMMAND [options] [arguments]\n\n");
	for (size_t i = 0; i < n_commands; i++)
		printf("  %-10s %-14s %s\n", commands[i].name, commands[i].arguments,
			commands[i].help);
	printf("\n");
	options_print(global_table, ARRAY_LEN(global_table));
}

/* One line, which no terminal obeys: a config's words may be in it. */
static void make_plain(char *text)
{
	for (; *text != '\0'; text++)
		*text = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
}

/* Engines read the last line of the log for the reason (runc's format). The
 * buffer holds the text when each byte of it is none of UTF-8, too. */
static void log_error(const struct global_options *g, const char *text)
{
	char buf[6 * ERROR_TEXT + 200], when[32];
	struct json_out o = { .buf = buf, .size = sizeof(buf) - 1 };

	fprintf(stderr, "system-runtime: %s\n", text);
	AUTO_FD fd = g->log == NULL ? -1
				    : openat(AT_FDCWD, g->log,
					      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	time_text(when, sizeof(when));
	if (g->log_format != NULL && strcmp(g->log_format, "json") == 0) {
		jw_open(&o, NULL, '{');
		jw_str(&o, "level", "error");
		jw_str(&o, "msg", text);
		jw_str(&o, "time", when);
		jw_close(&o, '}');
	} else {
		o.len = (size_t)snprintf(
			buf, sizeof(buf) - 1, "%s level=error msg=\"%s\"", when, text);
		o.len = o.len < sizeof(buf) - 1 ? o.len : sizeof(buf) - 2;
	}
	buf[o.len++] = '\n';
	(void)!write_all(fd, buf, o.len); /* there is no better place to report to */
}

static int check_globals(struct global_options *g, struct rt_error *e)
{
	if (g->root == NULL)
		g->root = STATE_ROOT;
	if (g->log_format != NULL && strcmp(g->log_format, "json") != 0 &&
		strcmp(g->log_format, "text") != 0)
		return rt_fail(
			e, 0, "--log-format: \"%s\" is neither text nor json", g->log_format);
	const char *manager = g->cgroup_manager != NULL ? g->cgroup_manager : "cgroupfs";
	if (g->systemd_cgroup || strcmp(manager, "systemd") == 0)
		return rt_fail(e, 0,
			"--systemd-cgroup: systemd is not asked for cgroups; give the engine the "
			"cgroupfs driver (podman: --cgroup-manager=cgroupfs, dockerd: "
			"--exec-opt native.cgroupdriver=cgroupfs, containerd: SystemdCgroup = "
			"false)");
	g->no_cgroup = strcmp(manager, "disabled") == 0;
	if (!g->no_cgroup && strcmp(manager, "cgroupfs") != 0)
		return rt_fail(
			e, 0, "--cgroup-manager: \"%s\" is neither cgroupfs nor disabled", manager);
	return 0;
}

static int run_command(const struct global_options *g, const struct command *c, int argc,
	char **argv, struct rt_error *e)
{
	static _Alignas(16) char opts[OPTIONS_SIZE];

	if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
		print_help(c);
		return 0;
	}
	if (options_parse(c->options, c->n_options ? *c->n_options : 0, opts, &argc, &argv,
		    c->max < 0, e) != 0)
		return 2;
	if (argc < c->min || (c->max >= 0 && argc > c->max)) {
		(void)rt_fail(e, 0, "usage: system-runtime %s [options] %s", c->name, c->arguments);
		return 2;
	}
	return c->run(g, opts, argc, argv, e);
}

/* 0 to 255: the exit status; -1: an error stands in e. */
static int dispatch(struct global_options *g, int argc, char **argv, char **all, struct rt_error *e)
{
	if (options_parse(global_table, ARRAY_LEN(global_table), g, &argc, &argv, true, e) != 0)
		return 2;
	if (g->version) {
		printf("system-runtime version " VERSION "\nspec: " OCI_VERSION "\n");
		return 0;
	}
	if (g->help || argc == 0) {
		print_help(NULL);
		return g->help ? 0 : 2;
	}
	if (check_globals(g, e) != 0)
		return -1;
	for (size_t i = 0; i < n_commands; i++) {
		if (strcmp(argv[0], commands[i].name) != 0)
			continue;
		if (commands[i].seals && run_sealed(all, e) != 0)
			return -1;
		return run_command(g, &commands[i], argc - 1, argv + 1, e);
	}
	/* podman asks "checkpoint --help" whether it may: the status is its answer. */
	if (strcmp(argv[0], "checkpoint") == 0 || strcmp(argv[0], "restore") == 0)
		return rt_fail(e, 0, "%s: is not carried out: CRIU is not used", argv[0]);
	(void)rt_fail(e, 0, "there is no command \"%s\"; --help lists them", argv[0]);
	return 2;
}

/* A caller may have closed them; a descriptor of ours in their place would be written to. */
static void open_stdio(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			(void)openat(AT_FDCWD, "/dev/null", O_RDWR); /* the lowest: fd */
	}
}

int main(int argc, char **argv)
{
	static struct global_options g;
	static char *words[1025];
	struct rt_error e = { 0 };
	char text[ERROR_TEXT];

	open_stdio();
	/* A sealed copy is run by descriptor, which would be the name in ps. */
	(void)prctl(PR_SET_NAME, "system-runtime");
	/* The parser reorders a copy: the sealed copy of the program gets the words as they came.
	 */
	if (argc < 1 || argc > 1024)
		return 2;
	memcpy(words, argv, sizeof(*words) * (size_t)(argc + 1));
	int status = dispatch(&g, argc - 1, words + 1, argv, &e);
	if (e.what[0] != '\0') {
		rt_error_text(&e, text, sizeof(text));
		make_plain(text);
		log_error(&g, text);
	}
	return status < 0 ? 1 : status;
}
