/* Forms of paths, and of what is made of paths. */
#include "yaml/check.h"
#include "yaml/fields.h"

#include "base/near.h"
#include "base/path.h"

#include <string.h>

static bool climbs(struct reader *r, const struct y_str *v, const char *path)
{
	if (!path_climbs(path))
		return false;
	reader_fail(
		r, v->at, "write the path without `..`", "the path \"%s\" contains \"..\"", path);
	return true;
}

/* A folder name may hold any byte but NUL, and none needs a line break. */
static bool broken(struct reader *r, const struct y_str *v)
{
	if (!strchr(v->v, '\n') && strlen(v->v) < 4096)
		return false;
	if (strchr(v->v, '\n'))
		reader_fail(r, v->at, "write it on one line", "a path contains a line break");
	else
		reader_fail(r, v->at, NULL, "a path has more than 4095 bytes");
	return true;
}

static void check_path(struct reader *r, const struct y_str *v)
{
	if (!broken(r, v))
		(void)climbs(r, v, v->v);
}
const struct form form_path = { .check = check_path };

static void check_absolute(struct reader *r, const struct y_str *v)
{
	if (broken(r, v) || climbs(r, v, v->v) || !v->v[0] || v->v[0] == '/')
		return;
	reader_mistake(r, v->at, "start it with `/`", "the path \"%s\" is not absolute", v->v);
}
const struct form form_absolute = { .check = check_absolute };

/* What a machine can make folders in while its root is read-only, and keeps them over a boot. */
static void check_below_var(struct reader *r, const struct y_str *v)
{
	if (broken(r, v) || climbs(r, v, v->v))
		return;
	if (strncmp(v->v, "/var/", 5) != 0 || !v->v[5] || strlen(v->v) > 200)
		reader_fail(r, v->at, "as in `/var/data`",
			"the path \"%.200s\" is not one below /var, where a machine mounts its data",
			v->v);
}
const struct form form_below_var = { .check = check_below_var, .pattern = "^/var/.{1,195}$" };

static void check_file_path(struct reader *r, const struct y_str *v)
{
	if (broken(r, v) || climbs(r, v, v->v))
		return;
	if (!v->v[strspn(v->v, "/.")])
		reader_fail(r, v->at, "write the path of a file, as in `etc/motd`",
			"the path \"%s\" names no file", v->v);
}
const struct form form_file_path = { .check = check_file_path };

static void check_include(struct reader *r, const struct y_str *v)
{
	if (broken(r, v))
		return;
	if (!v->v[0] || v->v[strlen(v->v) - 1] == '/')
		reader_fail(r, v->at, "write the path of a file", "\"%s\" names no file", v->v);
}
const struct form form_include = { .check = check_include, .pattern = "[^/]$" };

static void check_mode(struct reader *r, const struct y_str *v)
{
	size_t len = strlen(v->v);
	if (len && len <= 5 && strspn(v->v, "01234567") == len && (len < 5 || v->v[0] == '0'))
		return;
	reader_fail(r, v->at, "as in \"0644\", with the quotes",
		"the mode \"%s\" is no octal number of at most four digits", v->v);
}
const struct form form_mode = { .check = check_mode, .pattern = "^0?[0-7]{1,4}$" };

bool bind_split(struct arena *a, const char *text, struct bind_parts *out)
{
	const char *one = strchr(text, ':'), *two = one ? strchr(one + 1, ':') : NULL;
	if (!one || one == text || one[1] == '\0' || one[1] == ':' || (two && strchr(two + 1, ':')))
		return false;
	out->source = arena_strn(a, text, (size_t)(one - text));
	out->destination = two ? arena_strn(a, one + 1, (size_t)(two - one - 1)) : one + 1;
	out->options = two ? two + 1 : NULL;
	return true;
}

bool options_have(const char *options, const char *word)
{
	size_t len = strlen(word);
	while (options && *options) {
		size_t n = strcspn(options, ",");
		if (n == len && strncmp(options, word, n) == 0)
			return true;
		options += n + (options[n] == ',');
	}
	return false;
}

