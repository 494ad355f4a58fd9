/* Debian's source packages (deb-src-control(5), format "3.0 (quilt)"): tarballs, then patches in
 * order. */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/pkg/apt.h"
#include "mkimage/pkg/source_impl.h"

#include <string.h>
#include <sys/stat.h>

enum { SERIES_MAX = 1 << 20 };

static const struct apt_file *file_like(const struct apt_files *files, const char *part)
{
	for (size_t i = 0; i < files->len; i++)
		if (strstr(files->items[i].name, part) && !strstr(files->items[i].name, ".asc"))
			return &files->items[i];
	return NULL;
}

static int untar(
	struct pkg_build *b, const struct apt_file *f, const char *dir, bool strip, struct diags *d)
{
	struct spawn s = { .install = "tar" };
	spawn_args(b->mem, &s, "tar", "-xf", f->path, "-C", dir, "--no-same-owner", NULL);
	if (strip)
		spawn_arg(b->mem, &s, "--strip-components=1");
	return spawn_run(b->mem, &s, 0, NULL, NULL, d);
}

static int patch(struct pkg_build *b, const char *dir, const char *name, struct diags *d)
{
	struct spawn s = { .cwd = dir, .install = "patch" };
	spawn_args(b->mem, &s, "patch", "-p1", "-s", "-t", "-i",
		arena_fmt(b->mem, "debian/patches/%s", name), NULL);
	if (spawn_run(b->mem, &s, 0, NULL, NULL, d) < 0)
		return fail_ctx(d, "applying Debian's patch \"%s\"", name);
	return 0;
}

static int patches(struct pkg_build *b, const char *dir, struct diags *d)
{
	const char *series = arena_fmt(b->mem, "%s/debian/patches/series", dir);
	struct stat st;
	char *text, *rest;
	size_t len;
	if (stat(series, &st) < 0)
		return 0;
	if (file_read(b->mem, series, SERIES_MAX, &text, &len, d) < 0)
		return -1;
	for (char *p = strtok_r(text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest)) {
		p += strspn(p, " \t");
		p[strcspn(p, " \t#\r")] = '\0';
		if (*p && patch(b, dir, p, d) < 0)
			return -1;
	}
	return 0;
}

int source_fetch(struct source_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const char *dir = x->dir;
	const struct recipe_source *r = &b->recipe->source;
	AUTO_APT apt = NULL;
	struct apt_files files = { 0 };
	char text[DIGEST_TEXT_SIZE];
	pkg_progress(b, "asking Debian's %s for the source of %s", r->suite.v, r->package.v);
	if (apt_open(b->store, b->mem, &(struct apt_source){ r->suite.v, NULL },
		    &b->options->platform, &apt, d) < 0)
		return -1;
	if (apt_resolve_source(apt, b->mem, r->package.v, &files, d) < 0)
		return fail_ctx(d, "looking for the source package \"%s\" (%s:%u)", r->package.v,
			r->package.at.file, r->package.at.line);
	if (apt_fetch(apt, &files, d) < 0)
		return -1;
	const struct apt_file *orig = file_like(&files, ".orig.tar."),
			      *debian = file_like(&files, ".debian.tar.");
	if (!orig || !orig->path)
		return fail_at(d, r->package.at, NULL,
			"the source package \"%s\" has no tarball of its upstream", r->package.v);
	if (untar(b, orig, dir, true, d) < 0)
		return -1;
	x->version = orig->version;
	const char *label = arena_fmt(
		b->mem, "%s %s %s", r->package.v, orig->version, digest_text(&orig->digest, text));
	if (debian && debian->path) {
		if (untar(b, debian, dir, false, d) < 0 || patches(b, dir, d) < 0)
			return -1;
		label = arena_fmt(b->mem, "%s %s", label, digest_text(&debian->digest, text));
	}
	pkg_label(b, "io.slipway.source", label);
	return 0;
}
