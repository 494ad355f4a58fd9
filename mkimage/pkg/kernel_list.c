/*
 * Lists of modules: one name a line, '#' starts a comment. "NAME [amd64]": on these architectures
 * only, as in Debian's control files.
 */
#include "mkimage/pkg/kernel_impl.h"

#include <string.h>

enum { LIST_MAX = 1 << 20 };

/* The name of a path, as the kernel writes it: "kernel/net/nf-x.ko.xz" -> "nf_x". */
static char *module_name(struct arena *a, const char *path, size_t len)
{
	const char *name = path;
	for (size_t i = 0; i < len; i++)
		if (path[i] == '/')
			name = path + i + 1;
	size_t n = 0, left = len - (size_t)(name - path);
	while (n < left && name[n] != '.')
		n++;
	char *out = arena_strn(a, name, n);
	for (char *p = out; *p; p++)
		if (*p == '-')
			*p = '_';
	return out;
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Names of all lines; a line's path ends at end. */
static void names_add(struct arena *a, const char *text, const char *end, struct strings *out)
{
	while (*text) {
		size_t line = strcspn(text, "\n"), len = strcspn(text, end);
		if (len)
			vec_push(a, out, module_name(a, text, len < line ? len : line));
		text += line + (text[line] == '\n');
	}
}

static bool known(const struct strings *names, const char *name)
{
	return names->len &&
	       bsearch(&name, names->items, names->len, sizeof(*names->items), by_text);
}

struct list {
	struct pkg_build *b;
	struct strings names; /* what the kernel has, sorted */
	const char *where, *out;
};

/* What stands behind a name: nothing, or "[ARCH ARCH]". */
static int for_us(const struct list *l, const char *text, size_t len, struct pos at, bool *out,
	struct diags *d)
{
	const char *arch = l->b->options->platform.arch;
	char *rest = arena_strn(l->b->mem, text, len), *word;
	rest[strcspn(rest, "#\r")] = '\0';
	*out = true;
	rest += strspn(rest, " \t");
	if (!*rest)
		return 0;
	char *end = strchr(rest, ']');
	if (*rest != '[' || !end || end[1 + strspn(end + 1, " \t")])
		return fail_at(d, at, "one name a line, as in `overlay` or `ahci [amd64]`",
			"after the module's name stands \"%s\"", rest);
	*out = false;
	for (char *p = rest + 1; (word = strtok_r(p, " \t]", &rest)); p = NULL)
		if (strcmp(word, arch) == 0)
			*out = true;
	return 0;
}

static int line_read(struct list *l, const char *line, size_t len, uint32_t number, struct diags *d)
{
	size_t start = strspn(line, " \t"), n = strcspn(line + start, " \t\r\n#");
	struct pos at = {
		.file = l->where, .line = number, .col = (uint32_t)start + 1, .len = (uint32_t)n
	};
	char *name = module_name(l->b->mem, line + start, n);
	bool ours;
	if (!*name)
		return 0;
	if (for_us(l, line + start + n, len - start - n, at, &ours, d) < 0)
		return -1;
	if (!ours)
		return 0;
	if (!known(&l->names, name))
		return fail_at(d, at,
			"take it out of the list, or name the architectures that have it: "
			"`NAME [amd64]`",
			"this kernel has no module \"%s\"", name);
	l->out = arena_fmt(l->b->mem, "%s%s%s", l->out, l->out[0] ? "," : "", name);
	return 0;
}

int kernel_list(struct pkg_build *b, const struct y_str *file, const char *dep, const char *builtin,
	const char **out, struct diags *d)
{
	struct list l = { .b = b, .out = "" };
	char *text;
	size_t len;
	int rc = 0;
	uint32_t number = 1;
	l.where = arena_fmt(d->mem, "%s/%s", b->recipe->dir, file->v);
	if (pkg_folder_read(d->mem, b->recipe->dir, file, LIST_MAX, &text, &len, d) < 0)
		return -1;
	diags_add_source(d, l.where, text, len);
	names_add(b->mem, dep, ":\n", &l.names);
	names_add(b->mem, builtin, "\n", &l.names);
	if (l.names.len)
		qsort(l.names.items, l.names.len, sizeof(*l.names.items), by_text);
	for (const char *p = text; *p; number++) {
		size_t line = strcspn(p, "\n");
		if (line_read(&l, p, line, number, d) < 0)
			rc = -1;
		p += line + (p[line] == '\n');
	}
	*out = l.out;
	return rc;
}