/* mount(8), and what OCI runtimes add (runtime-spec config.md "Linux mount options"). */
static const char *const mount_options[] = { "async", "atime", "bind", "defaults", "dev",
	"diratime", "dirsync", "exec", "iversion", "lazytime", "loud", "mand", "noatime", "nodev",
	"nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime",
	"nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime",
	"remount", "rexec", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime",
	"rnostrictatime", "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw",
	"rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared",
	"silent", "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable",
	"idmap", "ridmap" };

static bool is_mount_option(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(mount_options); i++) {
		if (strlen(mount_options[i]) == len && strncmp(mount_options[i], word, len) == 0)
			return true;
	}
	return len == 0;
}

/* A bind has no filesystem that could know a word that the kernel does not. */
static void check_bind_options(struct reader *r, const struct y_str *v, const char *options)
{
	struct strings names = { .items = (const char **)(uintptr_t)mount_options,
		.len = ARRAY_LEN(mount_options) };
	for (const char *p = options; *p && !reader_mistakes_full(r);) {
		size_t n = strcspn(p, ",");
		const char *word = is_mount_option(p, n) ? NULL : arena_strn(r->mem, p, n);
		if (word)
			reader_mistake(r, v->at,
				near_hint(r->mem, word, &names,
					"as in `/etc/ntp.conf:/etc/ntp.conf:ro`"),
				"\"%s\" is no option of a bind", word);
		p += n + (p[n] == ',');
	}
}

static void check_destination(struct reader *r, const struct y_str *v, const char *path)
{
	if (!climbs(r, v, path) && path[0] != '/')
		reader_mistake(r, v->at, "start it with `/`",
			"the mount point \"%s\" is not absolute", path);
}

static void check_bind(struct reader *r, const struct y_str *v)
{
	struct bind_parts b;
	if (broken(r, v))
		return;
	if (!bind_split(r->mem, v->v, &b)) {
		reader_fail(r, v->at, "as in `/etc/ntp.conf:/etc/ntp.conf:ro`",
			"the bind \"%s\" is not SOURCE:DESTINATION[:OPTIONS]", v->v);
		return;
	}
	check_destination(r, v, b.destination);
	(void)climbs(r, v, b.source);
	if (b.options)
		check_bind_options(r, v, b.options);
}
const struct form form_bind = { .check = check_bind, .pattern = "^[^:]+:[^:]+(:[^:]*)?$" };

static void check_tmpfs(struct reader *r, const struct y_str *v)
{
	const char *colon = strchr(v->v, ':');
	if (broken(r, v))
		return;
	if (colon == v->v || !v->v[0] || (colon && strchr(colon + 1, ':'))) {
		reader_fail(r, v->at, "as in `/tmp:size=10m,mode=1777`",
			"the tmpfs \"%s\" is not DESTINATION[:OPTIONS]", v->v);
		return;
	}
	check_destination(r, v, colon ? arena_strn(r->mem, v->v, (size_t)(colon - v->v)) : v->v);
}
const struct form form_tmpfs = { .check = check_tmpfs, .pattern = "^[^:]+(:[^:]*)?$" };

static void check_mount_option(struct reader *r, const struct y_str *v)
{
	if (!v->v[0] || strpbrk(v->v, ", \n"))
		reader_mistake(r, v->at, "write one option for each item of the list",
			"\"%s\" is not one mount option", v->v);
}
const struct form form_mount_option = { .check = check_mount_option };

/* The next part of a path that says something; its length, 0 at the end. */
static size_t next_part(const char **path)
{
	for (;;) {
		const char *p = *path + strspn(*path, "/");
		size_t len = strcspn(p, "/");
		*path = p;
		if (len != 1 || *p != '.')
			return len;
		*path = p + 1;
	}
}

const char *path_plain(struct arena *a, const char *path)
{
	char *out = arena_str(a, path), *to = out;
	for (size_t len; (len = next_part(&path)); path += len) {
		if (to != out)
			*to++ = '/';
		memcpy(to, path, len);
		to += len;
	}
	*to = '\0';
	return out;
}

bool path_same(const char *a, const char *b)
{
	for (;;) {
		size_t n = next_part(&a), m = next_part(&b);
		if (n != m || memcmp(a, b, n) != 0)
			return false;
		if (!n)
			return true;
		a += n;
		b += m;
	}
}
