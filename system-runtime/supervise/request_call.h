/* A request being answered; for request*.c alone. */
#ifndef RT_SUPERVISE_REQUEST_CALL_H
#define RT_SUPERVISE_REQUEST_CALL_H

#include "system-runtime/supervise/client.h"
#include "system-runtime/supervise/request.h"

struct call {
	struct supervisor *s;
	struct client *c;
	const struct request *r;
	struct unit *u; /* of r->name, when the command needs one */
};

void answer(struct supervisor *s, struct client *c, struct json_out *o);
void refuse(struct supervisor *s, struct client *c, const char *text);
/* {"ok":true}; MORE_DONE */
enum more answer_done(struct supervisor *s, struct client *c);

/* What every answer about a unit says of it. */
void unit_body(struct json_out *o, const struct unit *u);
/* "stats": what its cgroup says, in the words of runc's events. Nothing when it is gone. */
void unit_stats(struct json_out *o, const struct supervisor *s, const struct unit *u);

/* What changes nothing. */
void show_ps(struct call *k);
void show_stats(struct call *k);
void show_inspect(struct call *k);
void show_boot(struct call *k);
void show_last_boot(struct call *k);
void show_events(struct call *k);
void show_logs(struct call *k);
void show_kernel(struct call *k);

#endif
