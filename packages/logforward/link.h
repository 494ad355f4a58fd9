/* Where the messages go. */
#ifndef PACKAGES_LOGFORWARD_LINK_H
#define PACKAGES_LOGFORWARD_LINK_H

#include "message.h"

#include <stdbool.h>

struct link {
	bool gelf, tcp;
	char host[256], port[16];
	int fd; /* -1: not connected */
};

/* syslog+udp://HOST[:PORT], syslog+tcp, gelf+udp, gelf+tcp; an IPv6 address in brackets. False, and
 * says why. */
bool link_parse(struct link *l, const char *url);
/* Until it is sent: a destination that is away is tried again after 1 s, and then more rarely, up
 * to 30 s. */
void link_send(struct link *l, const char *message, size_t len);

#endif
