/*
 * Sends what services and the kernel log to another machine. The supervisor's rings of lines are
 * the only buffer: while the other side is away nothing is read, and what the rings have lost by
 * then is said in a message of its own. A line goes out once, but after a restart of this program,
 * when all that the rings have goes out again.
 */
#include "json.h"
#include "link.h"
#include "svc.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SERVICES_MAX = 512, NAME_SIZE = 128, KERN = 0, DAEMON = 3, WARNING = 4, INFO = 6 };

/* How far a service's lines are sent: of those numbered seq, the first of which came at `since`, so
 * many pieces. */
struct service {
	char name[NAME_SIZE];
	uint64_t seq, since;
	unsigned pieces; /* 0: nothing was sent */
};

static struct {
	struct link link;
	char host[256];
	char **only; /* names, NULL-terminated; none: all */
	struct service services[SERVICES_MAX];
	size_t len;
} forward;

static uint64_t now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void send_entry(const struct entry *e)
{
	static char message[MESSAGE_SIZE];
	size_t len = forward.link.gelf ? message_gelf(e, forward.host, message)
				       : message_syslog(e, forward.host, message);

	link_send(&forward.link, message, len);
}

static void say_lost(const struct entry *of, uint64_t lost)
{
	char line[64];
	struct entry e = *of;

	snprintf(line, sizeof(line), "\"%" PRIu64 " lines before this are lost\"", lost);
	e.line = line;
	e.severity = WARNING;
	send_entry(&e);
}

/* Those that were sent are passed over; *again: how many pieces of the last line these are at most.
 */
static void take_line(struct service *s, const char *answer, uint64_t known, unsigned *again)
{
	uint64_t seq = json_number(json_value(answer, "seq"), 0);
	uint64_t ms = json_number(json_value(answer, "ms"), 0);
	uint64_t lost = json_number(json_value(answer, "lost"), 0);
	uint64_t boot = now_ms(CLOCK_REALTIME) - now_ms(CLOCK_BOOTTIME);
	uint64_t priority = json_number(json_value(answer, "priority"), UINT64_MAX);

	if (*again > 0 && seq <= known) {
		if (seq == known)
			(*again)--;
		return;
	}
	if (s->pieces > 0 && seq < known)
		return;
	struct entry e = {
		.service = s->name,
		.facility = priority == UINT64_MAX ? DAEMON : KERN,
		.severity = priority == UINT64_MAX ? INFO : (unsigned)(priority & 7),
		.wall = json_number(json_value(answer, "wall"), boot + ms),
		.line = json_value(answer, "line"),
	};
	if (lost > 0)
		say_lost(&e, lost);
	send_entry(&e);
	if (s->pieces == 0 || seq != s->seq) {
		s->seq = seq;
		s->since = ms;
		s->pieces = 0;
	}
	s->pieces++;
}

static void follow(struct service *s)
{
	char request[NAME_SIZE + 64];
	uint64_t known = s->seq;
	unsigned again = s->pieces;

	snprintf(request, sizeof(request),
		"{\"cmd\":\"logs\",\"name\":\"%s\",\"since\":%" PRIu64 "}\n", s->name, s->since);
	if (!svc_ask(request))
		return;
	for (const char *line; (line = svc_line()) != NULL;)
		take_line(s, line, known, &again);
}

static bool is_wanted(const char *name)
{
	if (forward.only[0] == NULL)
		return true;
	for (char **only = forward.only; *only != NULL; only++)
		if (strcmp(*only, name) == 0)
			return true;
	return false;
}

static void note(const char *name)
{
	for (size_t i = 0; i < forward.len; i++)
		if (strcmp(forward.services[i].name, name) == 0)
			return;
	/* Names of services are letters, digits and a few signs: the build sees to it. */
	if (forward.len < SERVICES_MAX && is_wanted(name) && strpbrk(name, "\"\\") == NULL)
		snprintf(forward.services[forward.len++].name, NAME_SIZE, "%s", name);
}

static void list(void)
{
	char name[NAME_SIZE];

	note("kernel");
	if (!svc_ask("{\"cmd\":\"ps\"}\n"))
		return;
	for (const char *line; (line = svc_line()) != NULL;)
		if (json_text(json_value(json_value(line, "unit"), "name"), name, sizeof(name)) > 0)
			note(name);
}

/* Nothing is kept here that could be lost. */
static void end(int signal)
{
	(void)signal;
	_exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* The first process of a pid namespace gets no signal that it does not handle. */
	signal(SIGTERM, end);
	if (argc < 2) {
		fprintf(stderr,
			"logforward syslog+udp|syslog+tcp|gelf+udp|gelf+tcp://HOST[:PORT] [SERVICE…]\n");
		return EXIT_FAILURE;
	}
	if (!link_parse(&forward.link, argv[1]))
		return EXIT_FAILURE;
	forward.only = argv + 2;
	gethostname(forward.host, sizeof(forward.host) - 1);
	if (forward.host[0] == '\0')
		snprintf(forward.host, sizeof(forward.host), "-");
	for (;;) {
		svc_open();
		list();
		for (size_t i = 0; i < forward.len; i++)
			follow(&forward.services[i]);
		sleep(1);
	}
}
