#include "base/auto_fd.h"
#include "system-runtime/json/write.h"
#include "system-runtime/svc/verbs.h"

#include <time.h>
#include <unistd.h>

enum { USAGE = 2 };

/* A wrong command line: the hint is what would be right. */
static int usage(struct rt_error *e, const struct verb *v)
{
	size_t n = strlen(e->what);

	snprintf(e->what + n, sizeof(e->what) - n, "; usage: svc %s%s%s%s", v->name,
		v->options ? " [options]" : "", v->arguments[0] ? " " : "", v->arguments);
	return USAGE;
}

static int write_request(struct json_out *o, const struct svc_options *opts, const struct verb *v,
	char **argv, const struct session *s, struct rt_error *e)
{
	char *end = NULL;
	int64_t ms = s->ms;

	jw_open(o, NULL, '{');
	jw_str(o, "cmd", opts->reboot ? "reboot" : opts->halt ? "halt" : v->cmd);
	if (argv[0] != NULL)
		jw_str(o, "name", argv[0]);
	if (argv[0] != NULL && argv[1] != NULL) {
		jw_open(o, "args", '[');
		for (int i = 1; argv[i] != NULL; i++)
			jw_str(o, NULL, argv[i]);
		jw_close(o, ']');
	}
	if (opts->lines != NULL && !s->seen) {
		long n = strtol(opts->lines, &end, 10);
		if (end == opts->lines || *end != '\0' || n < 0)
			return rt_fail(e, 0, "--lines: \"%s\" is not a number", opts->lines);
		jw_int(o, "lines", n);
	}
	if (opts->since != NULL && !s->seen && since_parse(opts->since, &ms, e) != 0)
		return -1;
	if (opts->since != NULL || s->seen)
		jw_int(o, "since", ms);
	if (opts->signal != NULL)
		jw_str(o, "signal", opts->signal);
	if (opts->follow)
		jw_bool(o, "follow", true);
	if (opts->tty)
		jw_bool(o, "tty", true);
	if (opts->last)
		jw_bool(o, "last", true);
	jw_close(o, '}');
	jw_raw(o, "\n");
	return o->full ? rt_fail(e, 0, "the arguments are too long: 8191 bytes in all") : 0;
}

/* PID 1 starts the supervisor again: what is followed goes on where it was. */
static int open_again(struct session *s, struct rt_error *e)
{
	static const struct timespec moment = { .tv_nsec = 100000000 };

	(void)close(s->socket);
	for (int i = 0; i < 100; i++) {
		(void)nanosleep(&moment, NULL);
		if (session_open(s, e) == 0) {
			*e = (struct rt_error){ 0 };
			return 0;
		}
		(void)close(s->socket);
	}
	return -1;
}

static int talk(
	const struct verb *v, const struct svc_options *opts, char **argv, struct rt_error *e)
{
	static struct session s;
	static char text[8192];
	static const int stdio[3] = { 0, 1, 2 };
	bool hand_over = v->show == svc_exec && !opts->tty;
	bool follows = v->show == svc_stream && (opts->follow || strcmp(v->cmd, "events") == 0);

	for (bool again = false;; again = true) {
		struct json_out o = { .buf = text, .size = sizeof(text) };
		if (write_request(&o, opts, v, argv, &s, e) != 0)
			return USAGE;
		if ((again ? open_again(&s, e) : session_open(&s, e)) != 0 ||
			session_send(&s, text, o.len, hand_over ? stdio : NULL, e) != 0)
			return -1;
		int r = v->show(&s, opts, e);
		if (r == HUNG_UP && v->show == svc_stream && !follows)
			return hung_up(e);
		if (r != HUNG_UP || !follows)
			return r;
	}
}

/* An option that the verb does not have, or NULL. */
static const struct option_spec *foreign(const struct verb *v, const struct svc_options *opts)
{
	for (size_t i = 0; i < n_svc_options; i++) {
		const struct option_spec *o = &svc_option_table[i];
		const char *at = (const char *)opts + o->offset, *text;
		memcpy(&text, at, sizeof(text));
		bool given = o->kind == OPTION_FLAG ? *(const bool *)at : text != NULL;
		if (given && !(v->options >> i & 1))
			return o;
	}
	return NULL;
}

static int run(const char *name, int argc, char **argv, struct rt_error *e)
{
	static struct svc_options opts;
	const struct verb *v = verb_find(name);
	const struct option_spec *o;

	if (v == NULL) {
		(void)rt_fail(e, 0, "there is no command \"%s\"; svc --help lists them", name);
		return USAGE;
	}
	/* What follows exec's NAME belongs to the program. */
	if (options_parse(svc_option_table, n_svc_options, &opts, &argc, &argv, v->most < 0, e) !=
		0)
		return usage(e, v);
	if (opts.help) {
		help_verb(v);
		return 0;
	}
	if ((o = foreign(v, &opts)) != NULL) {
		(void)rt_fail(e, 0, "%s has no option --%s", name, o->name);
		return usage(e, v);
	}
	if (argc < v->least || (v->most >= 0 && argc > v->most)) {
		(void)rt_fail(e, 0,
			argc < v->least ? "%s needs more arguments" : "%s: too many arguments",
			name);
		return usage(e, v);
	}
	if (v->cmd != NULL)
		return talk(v, &opts, argv, e);
	if (print_completion(argv[0]) == 0)
		return 0;
	(void)rt_fail(e, 0, "there is no completion for \"%s\"", argv[0]);
	return usage(e, v);
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
		help_all();
		status = argc < 2 ? USAGE : 0;
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
