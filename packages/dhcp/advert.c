#include "advert.h"

#include <string.h>

enum {
	ADVERT = 134,
	ADVERT_SIZE = 16,
	RDNSS = 25,
	DNSSL = 31,
	MANAGED = 0x80,
	OTHER = 0x40,
	YEAR = 366 * 86400
};

static uint32_t number(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* For ever is a year: a router that lives says it again. */
static time_t end_of(time_t now, uint32_t lifetime)
{
	return lifetime == 0 ? 0 : now + (lifetime > YEAR ? YEAR : (time_t)lifetime);
}

static void add_server(struct advert *said, const uint8_t address[16], time_t until)
{
	struct server *place = NULL;

	for (struct server *s = said->servers; s < said->servers + SERVERS_MAX; s++) {
		if (s->until != 0 && memcmp(s->address, address, 16) == 0) {
			s->until = until;
			return;
		}
		if (place == NULL && s->until == 0)
			place = s;
	}
	if (place == NULL)
		return;
	memcpy(place->address, address, 16);
	place->until = until;
}

static void add_domain(struct advert *said, const char *text, time_t until)
{
	struct domain *place = NULL;

	for (struct domain *d = said->domains; d < said->domains + DOMAINS_MAX; d++) {
		if (d->until != 0 && strcmp(d->text, text) == 0) {
			d->until = until;
			return;
		}
		if (place == NULL && d->until == 0)
			place = d;
	}
	if (place == NULL)
		return;
	memcpy(place->text, text, strlen(text) + 1);
	place->until = until;
}

static bool is_of_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/* One name in labels (RFC 1035, 3.1, no compression) into text; gives the bytes it took, 0 for one
 * that cannot be. */
static size_t read_name(const uint8_t *from, size_t size, char text[DOMAIN_TEXT])
{
	size_t at = 0, out = 0;

	while (at < size && from[at] != 0) {
		size_t length = from[at++];
		if (length > 63 || length > size - at || out + length + 1 >= DOMAIN_TEXT)
			return 0;
		for (size_t i = 0; i < length; i++) {
			if (!is_of_name(from[at + i]))
				return 0;
			text[out++] = (char)from[at + i];
		}
		text[out++] = '.';
		at += length;
	}
	if (at == size || out == 0)
		return 0;
	text[out - 1] = '\0';
	return at + 1;
}

static void read_option(struct advert *said, const uint8_t *option, size_t size, time_t now)
{
	char text[DOMAIN_TEXT];

	if (size < 8)
		return;
	time_t until = end_of(now, number(option + 4));
	if (option[0] == RDNSS)
		for (size_t at = 8; at + 16 <= size; at += 16)
			add_server(said, option + at, until);
	if (option[0] == DNSSL)
		for (size_t at = 8, took;
			at < size && (took = read_name(option + at, size - at, text)) > 0;
			at += took)
			add_domain(said, text, until);
}

bool advert_read(struct advert *said, const uint8_t *message, size_t size, time_t now)
{
	if (size < ADVERT_SIZE || message[0] != ADVERT || message[1] != 0)
		return false;
	for (size_t at = ADVERT_SIZE, length; at < size; at += length) {
		length = size - at < 2 ? 0 : (size_t)message[at + 1] * 8;
		if (length == 0 || length > size - at)
			return false;
	}
	said->managed = (message[5] & MANAGED) != 0;
	said->other = (message[5] & OTHER) != 0;
	for (size_t at = ADVERT_SIZE; at < size; at += (size_t)message[at + 1] * 8)
		read_option(said, message + at, (size_t)message[at + 1] * 8, now);
	return true;
}

static time_t expire(time_t *until, time_t now, time_t next)
{
	if (*until != 0 && *until <= now)
		*until = 0;
	return *until != 0 && (next == 0 || *until < next) ? *until : next;
}

time_t advert_expire(struct advert *said, time_t now)
{
	time_t next = 0;

	for (struct server *s = said->servers; s < said->servers + SERVERS_MAX; s++)
		next = expire(&s->until, now, next);
	for (struct domain *d = said->domains; d < said->domains + DOMAINS_MAX; d++)
		next = expire(&d->until, now, next);
	return next;
}
