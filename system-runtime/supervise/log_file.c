/*
 * The lines of a log on their way to a file: through a pipe to a process of its own (log_writer.c),
 * so that a disk that hangs holds up nobody. The ring is the buffer: what the pipe does not take
 * now is taken later, and what the ring has lost by then is counted.
 */
#include "base/auto_fd.h"
#include "system-runtime/supervise/log_writer.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>

struct log_file {
	struct watch pipe; /* fd negative: the writer is gone */
	struct ring_cursor at;
};

static void on_pipe(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct unit *u = w->owner;
	struct rt_error e;

	if (!(events & EPOLLERR) && watch_add(s, w, 0, &e) == 0) {
		log_file_write(s, u);
		return;
	}
	watch_drop(s, w);
	console("%s %s: nobody writes %s any more", kind_name(u->kind), u->name, u->set.log_file);
}

static size_t stamp(char *out, size_t size, uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL)
		return 0;
	return (size_t)snprintf(out, size, "%04d-%02d-%02d %02d:%02d:%02d.%03d ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(wall_ms % 1000));
}

/* A line and its mark are less than PIPE_BUF: the pipe takes them whole or not at all. */
static size_t format(char *out, size_t size, const struct ring_line *line)
{
	size_t n = 0;

	if (line->lost > 0) {
		n = stamp(out, size, line->time.wall_ms);
		n += (size_t)snprintf(out + n, size - n, "-- %llu lines lost --\n",
			(unsigned long long)line->lost);
	}
	n += stamp(out + n, size - n, line->time.wall_ms);
	memcpy(out + n, line->text, line->len);
	out[n + line->len] = '\n';
	return n + line->len + 1;
}

void log_file_write(struct supervisor *s, struct unit *u)
{
	char text[RING_LINE + 256];
	struct log_file *f = u->file;
	struct rt_error e;

	while (f != NULL && f->pipe.fd >= 0) {
		struct ring_cursor next = f->at;
		struct ring_line line;
		if (!ring_next(&u->log, &next, false, &line))
			return;
		size_t n = format(text, sizeof(text), &line);
		if (write(f->pipe.fd, text, n) < 0) {
			/* Full, or the writer is gone: on_pipe hears of both. */
			(void)!watch_add(s, &f->pipe, EPOLLOUT, &e);
			return;
		}
		f->at = next;
		ring_set_filed(&u->log, next.seq);
	}
}

/* As a grandchild: it becomes PID 1's, which reaps it. */
static int start_writer(struct supervisor *s, const struct unit *u, int in)
{
	char name[NAME_MAX_UNIT + 16];
	pid_t pid = fork();

	if (pid == 0) {
		if (fork() != 0)
			_exit(0);
		snprintf(name, sizeof(name), "%s.writer", u->id);
		log_writer(in, openat(s->run_dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600),
			u->set.log_file, u->set.log_file_size, u->set.log_files);
	}
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? -1 : 0;
}

void log_file_open(struct supervisor *s, struct unit *u)
{
	struct rt_error e = { 0 };
	int ends[2];

	if (u->set.log_file == NULL || u->file != NULL)
		return;
	struct log_file *f = calloc(1, sizeof(*f));
	if (f == NULL || pipe2(ends, O_CLOEXEC) != 0) {
		free(f);
		console("%s %s: no pipe for %s", kind_name(u->kind), u->name, u->set.log_file);
		return;
	}
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	f->pipe = (struct watch){ .fd = ends[1], .ready = on_pipe, .owner = u };
	if (start_writer(s, u, ends[0]) != 0 || watch_add(s, &f->pipe, 0, &e) != 0) {
		console("%s %s: no process to write %s", kind_name(u->kind), u->name,
			u->set.log_file);
		fd_drop(&f->pipe.fd);
	}
	fd_drop(&ends[0]);
	/* After a takeover: from the first line that was not handed over yet. */
	struct ring_cursor c = ring_begin(&u->log, UINT64_MAX, 0);
	struct ring_line line;
	do {
		f->at = c;
	} while (c.seq < ring_filed(&u->log) && ring_next(&u->log, &c, false, &line));
	u->file = f;
	log_file_write(s, u);
}
