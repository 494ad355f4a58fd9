/* What a router of the link says to the package dhcp, told twice, and later: only what may stand in
 * a line of resolv.conf is kept. */
#include "tests/fuzz/fuzz.h"

#include "packages/dhcp/advert.c"

feeder feed_advert;

int feed_advert(const uint8_t *data, size_t len)
{
	static struct advert said;

	memset(&said, 0, sizeof(said));
	for (time_t now = 1; now <= 1000; now += 500) {
		advert_read(&said, data, len, now);
		time_t next = advert_expire(&said, now);
		if (next != 0 && next <= now)
			abort();
		for (const struct domain *d = said.domains; d < said.domains + DOMAINS_MAX; d++)
			for (const char *c = d->text; *c != '\0'; c++)
				if (*c != '.' && !is_of_name((uint8_t)*c))
					abort();
	}
	return 0;
}
