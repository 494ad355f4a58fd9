#ifndef SLIPWAY_DHCP_ADVERT_H
#define SLIPWAY_DHCP_ADVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { SERVERS_MAX = 8, DOMAINS_MAX = 6, DOMAIN_TEXT = 256 };

struct server {
	uint8_t address[16];
	time_t until; /* of the monotonic clock; 0: this place is free */
};

struct domain {
	char text[DOMAIN_TEXT]; /* of letters, digits, '-', '_' and '.' alone */
	time_t until;
};

/* What the routers of a link have said. */
struct advert {
	bool managed; /* addresses are DHCPv6's to give */
	bool other;   /* name servers are */
	struct server servers[SERVERS_MAX];
	struct domain domains[DOMAINS_MAX];
};

/*
 * Adds what one router advertisement says (RFC 4861, 4.2; RFC 8106, 5), an ICMPv6 message whose
 * checksum is right. False when it is none, and then nothing was added.
 */
bool advert_read(struct advert *said, const uint8_t *message, size_t size, time_t now);

/* Drops what has run out; gives when the next does, 0 for never. */
time_t advert_expire(struct advert *said, time_t now);

#endif
