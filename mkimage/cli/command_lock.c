/* slipway lock: writes, compares and renews the lock of a config. */
#include "mkimage/cli/locked.h"

#include "base/json.h"
#include "base/near.h"
#include "mkimage/out/out.h"

#include <string.h>

struct locking {
	struct cli *c;
	struct store *store;
	const char *path; /* of the lock */
	struct config config;
	struct lock old;
	bool has_old;
	struct strings names; /* what alone is to be renewed; none: all */
};

static bool is_file(const char *word)
{
	size_t len = strlen(word);
	return strcmp(word, "-") == 0 || (len > 4 && strcmp(word + len - 4, ".yml") == 0) ||
	       (len > 5 && strcmp(word + len - 5, ".yaml") == 0);
}

/* Files stay the command's words; other words name what is to be renewed. */
static int words(struct locking *l)
{
	struct cli *c = l->c;
	struct strings files = { 0 };
	bool update = cli_flag(c, "update");
	vec_each (const char *, w, &c->words) {
		if (update && !is_file(*w))
			vec_push(c->mem, &l->names, *w);
		else
			vec_push(c->mem, &files, *w);
	}
	if (!files.len)
		return fail(&c->d, KIND_USAGE, "slipway lock --update FILE.yml... [NAME...]",
			"`slipway lock` needs a FILE.yml");
	c->words = files;
	l->path = cli_lock_path(c);
	if (!l->path)
		return fail(&c->d, KIND_USAGE, "say where it is to be: --lock FILE",
			"the standard input has no place for a lock beside it");
	return 0;
}

/* "nginx" names docker.io/library/nginx:1.27. */
static bool same_image(struct arena *a, const char *name, const char *ref)
{
	const char *full, *why;
	if (reference_normalise(a, name, &full, &why) < 0)
		return false;
	size_t len = strlen(full);
	return strcmp(full, ref) == 0 ||
	       (strncmp(full, ref, len) == 0 && (ref[len] == ':' || ref[len] == '@'));
}

static bool named(struct locking *l, const char *image, const char *source)
{
	vec_each (const char *, n, &l->names) {
		if ((image && same_image(l->c->mem, *n, image)) ||
			(source && strcmp(*n, source) == 0))
			return true;
	}
	return !l->names.len;
}

/* Every name must be something's. */
static int check_names(struct locking *l)
{
	struct cli *c = l->c;
	vec_each (const char *, n, &l->names) {
		struct strings known = { 0 };
		bool found = false;
		vec_each (struct locked_image, i, &l->old.images) {
			vec_push(c->mem, &known, i->ref);
			found |= same_image(c->mem, *n, i->ref);
		}
		vec_each (struct locked_file, f, &l->old.files) {
			vec_push(c->mem, &known, f->source);
			found |= strcmp(*n, f->source) == 0;
		}
		if (!found)
			return fail(&c->d, KIND_USAGE,
				near_hint(c->mem, *n, &known,
					"`slipway lock --update FILE.yml` renews all"),
				"the lock \"%s\" has no image or file \"%s\"", l->path, *n);
	}
	return 0;
}

static int write_lock(struct locking *l, const struct lock *new)
{
	struct cli *c = l->c;
	struct lock again;
	size_t len;
	const char *text = lock_text(c->mem, new, &len);
	AUTO_OUT out = NULL;
	/* What cannot be read back would be of no use. */
	if (lock_parse(c->mem, l->path, text, len, &again, &c->d) < 0 ||
		out_create(l->path, 0666, &out, &c->d) < 0 ||
		out_write(out, text, len, &c->d) < 0 || out_commit(&out, &c->d) < 0)
		return -1;
	cli_say(c, arena_fmt(c->mem, "%s: images %zu, Debian packages %zu, files %zu", l->path,
			   new->images.len, new->packages.len, new->files.len));
	return 0;
}

static void print_changes(struct cli *c, const struct lock_changes *all)
{
	vec_each (struct lock_change, k, all) {
		printf("%s\n", cli_safe(c->mem, k->what));
		if (k->was)
			printf("  - %s\n", cli_safe(c->mem, k->was));
		if (k->is)
			printf("  + %s\n", cli_safe(c->mem, k->is));
	}
}

static void print_json(struct cli *c, const struct lock_changes *all)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	vec_each (struct lock_change, k, all) {
		yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, root);
		yyjson_mut_obj_add_str(doc, v, "what", k->what);
		yyjson_mut_obj_add_str(doc, v, "was", k->was);
		yyjson_mut_obj_add_str(doc, v, "is", k->is);
	}
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

/* Pins for what is not to be renewed. */
static void pin_others(struct locking *l, struct plan_options *o)
{
	struct lock kept = l->old;
	kept.images = (struct locked_images){ 0 };
	kept.files = (struct locked_files){ 0 };
	vec_each (struct locked_image, i, &l->old.images) {
		if (!named(l, i->ref, NULL))
			vec_push(l->c->mem, &kept.images, *i);
	}
	lock_pin(l->c->mem, &kept, o);
	o->epoch = &l->old.time;
}

/* Files that are not to be renewed stay as they were locked. */
static void keep_files(struct locking *l, struct lock *new)
{
	vec_each (struct locked_file, f, &new->files) {
		vec_each (struct locked_file, was, &l->old.files) {
			if (strcmp(f->source, was->source) == 0 && !named(l, NULL, f->source))
				*f = *was;
		}
	}
}

static int renew(struct locking *l)
{
	struct cli *c = l->c;
	struct plan_options o = { 0 };
	struct plan plan;
	struct lock new;
	struct lock_changes changes = { 0 };
	if (check_names(l) < 0)
		return -1;
	pin_others(l, &o);
	o.renew = true;
	if (cli_plan_fetch(c, l->store, &o, &l->config, &plan) < 0 ||
		lock_make(c->mem, &plan, l->store, &new, &c->d) < 0)
		return -1;
	keep_files(l, &new);
	lock_compare(c->mem, &l->old, &new, &changes);
	if (cli_flag(c, "json"))
		print_json(c, &changes);
	else
		print_changes(c, &changes);
	return changes.len ? write_lock(l, &new) : 0;
}

/* A lock that is there is compared, and not written. */
static int compare(struct locking *l)
{
	struct cli *c = l->c;
	struct plan_options o = { 0 };
	struct plan plan;
	if (cli_lock_use(c, &l->old, &l->config, &o) < 0 ||
		cli_plan_fetch(c, l->store, &o, &l->config, &plan) < 0 ||
		lock_check_plan(c->mem, &l->old, &plan, l->store, &c->d) < 0)
		return -1;
	cli_say(c, arena_fmt(c->mem, "%s is what the config needs", l->path));
	return 0;
}

static int create(struct locking *l)
{
	struct plan_options o = { 0 };
	struct plan plan;
	struct lock new;
	if (cli_plan_fetch(l->c, l->store, &o, &l->config, &plan) < 0 ||
		lock_make(l->c->mem, &plan, l->store, &new, &l->c->d) < 0)
		return -1;
	return write_lock(l, &new);
}

int command_lock(struct cli *c)
{
	struct locking l = { .c = c };
	AUTO_STORE store = NULL;
	if (words(&l) < 0 || cli_config(c, &l.config) < 0 || cli_store(c, &store) < 0)
		return -1;
	l.store = store;
	int found = cli_lock_read(c, l.path, &l.old);
	int rc = found < 0		 ? -1
		 : !found		 ? create(&l)
		 : cli_flag(c, "update") ? renew(&l)
					 : compare(&l);
	config_explain(&l.config, &c->d);
	return rc;
}
