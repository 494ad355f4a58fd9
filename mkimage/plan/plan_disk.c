#include "mkimage/plan/plan_impl.h"

#include <string.h>

int plan_disk(struct planner *pl)
{
	const struct plan *p = pl->p;
	const struct disk_data *data = &pl->c->disk.data;
	/* With images missing, the step may be one of those that are left out; without a system
	 * nothing boots. */
	if (!data->set || p->missing.len || !p->init_len)
		return 0;
	for (size_t i = 0; i < p->services_len; i++) {
		const struct service *s = &p->services[i];
		const char *makes = s->image ? image_label(s->image, "io.slipway.disk") : NULL;
		if (s->section == SECTION_ONBOOT && makes && strcmp(makes, "1") == 0)
			return 0;
	}
	return fail_at(pl->d, data->at,
		"add `- {name: disk, image: slipway/disk}` to onboot:, before what uses the data",
		"no step of onboot makes the partition for data");
}
