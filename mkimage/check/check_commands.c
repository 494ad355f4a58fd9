/* What a container's settings name inside of its image: programs to run, and where they start. */
#include "mkimage/check/check_impl.h"

#include <string.h>

/* A program that ready: or health: asks. */
static int check_asked(struct checker *c, const char *key, const struct y_list *words)
{
	if (!words->len)
		return 0;
	const char *name = words->items[0].v;
	return check_program(
		c, words->items[0].at, name, arena_fmt(c->mem, "the %s command \"%s\"", key, name));
}

int check_commands(struct checker *c)
{
	const struct service *s = c->service;
	const struct service_options *o = &s->options->service;
	/* Without one it is said already. */
	if (s->args.len && check_program(c, s->args_at, s->args.items[0],
				   arena_fmt(c->mem, "the command \"%s\"", s->args.items[0])) < 0)
		return -1;
	if (s->section != SECTION_SERVICE)
		return 0;
	if (check_asked(c, "ready", &o->ready.command) < 0)
		return -1;
	return check_asked(c, "health", &o->health.command);
}

/* The runtime makes the folder, or one below it. */
static bool is_made(const struct service *s, const char *path)
{
	size_t len = strlen(path);
	vec_each (struct mount_point, m, &s->mounts) {
		if (strncmp(m->destination, path, len) == 0 && m->destination[len] == '/')
			return true;
	}
	return s->runtime.mkdir.len || s->runtime.mounts.len;
}

void check_cwd(struct checker *c)
{
	const struct service *s = c->service;
	const struct y_str *said = &s->options->cwd;
	bool covered;
	if (s->cwd[0] != '/')
		return; /* said already */
	const struct node *n = check_look(c, s->cwd, &covered);
	struct pos at = said->v && said->v[0] ? said->at : s->item->image.at;
	if (covered || (n && n->inode->type == NODE_DIR))
		return;
	if (n)
		check_mistake(c, at, "name a folder",
			"the working folder \"%s\" is no folder in the image \"%s\"", s->cwd,
			s->ref);
	else if (!is_made(s, s->cwd))
		check_mistake(c, at, "add it to the image, or start elsewhere: cwd: /",
			"the working folder \"%s\" is not in the image \"%s\"", s->cwd, s->ref);
}
