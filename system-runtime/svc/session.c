#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/svc/svc.h"

#include <sys/socket.h>
#include <sys/un.h>

static const struct field unit_fields[] = {
	FIELD(struct unit_view, name, F_STR),
	FIELD(struct unit_view, kind, F_STR),
	FIELD(struct unit_view, state, F_STR),
	FIELD(struct unit_view, reason, F_STR),
	FIELD(struct unit_view, pid, F_INT),
	FIELD(struct unit_view, uptime_ms, F_INT),
	FIELD(struct unit_view, restarts, F_INT),
	FIELD(struct unit_view, exit_status, F_INT),
};
static const struct table unit_table = TABLE(struct unit_view, unit_fields);

static const struct field number_fields[] = {
	FIELD(struct number_view, total, F_U64),
	FIELD(struct number_view, usage, F_U64),
	FIELD(struct number_view, current, F_U64),
};
static const struct table number_table = TABLE(struct number_view, number_fields);
static const struct field cpu_fields[] = {
	FIELD_SUB(struct cpu_view, usage, F_OBJ, number_table),
};
static const struct table cpu_table = TABLE(struct cpu_view, cpu_fields);
static const struct field io_fields[] = {
	FIELD(struct io_view, op, F_STR),
	FIELD(struct io_view, value, F_U64),
};
static const struct table io_table = TABLE(struct io_view, io_fields);
static const struct field blkio_fields[] = {
	FIELD_LONG(struct blkio_view, KEY_IO_BYTES, bytes, F_OBJV, io_table),
};
static const struct table blkio_table = TABLE(struct blkio_view, blkio_fields);
static const struct field data_fields[] = {
	FIELD_SUB(struct data_view, cpu, F_OBJ, cpu_table),
	FIELD_SUB(struct data_view, memory, F_OBJ, cpu_table),
	FIELD_SUB(struct data_view, pids, F_OBJ, number_table),
	FIELD_SUB(struct data_view, blkio, F_OBJ, blkio_table),
};
static const struct table data_table = TABLE(struct data_view, data_fields);
static const struct field stats_fields[] = {
	FIELD_SUB(struct stats_view, data, F_OBJ, data_table),
};
static const struct table stats_table = TABLE(struct stats_view, stats_fields);

static const struct field step_fields[] = {
	FIELD(struct step_view, name, F_STR),
	FIELD(struct step_view, kind, F_STR),
	FIELD(struct step_view, state, F_STR),
	FIELD(struct step_view, ms, F_INT),
	FIELD(struct step_view, begin_ms, F_INT),
	FIELD(struct step_view, up_ms, F_INT),
	FIELD(struct step_view, end_ms, F_INT),
};
static const struct table step_table = TABLE(struct step_view, step_fields);

static const struct field answer_fields[] = {
	FIELD(struct answer, error, F_STR),
	FIELD(struct answer, line, F_STR),
	FIELD(struct answer, ok, F_BOOL),
	FIELD(struct answer, seq, F_INT),
	FIELD(struct answer, ms, F_INT),
	FIELD(struct answer, wall, F_INT),
	FIELD(struct answer, lost, F_INT),
	FIELD(struct answer, exit, F_INT),
	FIELD_SUB(struct answer, unit, F_OBJ, unit_table),
	FIELD_SUB(struct answer, event, F_OBJ, unit_table),
	FIELD_SUB(struct answer, stats, F_OBJ, stats_table),
	FIELD_SUB(struct answer, stamp, F_OBJ, step_table),
	FIELD_SUB(struct answer, span, F_OBJ, step_table),
};
static const struct table answer_table = TABLE(struct answer, answer_fields);

int session_open(struct session *s, struct rt_error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *path = getenv("SVC_SOCKET");

	if (path == NULL || path[0] == '\0')
		path = "/run/svc/svc.sock";
	s->master = -1;
	s->len = s->used = 0;
	s->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", path) >= (int)sizeof(a.sun_path))
		return rt_fail(e, ENAMETOOLONG, "SVC_SOCKET");
	if (s->socket < 0 || connect(s->socket, (struct sockaddr *)&a, sizeof(a)) != 0)
		return rt_fail(e, errno, "cannot reach the supervisor at %s%s", path,
			errno == ENOENT	  ? " (bind /run/svc into this container to use svc here)"
			: errno == EACCES ? " (root may, and the group of that file)"
					  : "");
	return 0;
}

int session_send(
	struct session *s, const char *text, size_t len, const int *fds, struct rt_error *e)
{
	ssize_t n = fds != NULL ? fds_send(s->socket, text, len, fds, 3)
				: send(s->socket, text, len, MSG_NOSIGNAL);

	/* One that hangs up may have said why: that is read next. */
	return n == (ssize_t)len || (n < 0 && errno == EPIPE)
		       ? 0
		       : rt_fail(e, errno, "cannot send the request");
}

int hung_up(struct rt_error *e)
{
	return rt_fail(e, 0, "the supervisor hung up: it has ended, or too much was waiting here");
}

static int fill(struct session *s, struct rt_error *e)
{
	int fd = -1;

	if (s->len == sizeof(s->buf))
		return rt_fail(e, 0, "the supervisor's answer is too long");
	ssize_t n = fds_receive(s->socket, s->buf + s->len, sizeof(s->buf) - s->len, &fd, 1);
	if (fd >= 0) {
		fd_drop(&s->master);
		s->master = fd;
	}
	if (n < 0)
		return errno == ECONNRESET ? 0 : rt_fail(e, errno, "cannot read the answer");
	s->len += (size_t)n;
	return n > 0;
}

int session_next(
	struct session *s, struct mem *m, struct answer *a, const char **raw, struct rt_error *e)
{
	char *end;

	s->len -= s->used;
	memmove(s->buf, s->buf + s->used, s->len);
	s->used = 0;
	while ((end = memchr(s->buf, '\n', s->len)) == NULL) {
		int r = fill(s, e);
		if (r <= 0)
			return r;
	}
	s->used = (size_t)(end - s->buf) + 1;
	*end = '\0';
	*a = (struct answer){ 0 };
	*raw = s->buf;
	if (mem_open(m, json_mem_size(s->used)) != 0)
		return rt_fail(e, errno, "no memory");
	if (json_decode(m, "answer", s->buf, s->used - 1, &answer_table, a, e) != 0)
		return -1;
	if (a->error != NULL)
		return rt_fail(e, 0, "%s", a->error);
	return 1;
}
