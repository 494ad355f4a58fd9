#include "mkimage/cli/cli.h"
#include "mkimage/cli/show.h"

#include "base/json.h"
#include "mkimage/bundle/bundle.h"

#include <string.h>

static void line(struct cli *c, const char *key, const char *value)
{
	printf("%-12s %s\n", key, cli_safe(c->mem, value));
}

static void print_head(struct cli *c, const struct plan *p)
{
	line(c, "platform", arena_fmt(c->mem, "%s/%s", p->platform.os, p->platform.arch));
	line(c, "layout",
		p->slipway_init ? "slipway: a read-only root image"
				: "linuxkit: unpacked into memory");
	if (p->kernel) {
		line(c, "kernel", p->kernel_ref);
		line(c, "cmdline", p->cmdline);
	}
	if (p->modules_extra.len)
		line(c, "modules", strings_join(c->mem, &p->modules_extra, " "));
	for (size_t i = 0; i < p->init_len; i++)
		line(c, "init", p->init_refs[i]);
	for (size_t i = 0; i < p->volumes_len; i++)
		line(c, "volume",
			arena_fmt(c->mem, "%s%s%s%s", p->volumes[i].name,
				p->volumes[i].readonly ? " (read-only)" : "",
				p->volumes[i].image ? " of " : "",
				p->volumes[i].image ? p->volumes[i].image->name : ""));
}

static void print_namespace(struct cli *c, const char **out, const char *name, const char *path)
{
	if (path)
		*out = arena_fmt(
			c->mem, "%s%s%s%s%s", *out, **out ? " " : "", name, *path ? "=" : "", path);
}

static void print_service(struct cli *c, const struct service *s)
{
	const char *spaces = "";
	print_namespace(c, &spaces, "net", s->net);
	print_namespace(c, &spaces, "ipc", s->ipc);
	print_namespace(c, &spaces, "uts", s->uts);
	print_namespace(c, &spaces, "pid", s->pid);
	print_namespace(c, &spaces, "user", s->userns);
	print_namespace(c, &spaces, "cgroup", s->cgroupns);
	printf("\n%s\n", s->bundle);
	line(c, "  image", s->ref);
	line(c, "  command", strings_join(c->mem, &s->args, " "));
	line(c, "  user", arena_fmt(c->mem, "%u:%u", s->uid, s->gid));
	line(c, "  root", s->readonly ? "read-only" : "writable");
	line(c, "  namespaces", spaces);
	if (s->bounding.len)
		line(c, "  caps", strings_join(c->mem, &s->bounding, " "));
	vec_each (struct mount_point, m, &s->mounts) {
		if (strcmp(m->type, "bind") == 0)
			line(c, "  bind", arena_fmt(c->mem, "%s on %s", m->source, m->destination));
	}
	vec_each (struct label, l, &s->annotations)
		line(c, "  note", arena_fmt(c->mem, "%s=%s", l->key, l->value));
}

static void print_text(struct cli *c, const struct plan *p)
{
	print_head(c, p);
	for (size_t i = 0; i < p->services_len; i++)
		print_service(c, &p->services[i]);
	if (p->files_len)
		printf("\n");
	for (size_t i = 0; i < p->files_len; i++) {
		const struct planned_file *f = &p->files[i];
		line(c, "file",
			arena_fmt(
				c->mem, "%04o %u:%u %s", f->mode, f->uid, f->gid, f->item->path.v));
	}
}

static int add_json(yyjson_mut_doc *doc, yyjson_mut_val *to, const char *key, struct arena *a,
	const char *text, size_t len, struct diags *d)
{
	struct json parsed;
	if (json_parse(a, key, text, len, &parsed, d) < 0)
		return -1;
	yyjson_mut_obj_add(to, yyjson_mut_str(doc, key), yyjson_val_mut_copy(doc, parsed.val));
	return 0;
}

/* The two files of every bundle: as a list of files, or as one JSON object by path. */
static int print_bundles(struct cli *c, const struct plan *p, bool json)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	for (size_t i = 0; i < p->services_len; i++) {
		const struct service *s = &p->services[i];
		char *text[2];
		size_t len[2];
		if (bundle_config_json(c->mem, s, 4, &text[0], &len[0], &c->d) < 0 ||
			bundle_runtime_json(c->mem, s, 4, &text[1], &len[1], &c->d) < 0)
			return -1;
		for (size_t k = 0; k < 2; k++) {
			const char *path = arena_fmt(
				c->mem, "%s/%s", s->bundle, k ? "runtime.json" : "config.json");
			if (!json)
				printf("# %s\n%s\n", cli_safe(c->mem, path), text[k]);
			else if (add_json(doc, root, path, c->mem, text[k], len[k], &c->d) < 0)
				return -1;
		}
	}
	size_t out_len;
	if (json)
		printf("%s\n", json_write(c->mem, doc, 2, &out_len));
	return 0;
}

static void put(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, const char *value)
{
	if (value)
		yyjson_mut_obj_add(obj, yyjson_mut_str(doc, key), yyjson_mut_str(doc, value));
}

static void print_json(struct cli *c, const struct plan *p)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc), *init = yyjson_mut_arr(doc),
		       *services = yyjson_mut_arr(doc);
	char digest[DIGEST_TEXT_SIZE];
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	put(doc, root, "os", p->platform.os);
	put(doc, root, "arch", p->platform.arch);
	put(doc, root, "kernel", p->kernel_ref);
	put(doc, root, "cmdline", p->cmdline);
	for (size_t i = 0; i < p->init_len; i++)
		yyjson_mut_arr_add_str(doc, init, p->init_refs[i]);
	yyjson_mut_obj_add(root, yyjson_mut_str(doc, "init"), init);
	for (size_t i = 0; i < p->services_len; i++) {
		const struct service *s = &p->services[i];
		yyjson_mut_val *v = yyjson_mut_obj(doc);
		put(doc, v, "name", s->name);
		put(doc, v, "bundle", s->bundle);
		put(doc, v, "image", s->ref);
		put(doc, v, "manifest",
			arena_str(c->mem, digest_text(&s->image->manifest.digest, digest)));
		yyjson_mut_arr_append(services, v);
	}
	yyjson_mut_obj_add(root, yyjson_mut_str(doc, "containers"), services);
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

static int show_config(struct cli *c, struct store *s)
{
	static const struct plan_options options = { .skip_missing = true };
	struct config config;
	struct plan plan;
	if (cli_config(c, &config) < 0)
		return -1;
	int rc = plan_make(c->mem, &config, s, &options, &plan, &c->d);
	config_explain(&config, &c->d);
	if (rc < 0)
		return -1;
	const struct resolved *root = plan_resolved(c->mem, &plan);
	if (cli_flag(c, "json"))
		printf("%s\n", show_json(c->mem, &config, root));
	else
		show_yaml(c->mem, &config, root, stdout);
	return 0;
}

int command_show(struct cli *c)
{
	struct config config;
	struct plan plan;
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0)
		return -1;
	if (!cli_flag(c, "bundles") && !cli_flag(c, "plan"))
		return show_config(c, store);
	if (cli_plan(c, store, &config, &plan) < 0)
		return -1;
	if (cli_flag(c, "bundles"))
		return print_bundles(c, &plan, cli_flag(c, "json"));
	if (cli_flag(c, "json"))
		print_json(c, &plan);
	else
		print_text(c, &plan);
	return 0;
}
