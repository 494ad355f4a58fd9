#include "mkimage/cli/image_report.h"

#include "base/json.h"

#include <errno.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20, ARGS_SHOWN = 200 };

int cli_image(struct cli *c, const char *path, struct inspected **out)
{
	const char *scratch = getenv("TMPDIR");
	return inspect_open(c->mem, path, scratch && *scratch ? scratch : "/tmp", out, &c->d);
}

static int count(void *ctx, struct node *n, const char *path)
{
	struct image_totals *t = ctx;
	const struct inode *i = n->inode;
	(void)path;
	if (i->type != NODE_FILE)
		return 0;
	t->files++;
	t->size += i->content.size / (i->links ? i->links : 1);
	t->stored += i->content.stored / (i->links ? i->links : 1);
	return 0;
}

struct image_totals image_totals(const struct node *from)
{
	struct image_totals t = { 0 };
	(void)tree_walk(from, count, &t);
	return t;
}

static int read_text(struct cli *c, const struct node *n, const char **text, size_t *len)
{
	const struct content *from = &n->inode->content;
	if (n->inode->type != NODE_FILE || from->size > CONFIG_MAX)
		return fail(&c->d, KIND_INPUT, NULL,
			"\"%s\" in the image is no config of a container", tree_path(c->mem, n));
	*len = (size_t)from->size;
	char *buf = arena_alloc(c->mem, *len + 1);
	if (content_read(from, 0, buf, *len) != (ssize_t)*len)
		return fail_sys(
			&c->d, EIO, "cannot read \"%s\" in the image", tree_path(c->mem, n));
	*text = buf;
	return 0;
}

static int read_process(struct cli *c, struct json config, struct image_container *out)
{
	struct json process, user, caps;
	struct strings args = { 0 };
	uint64_t uid = 0;
	if (json_object(config, "process", &process, &c->d) < 0 ||
		json_strings(process, "args", &args, &c->d) < 0 ||
		json_object(process, "user", &user, &c->d) < 0 ||
		json_u64(user, "uid", &uid, &c->d) < 0 ||
		json_object(process, "capabilities", &caps, &c->d) < 0 ||
		json_strings(caps, "bounding", &out->capabilities, &c->d) < 0 ||
		json_bool(process, "noNewPrivileges", &out->no_new_privileges, &c->d) < 0)
		return -1;
	out->uid = (uint32_t)uid;
	out->args = "";
	vec_each (const char *, arg, &args)
		out->args = arena_fmt(c->mem, "%s%s%s", out->args, *out->args ? " " : "", *arg);
	if (strlen(out->args) > ARGS_SHOWN)
		out->args = arena_fmt(c->mem, "%.*s...", ARGS_SHOWN, out->args);
	return 0;
}

static int read_config(struct cli *c, const struct node *n, struct image_container *out)
{
	const char *text = NULL;
	size_t len = 0;
	struct json config, root, linux_, seccomp;
	if (read_text(c, n, &text, &len) < 0 ||
		json_parse(c->mem, arena_fmt(c->mem, "\"%s\"", tree_path(c->mem, n)), text, len,
			&config, &c->d) < 0 ||
		read_process(c, config, out) < 0 || json_object(config, "root", &root, &c->d) < 0 ||
		json_bool(root, "readonly", &out->read_only, &c->d) < 0 ||
		json_object(config, "linux", &linux_, &c->d) < 0 ||
		json_object(linux_, "seccomp", &seccomp, &c->d) < 0)
		return -1;
	out->seccomp = seccomp.val != NULL;
	return 0;
}

/* "003-dhcp" is the fourth step, dhcp. */
static const char *without_number(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	return digits == 3 && name[3] == '-' ? name + 4 : name;
}

int image_containers(struct cli *c, const struct inspected *i, struct image_containers *out)
{
	static const char *const stages[] = { "onboot", "services", "onshutdown" };
	for (size_t s = 0; s < ARRAY_LEN(stages); s++) {
		const struct node *stage = !i->root || !i->root->tree
						   ? NULL
						   : tree_find(i->root->tree->root,
							     arena_fmt(c->mem, "containers/%s",
								     stages[s]));
		for (size_t n = 0; stage && n < stage->len; n++) {
			const struct node *dir = stage->children[n];
			const struct node *config = tree_find(dir, "config.json");
			struct image_totals t = image_totals(dir);
			struct image_container one = { .stage = stages[s],
				.name = without_number(dir->name),
				.size = t.size,
				.stored = t.stored };
			if (!config)
				continue;
			if (read_config(c, config, &one) < 0)
				return -1;
			vec_push(c->mem, out, one);
		}
	}
	return 0;
}
