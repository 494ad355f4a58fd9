#include "mkimage/registry/registry_impl.h"

int registry_open(
	struct arena *mem, const struct registry_options *o, struct registry **out, struct diags *d)
{
	struct registry *r = ARENA_NEW(mem, struct registry);
	*r = (struct registry){ .mem = mem, .o = *o, .lock = PTHREAD_MUTEX_INITIALIZER };
	if (settings_load(mem, o->settings, &r->settings, d) < 0)
		return -1;
	*out = r;
	return 0;
}

void registry_close(struct registry **r)
{
	*r = NULL;
}

struct channel channel_open(struct registry *r, const bool *cancel)
{
	struct http_limits limits = { .stall_seconds = r->settings.stall_seconds };
	return (struct channel){ .r = r, .http = http_open(&limits, cancel), .mem = arena_new() };
}

void channel_close(struct channel *c)
{
	http_close(&c->http);
	arena_drop(&c->mem);
}
