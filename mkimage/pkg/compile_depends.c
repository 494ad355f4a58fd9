/*
 * What a compiler read, as it and the assembler say it (the rules of make that -MD and as --MD
 * write): what is neither of the package's folder nor of the toolchain would make the program
 * depend on this machine.
 */
#include "mkimage/pkg/compile_impl.h"

#include "base/fd.h"
#include "base/path.h"

#include <string.h>

enum { TEXT_MAX = 4 << 20 };

/* The next name of a rule, with "\ ", "\#" and "$$" undone; NULL: the end. Line ends count as
 * spaces. */
static const char *next_name(struct arena *a, const char **at)
{
	const char *p = *at;
	for (; *p == ' ' || *p == '\t' || *p == '\n' || (p[0] == '\\' && p[1] == '\n');)
		p += 1 + (*p == '\\');
	if (!*p)
		return NULL;
	char *name = arena_alloc(a, strlen(p) + 1);
	size_t len = 0;
	for (; *p && *p != ' ' && *p != '\t' && *p != '\n' && !(p[0] == '\\' && p[1] == '\n');) {
		if ((p[0] == '\\' && (p[1] == ' ' || p[1] == '#')) || (p[0] == '$' && p[1] == '$'))
			p++;
		name[len++] = *p++;
	}
	name[len] = '\0';
	*at = p;
	return name;
}

static bool is_below(const char *name, const char *folder)
{
	size_t len = strlen(folder);
	return strncmp(name, folder, len) == 0 && name[len] == '/';
}

/* The compiler's own headers may be named through its folders ("…/12/../include"). */
static bool is_allowed(const char *name, const struct strings *folders)
{
	if (*name != '/')
		return !path_climbs(name);
	for (size_t i = 0; i < folders->len && !path_climbs(name); i++)
		if (is_below(name, folders->items[i]))
			return true;
	return false;
}

int compile_depends(struct arena *a, const char *text, const struct recipe_compiled *p,
	const struct strings *folders, struct diags *d)
{
	const char *at = strchr(text, ':'); /* the target's name is ours */
	const char *name;
	if (!at)
		return fail(d, KIND_SYSTEM, NULL, "the compiler does not say what it read");
	for (at++; (name = next_name(a, &at));)
		if (!is_allowed(name, folders))
			return fail_at(d, p->path.at,
				"put it into the package's folder, and name it in \"sources\"",
				"\"%s\" is compiled from \"%s\", which is not of its package",
				p->path.v, name);
	return 0;
}

int compile_depends_file(struct arena *a, const char *path, const struct recipe_compiled *p,
	const struct strings *folders, struct diags *d)
{
	char *text;
	size_t len;
	if (file_read(a, path, TEXT_MAX, &text, &len, d) < 0)
		return -1;
	return compile_depends(a, text, p, folders, d);
}
