/* What apt would fetch, from signed lists. */
#include "base/fd.h"
#include "mkimage/pkg/apt_impl.h"

#include <string.h>

enum { OUTPUT_MAX = 16 << 20 };

static int no_package(const struct apt *apt, const char *kind, const char *name, struct diags *d)
{
	return fail(d, KIND_INPUT,
		arena_fmt(d->mem,
			"look up the name in Debian's package search for %s; a virtual package's "
			"provider must be named itself",
			apt->suite),
		"Debian %s has no %s \"%s\" for %s", apt->suite, kind, name, apt->arch);
}

/* Does apt's complaint name it, whole? */
static bool complains_of(const char *said, const char *name)
{
	static const char in_names[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
	static const char *const before[] = { "Unable to locate package ", "Package '",
		"Unable to find a source package for " };
	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		for (const char *p = said; (p = strstr(p, before[i]));) {
			p += strlen(before[i]);
			size_t len = strspn(p, in_names);
			while (len && p[len - 1] == '.' && name[len - 1] != '.')
				len--; /* the sentence's */
			if (len == strlen(name) && strncmp(p, name, len) == 0)
				return true;
		}
	return false;
}

static int ask(
	struct apt *apt, const char *verb, const struct strings *names, char **out, struct diags *d)
{
	struct spawn s = apt_spawn(apt, "apt-get");
	spawn_args(apt->mem, &s, "-qq", "-y", "--no-install-recommends", "-o",
		"Acquire::ForceHash=SHA256", "--print-uris", NULL);
	if (strcmp(verb, "source") == 0)
		spawn_arg(apt->mem, &s, "--only-source");
	spawn_arg(apt->mem, &s, verb);
	for (size_t i = 0; i < names->len; i++)
		spawn_arg(apt->mem, &s, names->items[i]);
	return spawn_run(apt->mem, &s, OUTPUT_MAX, out, NULL, d);
}

/* Asks; when that fails, once more with a new index. */
static int print_uris(struct apt *apt, const char *verb, const struct strings *names,
	struct apt_files *out, struct diags *d)
{
	const char *kind = strcmp(verb, "source") == 0 ? "source package" : "package";
	struct diags first, second;
	AUTO_FD lock = -EBADF;
	char *text;
	for (size_t i = 0; i < names->len; i++)
		if (!apt_name_valid(names->items[i]))
			return no_package(apt, kind, names->items[i], d);
	diags_init(&first, apt->mem);
	diags_init(&second, apt->mem);
	if (apt_lock(apt, &lock, d) < 0)
		return -1;
	if (ask(apt, verb, names, &text, &first) < 0) {
		if (!apt->updated && apt_update(apt, lock, true, d) < 0)
			return -1;
		if (ask(apt, verb, names, &text, &second) < 0) {
			const char *said = second.first->what;
			for (size_t i = 0; i < names->len; i++)
				if (complains_of(said, names->items[i]))
					return no_package(apt, kind, names->items[i], d);
			return fail(d, KIND_SYSTEM, NULL,
				"apt finds no way to the packages of Debian %s: %s", apt->suite,
				apt_said(d->mem, &second));
		}
	}
	return apt_lines_parse(apt->mem, text, out, d);
}

static int by_name(const void *a, const void *b)
{
	const struct apt_file *x = a, *y = b;
	int c = strcmp(x->name, y->name);
	return c ? c : strcmp(x->uri, y->uri);
}

static bool names_have(const struct apt_files *files, const char *name)
{
	for (size_t i = 0; i < files->len; i++)
		if (strcmp(files->items[i].name, name) == 0)
			return true;
	return false;
}

int apt_resolve(struct apt *apt, struct arena *a, const struct strings *names,
	struct apt_files *out, struct diags *d)
{
	struct apt_files files = { 0 };
	if (!names->len) {
		*out = files;
		return 0;
	}
	if (print_uris(apt, "install", names, &files, d) < 0)
		return -1;
	for (size_t i = 0; i < files.len; i++)
		if (apt_deb_name(a, files.items[i].name, &files.items[i]) < 0)
			return fail(d, KIND_SYSTEM, NULL, "apt names a file that is no package: %s",
				files.items[i].name);
	/* apt takes what it does not know for a virtual package, a task or an expression. */
	for (size_t i = 0; i < names->len; i++)
		if (!names_have(&files, names->items[i]))
			return no_package(apt, "package", names->items[i], d);
	qsort(files.items, files.len, sizeof(*files.items), by_name);
	*out = files;
	return 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);
	return len >= n && strcmp(s + len - n, end) == 0;
}

int apt_resolve_source(
	struct apt *apt, struct arena *a, const char *name, struct apt_files *out, struct diags *d)
{
	const struct strings names = { .items = &name, .len = 1 };
	struct apt_files all = { 0 }, files = { 0 };
	const char *version = NULL;
	if (print_uris(apt, "source", &names, &all, d) < 0)
		return -1;
	for (size_t i = 0; i < all.len; i++) {
		struct apt_file *f = &all.items[i];
		const char *at = strchr(f->name, '_');
		if (ends_with(f->name, ".dsc") && at)
			version = arena_strn(a, at + 1, strlen(at + 1) - 4);
		if (!ends_with(f->name, ".asc")) /* signatures of upstream's, by no key we know */
			vec_push(a, &files, *f);
	}
	for (size_t i = 0; i < files.len; i++) {
		files.items[i].version = version;
		files.items[i].arch = "source";
	}
	if (!version || files.len < 2)
		return fail(d, KIND_SYSTEM, NULL,
			"apt does not name all files of the source package \"%s\"", name);
	*out = files;
	return 0;
}
