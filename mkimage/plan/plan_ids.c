/* uid and gid by name: every container of the file has a number, from 100 up, in LinuxKit's order.
 */
#include "mkimage/plan/plan_impl.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ID = 100 };

static bool look_up(const struct config *c, const char *name, uint32_t *out)
{
	const struct image_items *all[] = { &c->onboot, &c->onshutdown, &c->services };
	uint32_t id = FIRST_ID;
	bool found = false;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (size_t k = 0; k < all[i]->len; k++, id++) {
			const char *n = all[i]->items[k].name.v;
			/* A name that comes again takes the later number, as in LinuxKit's map. */
			if (n && strcmp(n, name) == 0) {
				*out = id;
				found = true;
			}
		}
	}
	return found;
}

static const char *hint_for(struct planner *pl, const char *name)
{
	const struct config *c = pl->c;
	const struct image_items *all[] = { &c->onboot, &c->onshutdown, &c->services };
	struct strings names = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (size_t k = 0; k < all[i]->len; k++) {
			if (all[i]->items[k].name.v)
				vec_push(pl->mem, &names, all[i]->items[k].name.v);
		}
	}
	return near_hint(
		pl->mem, name, &names, "write a number, or the name of a container of this file");
}

int plan_id(struct planner *pl, const struct y_id *id, uint32_t *out)
{
	*out = 0;
	if (!id->set)
		return 0;
	if (!id->name) {
		if (id->number < 0 || id->number > UINT32_MAX - 1)
			return fail_at(pl->d, id->at, NULL,
				"the id %lld is not between 0 and 4294967294",
				(long long)id->number);
		*out = (uint32_t)id->number;
		return 0;
	}
	if (!id->name[0] || strcmp(id->name, "root") == 0)
		return 0;
	/* "1000" in quotes is a number too. */
	char *end;
	unsigned long long n = strtoull(id->name, &end, 10);
	if (id->name[0] >= '0' && id->name[0] <= '9' && !*end && n < UINT32_MAX) {
		*out = (uint32_t)n;
		return 0;
	}
	if (!look_up(pl->c, id->name, out))
		return fail_at(pl->d, id->at, hint_for(pl, id->name),
			"no container is called \"%s\"", id->name);
	return 0;
}
