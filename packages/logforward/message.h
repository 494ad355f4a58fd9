/* One line of a service, as the other side wants it: syslog (RFC 5424) or GELF 1.1
 * (docs.graylog.org). */
#ifndef PACKAGES_LOGFORWARD_MESSAGE_H
#define PACKAGES_LOGFORWARD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* A line of 2048 bytes, each of which may be six, and what is around it. */
enum { MESSAGE_SIZE = 16 << 10 };

struct entry {
	const char *service;
	unsigned facility, severity; /* RFC 5424, 6.2.1 */
	uint64_t wall;		     /* ms since 1970 */
	const char *line;	     /* a string of JSON, with its quotes */
};

/* The length of what is in to; what does not fit is cut off. */
size_t message_syslog(const struct entry *e, const char *host, char to[MESSAGE_SIZE]);
size_t message_gelf(const struct entry *e, const char *host, char to[MESSAGE_SIZE]);

#endif
