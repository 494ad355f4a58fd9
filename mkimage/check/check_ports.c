/*
 * Two services that share the host's network cannot both listen on one port. What a service listens
 * on is what it says itself, `ready: {tcp: PORT}`, else what its image declares (image-spec
 * config.md, ExposedPorts).
 */
#include "mkimage/check/check_impl.h"

#include <stdlib.h>
#include <string.h>

struct port {
	unsigned number;
	bool udp;
	const struct service *service;
};

struct ports {
	struct port *items;
	size_t len, cap;
};

/* "80", "80/tcp", "53/udp"; ranges and others say nothing here. */
static bool parse(const char *text, struct port *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (*text < '1' || *text > '9' || n > 65535)
		return false;
	out->number = (unsigned)n;
	out->udp = strcmp(end, "/udp") == 0;
	return out->udp || !*end || strcmp(end, "/tcp") == 0;
}

static int by_number(const void *a, const void *b)
{
	const struct port *x = a, *y = b;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->udp != y->udp)
		return x->udp ? 1 : -1;
	return x->service < y->service ? -1 : x->service > y->service;
}

static const char *annotation(const struct service *s, const char *key)
{
	vec_each (struct label, l, &s->annotations) {
		if (strcmp(l->key, key) == 0)
			return l->value;
	}
	return NULL;
}

static void collect(struct checker *c, const struct service *s, struct ports *out)
{
	struct port p = { .service = s };
	if (s->section != SECTION_SERVICE || s->net)
		return;
	const char *own = annotation(s, "io.slipway.ready.tcp");
	if (own && parse(own, &p)) {
		vec_push(c->mem, out, p);
		return;
	}
	vec_each (const char *, text, &s->image->config.ports) {
		if (parse(*text, &p))
			vec_push(c->mem, out, p);
	}
}

void check_ports(struct checker *c)
{
	struct ports all = { 0 };
	for (size_t i = 0; i < c->plan->services_len; i++)
		collect(c, &c->plan->services[i], &all);
	if (all.len)
		qsort(all.items, all.len, sizeof(*all.items), by_number);
	for (size_t i = 1; i < all.len; i++) {
		const struct port *one = &all.items[i - 1], *two = &all.items[i];
		if (one->number != two->number || one->udp != two->udp ||
			one->service == two->service)
			continue;
		c->service = two->service;
		const struct y_int *own = &two->service->item->options.service.ready.tcp;
		check_mistake(c, own->set ? own->at : two->service->item->image.at,
			"give one of them a network of its own: net: new",
			"the services \"%s\" and \"%s\" both listen on the host's %s port %u",
			one->service->name, two->service->name, one->udp ? "UDP" : "TCP",
			one->number);
	}
	c->service = NULL;
}
