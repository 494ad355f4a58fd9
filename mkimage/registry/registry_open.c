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
	if (!*r)
		return;
	while ((*r)->idle_len)
		http_close(&(*r)->idle[--(*r)->idle_len]);
	*r = NULL;
}

static struct http *take_idle(struct registry *r)
{
	pthread_mutex_lock(&r->lock);
	struct http *h = r->idle_len ? r->idle[--r->idle_len] : NULL;
	pthread_mutex_unlock(&r->lock);
	return h;
}

/* The one that was used last is taken first: the others may have been shut by the other side. */
static bool put_idle(struct registry *r, struct http *h)
{
	pthread_mutex_lock(&r->lock);
	bool room = r->idle_len < ARRAY_LEN(r->idle);
	if (room)
		r->idle[r->idle_len++] = h;
	pthread_mutex_unlock(&r->lock);
	return room;
}

struct channel channel_open(struct registry *r, const bool *cancel)
{
	struct http_limits limits = { .stall_seconds = r->settings.stall_seconds };
	struct http *h = take_idle(r);
	if (!h)
		h = http_open(&limits);
	http_cancel_by(h, cancel);
	return (struct channel){ .r = r, .http = h, .mem = arena_new() };
}

void channel_close(struct channel *c)
{
	http_cancel_by(c->http, NULL);
	if (!put_idle(c->r, c->http))
		http_close(&c->http);
	arena_drop(&c->mem);
}
