/* Lists of modules: one name a line, '#' starts a comment. */
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

int kernel_list(struct pkg_build *b, const struct y_str *file, const char *dep, const char *builtin,
	const char **out, struct diags *d)
{
	struct strings names = { 0 };
	const char *list = "", *where = arena_fmt(d->mem, "%s/%s", b->recipe->dir, file->v);
	char *text;
	size_t len;
	int rc = 0;
	uint32_t number = 1;
	if (pkg_folder_read(d->mem, b->recipe->dir, file, LIST_MAX, &text, &len, d) < 0)
		return -1;
	diags_add_source(d, where, text, len);
	names_add(b->mem, dep, ":\n", &names);
	names_add(b->mem, builtin, "\n", &names);
	if (names.len)
		qsort(names.items, names.len, sizeof(*names.items), by_text);
	for (const char *p = text; *p; number++) {
		size_t line = strcspn(p, "\n"), start = strspn(p, " \t"),
		       n = strcspn(p + start, " \t\r\n#");
		char *name = module_name(b->mem, p + start, n);
		struct pos at = { .file = where,
			.line = number,
			.col = (uint32_t)start + 1,
			.len = (uint32_t)n };
		if (*name && !known(&names, name))
			rc = fail_at(d, at, "take it out of the list, or look for its new name",
				"this kernel has no module \"%s\"", name);
		else if (*name)
			list = arena_fmt(b->mem, "%s%s%s", list, list[0] ? "," : "", name);
		p += line + (p[line] == '\n');
	}
	*out = list;
	return rc;
}
