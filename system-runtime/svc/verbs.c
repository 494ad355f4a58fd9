/* The commands of svc and their options: parsing, help and completion come from these tables. */
#include "system-runtime/svc/verbs.h"

#define OPT(n, l, k, m, h)                                  \
	{                                                   \
		n, l, k, offsetof(struct svc_options, m), h \
	}
enum row {
	JSON,
	QUIET,
	FOLLOW,
	LINES,
	SINCE,
	WALL,
	SIGNAL,
	TTY,
	INTERACTIVE,
	COUNT,
	DELAY,
	SVG,
	LAST,
	REBOOT,
	HALT,
	HELP,
};
#define O(row) (1u << (row))

const struct option_spec svc_option_table[] = {
	[JSON] = OPT("json", 0, OPTION_FLAG, json, "JSON as the supervisor sends it"),
	[QUIET] = OPT("quiet", 'q', OPTION_FLAG, quiet, "names alone"),
	[FOLLOW] = OPT("follow", 'f', OPTION_FLAG, follow, "go on as lines come"),
	[LINES] = OPT("lines", 'n', OPTION_TEXT, lines, "the last X lines alone"),
	[SINCE] = OPT("since", 0, OPTION_TEXT, since,
		"from X on: 90s, 5m, 2h, 1d ago, or \"2026-11-29 10:00\" (UTC)"),
	[WALL] = OPT("wall", 'w', OPTION_FLAG, wall, "dates (UTC), not the time since boot"),
	[SIGNAL] = OPT("signal", 's', OPTION_TEXT, signal, "the signal (TERM)"),
	[TTY] = OPT("tty", 't', OPTION_FLAG, tty, "with a terminal"),
	[INTERACTIVE] = OPT("interactive", 'i', OPTION_FLAG, interactive,
		"taken for habit; standard input is always there"),
	[COUNT] = OPT(
		"count", 'c', OPTION_TEXT, count, "X times (without end on a terminal, else 1)"),
	[DELAY] = OPT("delay", 'd', OPTION_TEXT, delay, "X seconds between two looks (1)"),
	[SVG] = OPT("svg", 0, OPTION_FLAG, svg, "a picture, to standard output"),
	[LAST] = OPT("last", 0, OPTION_FLAG, last, "what the boot before this one failed of"),
	[REBOOT] = OPT("reboot", 'r', OPTION_FLAG, reboot, "start again"),
	[HALT] = OPT("halt", 'H', OPTION_FLAG, halt, "halt, leave the power on"),
	[HELP] = OPT("help", 'h', OPTION_FLAG, help, "print this"),
};
const size_t n_svc_options = ARRAY_LEN(svc_option_table);

const struct verb verbs[] = {
	{ "ps", "", "list the machine's services", "ps", O(JSON) | O(QUIET), 0, 0, svc_ps },
	{ "logs", "NAME", "print what a service wrote; \"kernel\" is the kernel's log", "logs",
		O(JSON) | O(FOLLOW) | O(LINES) | O(SINCE) | O(WALL), 1, 1, svc_stream },
	{ "exec", "NAME COMMAND...", "run a program in a service's container", "exec",
		O(TTY) | O(INTERACTIVE), 2, -1, svc_exec },
	{ "start", "NAME", "start a service", "start", 0, 1, 1, svc_plain },
	{ "stop", "NAME", "stop a service", "stop", 0, 1, 1, svc_plain },
	{ "restart", "NAME", "stop a service and start it again", "restart", 0, 1, 1, svc_plain },
	{ "kill", "NAME", "send a signal to a service's first process", "kill", O(SIGNAL), 1, 1,
		svc_plain },
	{ "events", "[NAME]", "print changes of state as they come, of all or of one", "events",
		O(JSON) | O(WALL), 0, 1, svc_stream },
	{ "top", "", "what services use: CPU, memory, I/O, processes", "stats",
		O(JSON) | O(COUNT) | O(DELAY), 0, 0, svc_top },
	{ "inspect", "NAME", "all there is to know of a service", "inspect", O(JSON), 1, 1,
		svc_inspect },
	{ "boot", "", "the time line of this boot", "boot", O(JSON) | O(SVG) | O(LAST), 0, 0,
		svc_boot },
	{ "shutdown", "", "stop all services and power off", "poweroff", O(REBOOT) | O(HALT), 0, 0,
		svc_down },
	{ "upgrade", "", "execute the supervisor anew; services do not notice", "upgrade", 0, 0, 0,
		svc_plain },
	{ "poweroff", "", "the same", "poweroff", 0, 0, 0, svc_down },
	{ "reboot", "", "stop all services and start again", "reboot", 0, 0, 0, svc_down },
	{ "halt", "", "stop all services and halt", "halt", 0, 0, 0, svc_down },
	{ "completion", "SHELL", "print completion for a shell: bash", NULL, 0, 1, 1, NULL },
};
const size_t n_verbs = ARRAY_LEN(verbs);

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < n_verbs; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

void help_all(void)
{
	printf("usage: svc COMMAND [options] [arguments]\n\n");
	for (size_t i = 0; i < n_verbs; i++)
		printf("  %-10s %-16s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
	printf("\nsvc COMMAND --help says more. Exit status: 0 done, 1 refused or failed, 2 a command\n"
	       "line that is wrong; of exec, that of the program.\n");
}

void help_verb(const struct verb *v)
{
	printf("usage: svc %s%s%s%s\n%s\n\n", v->name, v->options ? " [options]" : "",
		v->arguments[0] ? " " : "", v->arguments, v->help);
	for (size_t i = 0; i < n_svc_options; i++) {
		if ((v->options | O(HELP)) & O(i))
			options_print(&svc_option_table[i], 1);
	}
}

int print_completion(const char *shell)
{
	if (strcmp(shell, "bash") != 0)
		return -1;
	printf("_svc() {\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} words=\n"
	       "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\twords=\"");
	for (size_t i = 0; i < n_verbs; i++)
		printf("%s%s", i ? " " : "", verbs[i].name);
	printf("\"\n\telse\n\t\tcase ${COMP_WORDS[1]}:$word in\n");
	for (size_t i = 0; i < n_verbs; i++) {
		printf("\t\t%s:-*) words=\"--help", verbs[i].name);
		for (size_t k = 0; k < n_svc_options; k++) {
			if (verbs[i].options & O(k))
				printf(" --%s", svc_option_table[k].name);
		}
		printf("\" ;;\n");
	}
	printf("\t\tlogs:*) words=\"$(svc ps -q 2>/dev/null) kernel\" ;;\n\t\t");
	for (size_t i = 0, n = 0; i < n_verbs; i++) {
		if (strstr(verbs[i].arguments, "NAME") != NULL &&
			strcmp(verbs[i].name, "logs") != 0)
			printf("%s%s:*", n++ ? "|" : "", verbs[i].name);
	}
	printf(") words=$(svc ps -q 2>/dev/null) ;;\n"
	       "\t\tcompletion:*) words=bash ;;\n"
	       "\t\tesac\n\tfi\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	       "}\n"
	       "complete -F _svc svc\n");
	return 0;
}
