#include "mkimage/check/check_impl.h"

#include "mkimage/layer/layer.h"

#include <string.h>

static void context(struct checker *c)
{
	static const char *const words[] = {
		[SECTION_ONBOOT] = "onboot container",
		[SECTION_ONSHUTDOWN] = "onshutdown container",
		[SECTION_SERVICE] = "service",
	};
	if (c->service)
		(void)fail_ctx(c->d, "checking the %s \"%s\"", words[c->service->section],
			c->service->name);
}

void check_mistake(struct checker *c, struct pos at, const char *hint, const char *fmt, ...)
{
	bool full = diags_full(c->d);
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vfmt(c->mem, fmt, ap);
	va_end(ap);
	if (c->plan->config->slipway.v == 1)
		(void)fail_at(c->d, at, hint, "%s", text);
	else
		warn_at(c->d, at, hint, "%s", text);
	if (!full)
		context(c);
}

void check_warn(struct checker *c, struct pos at, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (!diags_full(c->d)) {
		warn_at(c->d, at, hint, "%s", arena_vfmt(c->mem, fmt, ap));
		context(c);
	}
	va_end(ap);
}

bool check_covered(const struct service *s, const char *path, const struct mount_point *except)
{
	path += strspn(path, "/");
	vec_each (struct mount_point, m, &s->mounts) {
		const char *on = m->destination + strspn(m->destination, "/");
		size_t len = strlen(on);
		while (len && on[len - 1] == '/')
			len--;
		if (m != except && strncmp(path, on, len) == 0 &&
			(!len || !path[len] || path[len] == '/'))
			return true;
	}
	return false;
}

const struct node *check_look(struct checker *c, const char *path, bool *covered)
{
	const char *end = path;
	*covered = check_covered(c->service, path, NULL);
	if (*covered)
		return NULL;
	const struct node *n = tree_follow(c->mem, c->root, path, &end);
	*covered = check_covered(c->service, end, NULL);
	return *covered ? NULL : n;
}

/* All services with the files of one image. */
static int check_image(struct checker *c, const struct service *first, struct store *s)
{
	struct layers open = { 0 };
	struct tree *t = tree_new(c->mem, 0);
	int rc = image_apply(s, c->mem, first->image, t, t->root, first->ref, NULL, &open, c->d);
	c->root = t;
	const struct service *end = c->plan->services + c->plan->services_len;
	for (const struct service *other = first; rc == 0 && other < end; other++) {
		if (strcmp(other->root_bundle, first->bundle) != 0)
			continue;
		c->service = other;
		check_mounts(c);
		rc = check_command(c);
	}
	c->service = NULL;
	layers_close(&open);
	return rc;
}

int check_plan(const struct plan *p, struct store *s, struct diags *d)
{
	unsigned before = d->errors;
	for (size_t i = 0; i < p->services_len && !diags_full(d); i++) {
		/* One at a time: images are large. */
		AUTO_ARENA mem = arena_new();
		struct checker c = { .mem = mem, .plan = p, .d = d };
		const struct service *first = &p->services[i];
		if (strcmp(first->root_bundle, first->bundle) == 0 && check_image(&c, first, s) < 0)
			return fail_ctx(d, "looking into the image \"%s\"", first->ref);
	}
	struct checker c = { .mem = d->mem, .plan = p, .d = d };
	check_ports(&c);
	return d->errors > before ? -1 : 0;
}
