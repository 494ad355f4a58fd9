/* What apt would fetch: names, digests and sizes, from signed lists. */
#include "mkimage/pkg/apt.h"

#include <errno.h>
#include <string.h>

/* "%3a" -> ":" in place. */
static void unescape(char *s)
{
	char *to = s;
	for (; *s; s++) {
		unsigned v;
		if (s[0] == '%' && sscanf(s + 1, "%2x", &v) == 1 && v >= 0x20 && v < 0x7f &&
			v != '/') {
			*to++ = (char)v;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* NAME_VERSION_ARCH.deb */
static void deb_name(struct arena *a, struct apt_file *f)
{
	size_t len = strlen(f->file);
	if (len < 4 || strcmp(f->file + len - 4, ".deb") != 0)
		return;
	char *name = arena_strn(a, f->file, len - 4);
	char *version = strchr(name, '_'), *arch = version ? strchr(version + 1, '_') : NULL;
	if (!arch)
		return;
	*version++ = *arch++ = '\0';
	f->name = name;
	f->version = version;
	f->arch = arch;
}

/* 'URI' FILE SIZE SHA256:HEX */
static int line_parse(struct arena *a, char *line, struct apt_file *out)
{
	struct apt_file f = { 0 };
	char *rest, *end;
	char *uri = strtok_r(line, " ", &rest), *file = strtok_r(NULL, " ", &rest);
	char *size = strtok_r(NULL, " ", &rest), *hash = strtok_r(NULL, " ", &rest);
	if (!hash || uri[0] != '\'' || strlen(uri) < 3 || strncmp(hash, "SHA256:", 7) != 0 ||
		strchr(file, '/') || size[0] < '0' || size[0] > '9')
		return -1;
	uri[strlen(uri) - 1] = '\0';
	unescape(file);
	f.uri = uri + 1;
	f.file = file;
	errno = 0;
	f.size = strtoull(size, &end, 10);
	if (*end || errno || digest_parse(arena_fmt(a, "sha256:%s", hash + 7), &f.digest) < 0)
		return -1;
	deb_name(a, &f);
	*out = f;
	return 0;
}

int apt_uris_parse(struct arena *a, const char *text, struct apt_files *out, struct diags *d)
{
	char *copy = arena_str(a, text), *rest;
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct apt_file f;
		if (line[0] != '\'')
			continue; /* apt's notices */
		if (line_parse(a, line, &f) < 0)
			return fail(d, KIND_SYSTEM, NULL,
				"apt printed a line that is not known: %s", line);
		vec_push(a, out, f);
	}
	return 0;
}

static int by_file(const void *a, const void *b)
{
	const struct apt_file *x = a, *y = b;
	return strcmp(x->file, y->file);
}

/* Does apt's message end, or go on with something else, after the name? */
static bool names_it(const char *said, const char *before, const char *name)
{
	for (const char *p = said; (p = strstr(p, before)) != NULL;) {
		static const char in_names[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
		p += strlen(before);
		p += *p == '\'';
		if (strncmp(p, name, strlen(name)) != 0)
			continue;
		char after = p[strlen(name)];
		if (!after || !strchr(in_names, after))
			return true;
	}
	return false;
}

/* apt's failure, at the name that it is about. */
static int not_resolved(const struct apt *apt, const struct r_str *names, const char *const *asked,
	size_t len, const char *said, struct diags *d)
{
	static const char *const before[] = { "Unable to locate package ",
		"Unable to find a source package for ", "Package ", "No packages found: " };
	for (size_t i = 0; i < len; i++)
		for (size_t k = 0; k < ARRAY_LEN(before); k++)
			if (names_it(said, before[k], asked[i]))
				return fail_at(d, names[i].at,
					arena_fmt(d->mem,
						"look for the name with `apt-cache search`, or on the "
						"package pages of Debian's %s",
						apt->suite),
					"Debian's %s has no package \"%s\" for %s", apt->suite,
					asked[i], apt->arch);
	return fail(d, KIND_SYSTEM, NULL, "apt finds no answer for \"%s\"%s: %s", asked[0],
		len > 1 ? " and the others" : "", said);
}

/* "{arch}" -> "amd64" */
static const char *with_arch(const struct apt *apt, const char *name)
{
	const char *at = strstr(name, "{arch}");
	return at ? arena_fmt(apt->mem, "%.*s%s%s", (int)(at - name), name, apt->arch, at + 6)
		  : name;
}

static int print_uris(
	struct apt *apt, const char *verb, const struct strings *names, char **out, struct diags *d)
{
	struct strings argv = { 0 };
	static const char *const start[] = { "apt-get", "-qq", "-y", "--no-install-recommends",
		"--print-uris" };
	for (size_t i = 0; i < ARRAY_LEN(start); i++)
		vec_push(apt->mem, &argv, start[i]);
	vec_push(apt->mem, &argv, verb);
	for (size_t i = 0; i < names->len; i++)
		vec_push(apt->mem, &argv, names->items[i]);
	return apt_run(apt, &argv, out, d);
}

int apt_resolve(
	struct apt *apt, const struct r_list *packages, struct apt_files *out, struct diags *d)
{
	struct diags quiet;
	const char **asked = arena_array(apt->mem, packages->len, sizeof(*asked));
	struct strings args = { 0 };
	char *text;
	diags_init(&quiet, apt->mem);
	for (size_t i = 0; i < packages->len; i++) {
		asked[i] = with_arch(apt, packages->items[i].v);
		vec_push(apt->mem, &args, asked[i]);
	}
	if (print_uris(apt, "install", &args, &text, &quiet) < 0)
		return not_resolved(
			apt, packages->items, asked, packages->len, quiet.first->what, d);
	struct apt_files files = { 0 };
	if (apt_uris_parse(apt->mem, text, &files, d) < 0)
		return -1;
	if (files.len)
		qsort(files.items, files.len, sizeof(*files.items), by_file);
	*out = files;
	return 0;
}

int apt_source(struct apt *apt, const struct r_str *package, struct apt_files *out, struct diags *d)
{
	struct diags quiet;
	struct apt_files files = { 0 };
	struct strings args = { 0 };
	char *text;
	diags_init(&quiet, apt->mem);
	vec_push(apt->mem, &args, package->v);
	if (print_uris(apt, "source", &args, &text, &quiet) < 0)
		return not_resolved(apt, package, &package->v, 1, quiet.first->what, d);
	if (apt_uris_parse(apt->mem, text, &files, d) < 0)
		return -1;
	*out = files;
	return 0;
}
