/*
 * The libraries that a program and its libraries ask for (ld.so(8)). Where a linker looks depends
 * on its build and its configuration, so that a library counts as there when it is anywhere in the
 * image, and one that is not is only a warning.
 */
#include "mkimage/check/check_impl.h"

#include "mkimage/pkg/elf.h"

#include <string.h>

enum { LIBRARIES_MAX = 500 };

struct nodes {
	const struct node **items;
	size_t len, cap;
};

struct search {
	const char *name;
	struct checker *c;
	const struct node *found;
};

static int visit(void *ctx, struct node *n, const char *path)
{
	struct search *s = ctx;
	if (n->inode->type == NODE_DIR || strcmp(n->name, s->name) != 0)
		return 0;
	s->found = tree_follow(s->c->mem, s->c->root, path, NULL);
	return s->found && s->found->inode->type == NODE_FILE;
}

static const struct node *find(struct checker *c, const char *name, bool *covered)
{
	static const char *const folders[] = { "/lib", "/usr/lib", "/lib64", "/usr/lib64",
		"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/local/lib" };
	*covered = false;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		bool here;
		const struct node *n = check_look(
			c, arena_fmt(c->mem, "%s/%s", folders[i], name), &here);
		*covered |= here;
		if (n && n->inode->type == NODE_FILE)
			return n;
	}
	struct search s = { .name = name, .c = c };
	return tree_walk(c->root->root, visit, &s) ? s.found : NULL;
}

static bool seen(const struct strings *names, const char *name)
{
	vec_each (const char *, n, names) {
		if (strcmp(*n, name) == 0)
			return true;
	}
	return false;
}

static void missing(struct checker *c, const struct node *by, const char *what, const char *name)
{
	const char *self = arena_fmt(c->mem, "/%s", tree_path(c->mem, by));
	check_warn(c, c->service->args_at, "add it to the image",
		"the library \"%s\", which \"%s\" needs, is not in the image; %s will not start",
		name, self, what);
}

int check_libraries(struct checker *c, const struct node *program, const char *what)
{
	struct nodes queue = { 0 };
	struct strings names = { 0 };
	vec_push(c->mem, &queue, program);
	for (size_t at = 0; at < queue.len; at++) {
		const struct node *by = queue.items[at];
		enum elf_result result;
		struct elf e = { 0 };
		if (elf_read(c->mem, by->inode, &result, &e, c->d) < 0)
			return -1;
		for (size_t i = 0; result == ELF_OK && i < e.needed.len; i++) {
			const char *name = e.needed.items[i];
			bool covered;
			if (seen(&names, name) || names.len == LIBRARIES_MAX)
				continue;
			vec_push(c->mem, &names, name);
			const struct node *n = find(c, name, &covered);
			if (n)
				vec_push(c->mem, &queue, n);
			else if (!covered)
				missing(c, by, what, name);
		}
	}
	return 0;
}
