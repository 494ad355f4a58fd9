#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/json/write.h"
#include "system-runtime/svc/svc.h"

#define OPT(n, l, k, m, h)                                  \
	{                                                   \
		n, l, k, offsetof(struct svc_options, m), h \
	}
static const struct option_spec table[] = {
	OPT("json", 0, OPTION_FLAG, json, "JSON instead of a table"),
	OPT("follow", 'f', OPTION_FLAG, follow, "logs: go on as lines come"),
	OPT("lines", 'n', OPTION_TEXT, lines, "logs: the last N lines alone"),
	OPT("tty", 't', OPTION_FLAG, tty, "exec: with a terminal"),
	OPT("interactive", 'i', OPTION_FLAG, interactive,
		"exec: taken for habit; stdin is always there"),
	OPT("signal", 's', OPTION_TEXT, signal, "kill: the signal (TERM)"),
	OPT("help", 'h', OPTION_FLAG, help, "print this"),
};

static const struct {
	const char *name, *arguments, *help;
	int min, max; /* -1: any */
	int (*show)(struct session *s, const struct svc_options *o, struct rt_error *e);
} verbs[] = {
	{ "ps", "", "list the machine's services", 0, 0, svc_ps },
	{ "logs", "NAME", "print what a service wrote", 1, 1, svc_stream },
	{ "start", "NAME", "start a service", 1, 1, svc_plain },
	{ "stop", "NAME", "stop a service", 1, 1, svc_plain },
	{ "restart", "NAME", "stop a service and start it again", 1, 1, svc_plain },
	{ "kill", "NAME", "send a signal to a service", 1, 1, svc_plain },
	{ "events", "", "print changes of state as they come", 0, 0, svc_stream },
	{ "exec", "NAME COMMAND...", "run a program in a service's container", 2, -1, svc_exec },
	{ "poweroff", "", "stop all services and power off", 0, 0, svc_plain },
	{ "reboot", "", "stop all services and start again", 0, 0, svc_plain },
	{ "halt", "", "stop all services and halt", 0, 0, svc_plain },
};

static void print_help(void)
{
	printf("usage: svc COMMAND [options] [arguments]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		printf("  %-9s %-16s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
	printf("\n");
	options_print(table, ARRAY_LEN(table));
}

static int write_request(struct json_out *o, const struct svc_options *opts, const char *verb,
	int argc, char **argv, struct rt_error *e)
{
	char *end = NULL;

	jw_open(o, NULL, '{');
	jw_str(o, "cmd", verb);
	if (argc > 0)
		jw_str(o, "name", argv[0]);
	if (argc > 1) {
		jw_open(o, "args", '[');
		for (int i = 1; i < argc; i++)
			jw_str(o, NULL, argv[i]);
		jw_close(o, ']');
	}
	if (opts->lines != NULL) {
		long n = strtol(opts->lines, &end, 10);
		if (end == opts->lines || *end != '\0' || n < 0)
			return rt_fail(e, 0, "-n: \"%s\" is not a number", opts->lines);
		jw_int(o, "lines", n);
	}
	if (opts->signal != NULL)
		jw_str(o, "signal", opts->signal);
	if (opts->follow)
		jw_bool(o, "follow", true);
	if (opts->tty)
		jw_bool(o, "tty", true);
	jw_close(o, '}');
	jw_raw(o, "\n");
	return o->full ? rt_fail(e, 0, "the request is too long") : 0;
}

static int talk(
	size_t verb, const struct svc_options *opts, int argc, char **argv, struct rt_error *e)
{
	static struct session s;
	static char text[8000];
	static const int stdio[3] = { 0, 1, 2 };
	struct json_out o = { .buf = text, .size = sizeof(text) };

	if (write_request(&o, opts, verbs[verb].name, argc, argv, e) != 0 ||
		session_open(&s, e) != 0)
		return -1;
	bool hand_over = verbs[verb].show == svc_exec && !opts->tty;
	if (session_send(&s, text, o.len, hand_over ? stdio : NULL, e) != 0)
		return -1;
	return verbs[verb].show(&s, opts, e);
}

static int run(const char *verb, int argc, char **argv, struct rt_error *e)
{
	struct svc_options opts = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		/* What follows exec's NAME belongs to the program. */
		if (options_parse(
			    table, ARRAY_LEN(table), &opts, &argc, &argv, verbs[i].max < 0, e) != 0)
			return 2;
		if (opts.help || argc < verbs[i].min ||
			(verbs[i].max >= 0 && argc > verbs[i].max)) {
			if (!opts.help)
				(void)rt_fail(e, 0, "usage: svc %s %s", verb, verbs[i].arguments);
			else
				print_help();
			return opts.help ? 0 : 2;
		}
		return talk(i, &opts, argc, argv, e);
	}
	(void)rt_fail(e, 0, "there is no command \"%s\"; svc --help lists them", verb);
	return 2;
}

/* shutdown(8)'s words: -r, -h, -P, -H; the time is always now. */
static const char *shutdown_verb(int argc, char **argv)
{
	const char *verb = "poweroff";

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-r") == 0)
			verb = "reboot";
		if (strcmp(argv[i], "-H") == 0)
			verb = "halt";
	}
	return verb;
}

int main(int argc, char **argv)
{
	struct rt_error e = { 0 };
	char text[700];
	const char *me = argc > 0 ? argv[0] : "svc";
	int status;

	if (strrchr(me, '/') != NULL)
		me = strrchr(me, '/') + 1;
	if (strcmp(me, "poweroff") == 0 || strcmp(me, "reboot") == 0 || strcmp(me, "halt") == 0) {
		status = run(me, 0, argv + argc, &e);
	} else if (strcmp(me, "shutdown") == 0) {
		status = run(shutdown_verb(argc, argv), 0, argv + argc, &e);
	} else if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		status = argc < 2 ? 2 : 0;
	} else {
		status = run(argv[1], argc - 2, argv + 2, &e);
	}
	if (e.what[0] != '\0') {
		rt_error_text(&e, text, sizeof(text));
		fprintf(stderr, "svc: %s\n", text);
	}
	if (fflush(stdout) != 0 && status == 0)
		status = 1;
	return status < 0 ? 1 : status;
}
