#include "system-runtime/supervise/request.h"

static const struct field fields[] = {
	FIELD_NEEDED(struct request, cmd, F_STR),
	FIELD(struct request, name, F_STR),
	FIELD(struct request, signal, F_STR),
	FIELD(struct request, args, F_STRV),
	FIELD(struct request, follow, F_BOOL),
	FIELD(struct request, tty, F_BOOL),
	FIELD(struct request, last, F_BOOL),
	FIELD(struct request, lines, F_INT),
	FIELD(struct request, since, F_INT),
};
static const struct table table = TABLE(struct request, fields);

int request_decode(
	struct mem *m, const char *line, size_t len, struct request *r, struct rt_error *e)
{
	*r = (struct request){ 0 };
	return json_decode(m, "request", line, len, &table, r, e);
}
