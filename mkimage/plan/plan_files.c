#include "mkimage/plan/plan_impl.h"

#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* "~/x" is in the user's home; anything else is as the working folder has it (LINUXKIT.md "files").
 */
static int source_path(struct planner *pl, const struct y_str *y, const char **out)
{
	*out = y->v;
	if (strncmp(y->v, "~/", 2) != 0)
		return 0;
	const char *home = getenv("HOME");
	if (!home || home[0] != '/')
		return fail_at(pl->d, y->at, "write the whole path",
			"\"%s\" needs HOME, which is not set", y->v);
	*out = arena_fmt(pl->mem, "%s/%s", home, y->v + 2);
	return 0;
}

/* 0: there; 1: left out, since it is optional. */
static int check_source(struct planner *pl, const struct file_item *y, const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0) {
		if (errno == ENOENT && y->optional.v)
			return 1;
		return fail_at(pl->d, y->source.at,
			errno == ENOENT
				? "relative paths start at the working folder; `optional: true` "
				  "leaves a missing file out"
				: NULL,
			"cannot read \"%s\": %s", path, strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		return fail_at(pl->d, y->source.at,
			"name a file; folders are made with `directory: true`",
			"\"%s\" is no regular file", path);
	return 0;
}

static int one_kind(struct planner *pl, const struct file_item *y)
{
	int kinds = y->directory.v + (y->symlink.v != NULL) + (y->contents.v != NULL) +
		    (y->source.v != NULL) + (y->metadata.v != NULL);
	if (kinds == 1)
		return 0;
	if (kinds == 0)
		return fail_at(pl->d, y->at,
			"add contents:, source:, symlink:, metadata: or directory: true",
			"the file \"%s\" has no contents", y->path.v);
	return fail_at(pl->d, y->at, NULL,
		"the file \"%s\" has more than one of contents, source, symlink, metadata and directory",
		y->path.v);
}

static int by_source(const void *key, const void *item)
{
	return strcmp(key, ((const struct plan_file_pin *)item)->source);
}

int plan_locked_file(struct planner *pl, const char *source, const char **out)
{
	const struct plan_options *o = pl->options;
	const struct plan_file_pin *pin = NULL;
	struct stat st;
	if (o->file_pins_len)
		pin = bsearch(
			source, o->file_pins, o->file_pins_len, sizeof(*o->file_pins), by_source);
	if (!pin || !store_has(pl->store, &pin->digest))
		return 0;
	/* Without a home there is no such place. */
	struct y_str y = { .v = source };
	bool placed = strncmp(source, "~/", 2) != 0 || getenv("HOME");
	if (placed && source_path(pl, &y, out) == 0 && (stat(*out, &st) == 0 || errno != ENOENT))
		return 0;
	*out = store_blob_path(pl->store, pl->mem, &pin->digest);
	return 1;
}

static int file(struct planner *pl, const struct file_item *y)
{
	struct planned_file f = { .item = y, .mode = y->directory.v ? 0700 : 0600 };
	if (!y->path.v || !y->path.v[strspn(y->path.v, "/.")])
		return fail_at(pl->d, y->path.v ? y->path.at : y->at, NULL,
			"the file \"%s\" has no name", y->path.v ? y->path.v : "");
	if (path_climbs(y->path.v))
		return fail_at(pl->d, y->path.at, "write the path from the root of the image",
			"the path \"%s\" contains \"..\"", y->path.v);
	if (one_kind(pl, y) < 0)
		return -1;
	if (y->metadata.v && strcmp(y->metadata.v, "json") != 0 &&
		strcmp(y->metadata.v, "yaml") != 0)
		return fail_at(pl->d, y->metadata.at, "write json or yaml",
			"\"%s\" is no form of metadata", y->metadata.v);
	if (y->mode.v && plan_mode(pl, &y->mode, &f.mode) < 0)
		return -1;
	if (plan_id(pl, &y->uid, &f.uid) < 0 || plan_id(pl, &y->gid, &f.gid) < 0)
		return -1;
	if (y->source.v && plan_locked_file(pl, y->source.v, &f.source) == 0) {
		if (source_path(pl, &y->source, &f.source) < 0)
			return -1;
		int rc = check_source(pl, y, f.source);
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	pl->p->files[pl->p->files_len++] = f;
	return 0;
}

int plan_files(struct planner *pl)
{
	const struct file_items *y = &pl->c->files;
	bool failed = false;
	pl->p->files = arena_array(pl->mem, y->len, sizeof(*pl->p->files));
	for (size_t i = 0; i < y->len; i++) {
		if (file(pl, &y->items[i]) == 0)
			continue;
		failed = true;
		if (!plan_go_on(pl))
			return -1;
	}
	return failed ? -1 : 0;
}
