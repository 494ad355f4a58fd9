/* A connection of svc's protocol (docs/svc-protocol.md), as the socket and the requests see it. */
#ifndef RT_SUPERVISE_CLIENT_H
#define RT_SUPERVISE_CLIENT_H

#include "system-runtime/supervise/supervise.h"

enum more { MORE_GO_ON, MORE_WAIT, MORE_DONE };

struct exec_job;

struct client {
	struct watch socket;
	bool read_only;		      /* came over the read-only socket */
	bool eof;		      /* it sends no more, and may still read */
	bool closing;		      /* it is to be let go */
	bool events;		      /* gets the machine's events */
	const struct unit *events_of; /* of this unit alone; NULL: of all */
	uint64_t used_ms;	      /* when it last did something */
	char in[8192];
	size_t in_len;
	char *out; /* what could not be sent yet */
	size_t out_len, out_cap;
	int fds[3]; /* came with the last message */
	/* Goes on with a long answer when the socket has taken what there was; NULL: none. */
	enum more (*more)(struct supervisor *s, struct client *c);
	bool asleep;	   /* it is at the end of what it follows */
	bool follow;	   /* logs -f */
	struct unit *unit; /* ps: the next one; logs: whose */
	struct ring_cursor at;
	struct watch kmsg; /* logs kernel */
	uint64_t skip;	   /* records of it */
	uint64_t since_ms; /* older ones of it are passed over */
	struct exec_job *exec;
};

/* Queues an answer; the loop sends it when the socket takes it, so that no caller loses its client.
 */
void client_send(struct supervisor *s, struct client *c, const char *data, size_t len);
/* There is something for it again. */
void client_wake(struct supervisor *s, struct client *c);
/* Its program, when it runs one, is killed. */
void exec_abandon(struct client *c);
/* One request: a line without its newline. */
void request_handle(struct supervisor *s, struct client *c, const char *line, size_t len);
CHECK int request_exec(struct supervisor *s, struct client *c, const char *const *args, size_t n,
	const char *id, bool tty, struct rt_error *e);

#endif
