/* The key sign: only names files here; the build opens them, since a check needs no private key. */
#include "mkimage/plan/plan_impl.h"

#include <string.h>

int plan_sign(struct planner *pl)
{
	const struct sign_item *o = &pl->c->sign;
	struct plan_sign *s = &pl->p->sign;
	if (!o->set)
		return 0;
	s->certificate_at = o->certificate.at;
	s->key_at = o->key.v ? o->key.at : o->command.at;
	s->certificate = plan_beside(pl, &o->certificate);
	if (o->key.v)
		s->key = strncmp(o->key.v, "pkcs11:", 7) == 0 ? o->key.v : plan_beside(pl, &o->key);
	for (size_t i = 0; i < o->command.len; i++)
		vec_push(pl->mem, &s->command, o->command.items[i].v);
	return 0;
}
