/*
 * What the machine shows on its screen, as a picture in a file, over QEMU's monitor (QMP,
 * docs/interop/qmp-spec.rst): renewed each second, so that it is there when the machine has to be
 * killed, and once more when it has ended, which is when QEMU is told to end, too.
 */
#include "mkimage/run/run_impl.h"

#include "base/fd.h"
#include "base/json.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVERY_MS = 1000, LINE_SIZE = 64 << 10 };

struct run_screen {
	struct arena *mem; /* owns this too */
	pthread_t thread;
	int listener, qmp;
	const char *file, *part;
	char line[LINE_SIZE];
	size_t len; /* of what has come of the next line */
	bool ended, taken;
	char why[256]; /* there is no picture; as QEMU says it, or empty */
};

/* The next line without its end, in *out until the next call. 1: within ms there is none; -1: QEMU
 * is gone. */
static int next_line(struct run_screen *s, int ms, const char **out)
{
	for (size_t done = 0;;) {
		char *end = memchr(s->line + done, '\n', s->len - done);
		if (end)
			*end = '\0';
		if (end) {
			*out = s->line;
			return 0;
		}
		done = s->len;
		struct pollfd p = { s->qmp, POLLIN, 0 };
		int n = poll(&p, 1, ms);
		if (n == 0)
			return 1;
		ssize_t got = n > 0 ? read(s->qmp, s->line + s->len, LINE_SIZE - s->len) : 0;
		if (got <= 0)
			return -1;
		s->len += (size_t)got;
	}
}

static void forget_line(struct run_screen *s)
{
	size_t used = strlen(s->line) + 1;
	s->len -= used;
	memmove(s->line, s->line + used, s->len);
}

/* An event, or an answer: *answered. What an error says is kept. */
static void take(struct run_screen *s, const char *text, bool *answered)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct json line, error = { 0 };
	const char *event = NULL, *why = NULL;
	diags_init(&d, a);
	if (json_parse(a, "QEMU", text, strlen(text), &line, &d) < 0 ||
		json_str(line, "event", &event, &d) < 0 ||
		json_object(line, "error", &error, &d) < 0 ||
		(error.val && json_str(error, "desc", &why, &d) < 0))
		return;
	s->ended |= event && strcmp(event, "SHUTDOWN") == 0;
	*answered = !event;
	(void)snprintf(s->why, sizeof(s->why), "%s", why ? why : "");
}

/* -1: QEMU is gone. */
static int ask(struct run_screen *s, const char *text)
{
	const char *line;
	bool answered = false;
	if (fd_write_all(s->qmp, text, strlen(text)) < 0)
		return -1;
	while (!answered) {
		if (next_line(s, -1, &line) < 0)
			return -1;
		take(s, line, &answered);
		forget_line(s);
	}
	return 0;
}

/* Whole or not at all. */
static int shoot(struct run_screen *s, const char *command)
{
	if (ask(s, command) < 0)
		return -1;
	if (!*s->why && rename(s->part, s->file) < 0)
		(void)snprintf(s->why, sizeof(s->why), "%s", strerror(errno));
	s->taken |= !*s->why;
	return 0;
}

static const char *screendump(struct run_screen *s)
{
	size_t len = strlen(s->file);
	yyjson_mut_doc *doc = json_new(s->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	json_add_str(doc, root, "execute", "screendump");
	yyjson_mut_val *words = yyjson_mut_obj_add_obj(doc, root, "arguments");
	json_add_str(doc, words, "filename", s->part);
	if (len < 4 || strcmp(s->file + len - 4, ".ppm") != 0)
		json_add_str(doc, words, "format", "png");
	return json_write(s->mem, doc, 0, &len);
}

static void *look(void *arg)
{
	struct run_screen *s = arg;
	const char *command = screendump(s), *line;
	bool greeted = false;
	s->qmp = accept(s->listener, NULL, NULL);
	if (s->qmp < 0 || next_line(s, -1, &line) < 0)
		return NULL;
	forget_line(s);
	if (ask(s, "{\"execute\":\"qmp_capabilities\"}") < 0)
		return NULL;
	while (!s->ended) {
		int rc = next_line(s, EVERY_MS, &line);
		if (rc < 0 || (rc > 0 && shoot(s, command) < 0))
			return NULL;
		if (rc > 0)
			continue;
		take(s, line, &greeted);
		forget_line(s);
	}
	if (shoot(s, command) == 0)
		(void)!ask(s, "{\"execute\":\"quit\"}");
	return NULL;
}

int run_screen_start(struct arena *a, struct machine *m, const char *folder,
	struct run_screen **out, struct diags *d)
{
	if (!m->screenshot)
		return 0;
	struct arena *mem = arena_new();
	struct run_screen *s = ARENA_NEW(mem, struct run_screen);
	*s = (struct run_screen){ .mem = mem, .qmp = -EBADF, .file = m->screenshot };
	s->part = arena_fmt(mem, "%s.part", s->file);
	m->screen_socket = arena_fmt(a, "%s/screen", folder);
	if (run_listen(m->screen_socket, &s->listener, d) < 0) {
		arena_free(mem);
		return -1;
	}
	int sys = pthread_create(&s->thread, NULL, look, s);
	if (sys) {
		close(s->listener);
		arena_free(mem);
		return fail_sys(d, sys, "cannot start a thread");
	}
	*out = s;
	return 0;
}

int run_screen_end(struct run_screen **in, struct diags *d)
{
	struct run_screen *s = *in;
	*in = NULL;
	if (!s)
		return 0;
	/* QEMU may never have come. */
	(void)shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	fd_drop(&s->qmp);
	(void)unlink(s->part);
	int rc = s->taken ? 0
			  : fail(d, KIND_SYSTEM, NULL, "there is no screenshot \"%s\": %s", s->file,
				    *s->why ? s->why : "the machine ended before it had a screen");
	arena_free(s->mem);
	return rc;
}
