/*
 * What the dynamic linker will look for (ld.so(8)): the interpreter, and each library in the
 * folders of RUNPATH, then in its own. Folders for special processors (glibc-hwcaps) hold variants
 * of what the plain ones have too.
 */
#include "mkimage/pkg/deb_impl.h"
#include "mkimage/pkg/elf.h"

#include <string.h>

static int read_elf(
	struct deb_marks *m, const struct node *n, struct elf *out, bool *is, struct diags *d)
{
	enum elf_result result;
	if (elf_read(m->mem, n->inode, &result, out, d) < 0)
		return fail_ctx(d, "reading \"%s\"", tree_path(m->mem, n));
	if (result == ELF_BROKEN)
		return fail(
			d, KIND_INPUT, NULL, "\"%s\" is a broken ELF file", tree_path(m->mem, n));
	*is = result == ELF_OK;
	return 0;
}

static const char *triplet(uint16_t machine)
{
	switch (machine) {
	case ELF_MACHINE_X86_64:
		return "x86_64-linux-gnu";
	case ELF_MACHINE_AARCH64:
		return "aarch64-linux-gnu";
	default:
		return NULL;
	}
}

/* The library below that folder, when it is one for the same machine. */
static bool library_in(struct deb_marks *m, struct node *dir, const char *folder, const char *name,
	uint16_t machine)
{
	const char *path = arena_fmt(m->mem, "%s/%s", folder, name);
	struct node *n = deb_follow(m, dir, path, false);
	struct diags quiet;
	struct elf e;
	bool is;
	diags_init(&quiet, m->mem);
	if (!n || read_elf(m, n, &e, &is, &quiet) < 0 || !is || e.machine != machine)
		return false;
	deb_keep(m, deb_follow(m, dir, path, true));
	return true;
}

/* One folder of RUNPATH: $ORIGIN is the program's own. Others of the linker's words fit nothing
 * here. */
static bool library_in_runpath(struct deb_marks *m, const struct node *n, const struct elf *e,
	const char *name, const char *folder, size_t len)
{
	static const char *const origins[] = { "$ORIGIN", "${ORIGIN}" };
	for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
		size_t o = strlen(origins[i]);
		if (len < o || strncmp(folder, origins[i], o) != 0)
			continue;
		const char *rest = arena_fmt(m->mem, ".%.*s", (int)(len - o), folder + o);
		return library_in(m, n->parent, rest, name, e->machine);
	}
	if (!len || folder[0] != '/' || memchr(folder, '$', len))
		return false;
	return library_in(m, m->tree->root, arena_strn(m->mem, folder, len), name, e->machine);
}

static bool library_find(
	struct deb_marks *m, const struct node *n, const struct elf *e, const char *name)
{
	const char *own = triplet(e->machine);
	if (strchr(name, '/'))
		return name[0] == '/' && library_in(m, m->tree->root, "", name, e->machine);
	for (const char *p = e->runpath; p && *p;) {
		size_t len = strcspn(p, ":");
		if (library_in_runpath(m, n, e, name, p, len))
			return true;
		p += len + (p[len] == ':');
	}
	const char *folders[] = { own ? arena_fmt(m->mem, "usr/lib/%s", own) : "usr/lib", "usr/lib",
		"usr/lib64", "usr/local/lib" };
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (library_in(m, m->tree->root, folders[i], name, e->machine))
			return true;
	return false;
}

static int missing(struct deb_marks *m, const struct node *n, const char *what, const char *name,
	struct diags *d)
{
	return fail(d, KIND_INPUT,
		"name the package that has it in the recipe's `packages`, or drop the program",
		"\"%s\" needs the %s \"%s\", which no package has", tree_path(m->mem, n), what,
		name);
}

int deb_needs(struct deb_marks *m, const struct node *n, struct diags *d)
{
	struct elf e;
	bool is;
	if (read_elf(m, n, &e, &is, d) < 0)
		return -1;
	if (!is)
		return 0;
	if (e.interp) {
		struct node *linker = deb_follow(m, m->tree->root, e.interp, true);
		if (!linker)
			return missing(m, n, "dynamic linker", e.interp, d);
		deb_keep(m, linker);
	}
	for (size_t i = 0; i < e.needed.len; i++)
		if (!library_find(m, n, &e, e.needed.items[i]))
			return missing(m, n, "library", e.needed.items[i], d);
	return 0;
}
