/*
 * Whether a container's command can be executed (execve(2)): found as the runtime finds it, through
 * PATH and links, a program of the machine's architecture whose dynamic linker is there, or a
 * script whose interpreter is all that.
 */
#include "mkimage/check/check_impl.h"

#include "base/endian.h"
#include "base/near.h"
#include "mkimage/pkg/elf.h"

#include <errno.h>
#include <string.h>

static const char usual_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

enum { SCRIPTS_MAX = 5, HEAD = 256, NEAR_MAX = 2000 };

/* What is looked at now: the command, or an interpreter on the way. */
struct program {
	struct pos at;
	const char *name; /* as it is called: "nginx", "/bin/sh" */
	const char *what; /* "the command \"nginx\"" */
	const struct node *node;
};

static bool is_program(const struct node *n)
{
	return n && n->inode->type == NODE_FILE && (n->inode->mode & 0111);
}

static void collect(struct checker *c, const char *folder, struct strings *names, bool whole)
{
	const struct node *dir = tree_follow(c->mem, c->root, folder, NULL);
	if (!dir || dir->inode->type != NODE_DIR)
		return;
	for (size_t i = 0; i < dir->len && names->len < NEAR_MAX; i++) {
		const char *name = dir->children[i]->name;
		if (whole)
			name = arena_fmt(c->mem, "%s/%s", strcmp(folder, "/") ? folder : "", name);
		vec_push(c->mem, names, name);
	}
}

static const char *path_of(const struct service *s)
{
	vec_each (const char *, e, &s->env) {
		if (strncmp(*e, "PATH=", 5) == 0)
			return *e + 5;
	}
	return usual_path;
}

/* Below cwd unless it is absolute. */
static const char *from_cwd(struct checker *c, const char *path)
{
	return path[0] == '/' ? path : arena_fmt(c->mem, "%s/%s", c->service->cwd, path);
}

static void not_in_path(struct checker *c, struct program *p, const char *path)
{
	struct strings names = { 0 };
	for (const char *at = path; *at;) {
		size_t len = strcspn(at, ":");
		collect(c, from_cwd(c, arena_strn(c->mem, at, len)), &names, false);
		at += len + (at[len] == ':');
	}
	check_mistake(c, p->at,
		near_hint(c->mem, p->name, &names,
			arena_fmt(c->mem, "PATH is %s; write the program's whole path", path)),
		"%s is not in the image \"%s\"", p->what, c->service->ref);
}

/* False: it may be there on the machine, or the mistake is told. */
static bool find_in_path(struct checker *c, struct program *p)
{
	const char *path = path_of(c->service);
	bool somewhere = false, covered;
	for (const char *at = path; *at;) {
		size_t len = strcspn(at, ":");
		const char *folder = from_cwd(c, arena_strn(c->mem, at, len));
		p->node = check_look(c, arena_fmt(c->mem, "%s/%s", folder, p->name), &covered);
		if (is_program(p->node))
			return !somewhere;
		somewhere |= covered;
		at += len + (at[len] == ':');
	}
	if (!somewhere)
		not_in_path(c, p, path);
	return false;
}

/* A link that leads nowhere, or a name that is near to one in the same folder. */
static const char *hint_at(struct checker *c, const char *path, const char *otherwise)
{
	const char *slash = strrchr(path, '/'), *end;
	const char *folder = slash == path ? "/" : arena_strn(c->mem, path, (size_t)(slash - path));
	const struct node *dir = tree_follow(c->mem, c->root, folder, NULL);
	struct strings names = { 0 };
	if (dir && dir->inode->type == NODE_DIR && tree_child(dir, slash + 1, strlen(slash + 1))) {
		(void)tree_follow(c->mem, c->root, path, &end);
		return arena_fmt(c->mem, "it is a link that leads to \"/%s\"", end);
	}
	collect(c, folder, &names, true);
	return near_hint(c->mem, path, &names, otherwise);
}

static bool find_at(struct checker *c, struct program *p, const char *otherwise)
{
	const char *path = from_cwd(c, p->name);
	bool covered;
	p->node = check_look(c, path, &covered);
	if (covered)
		return false;
	if (!p->node) {
		check_mistake(c, p->at, hint_at(c, path, otherwise),
			"%s is not in the image \"%s\"", p->what, c->service->ref);
	} else if (p->node->inode->type == NODE_DIR) {
		check_mistake(c, p->at, NULL, "%s is a folder", p->what);
	} else if (!is_program(p->node)) {
		check_mistake(c, p->at, "give it mode 0755 in its image",
			"%s may not be executed: its mode is %04o", p->what, p->node->inode->mode);
	}
	return is_program(p->node);
}

/* e_machine (System V gABI, figure 4-1) as Go and OCI call it. */
static const char *machine_name(struct arena *a, unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} all[] = { { 3, "386" }, { 8, "mips" }, { 20, "ppc" }, { 21, "ppc64" }, { 22, "s390x" },
		{ 40, "arm" }, { ELF_MACHINE_X86_64, "amd64" }, { ELF_MACHINE_AARCH64, "arm64" },
		{ 243, "riscv64" }, { 258, "loong64" } };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i].machine == machine)
			return all[i].name;
	}
	return arena_fmt(a, "the ELF machine %u", machine);
}

/* What the kernel runs beside its own. */
static bool fits(const char *arch, const char *program)
{
	return strcmp(arch, program) == 0 ||
	       (strcmp(arch, "amd64") == 0 && strcmp(program, "386") == 0) ||
	       (strcmp(arch, "arm64") == 0 && strcmp(program, "arm") == 0);
}

static bool known_arch(const char *arch)
{
	return strcmp(arch, "amd64") == 0 || strcmp(arch, "arm64") == 0;
}

static int check_elf(struct checker *c, const struct program *p, const uint8_t head[HEAD])
{
	const char *arch = c->plan->platform.arch;
	unsigned machine = head[5] == 2 ? (unsigned)(head[18] << 8 | head[19])
					: get_le16(head + 18);
	const char *is = machine_name(c->mem, machine);
	enum elf_result result;
	struct elf e;
	bool covered;
	if (known_arch(arch) && !fits(arch, is)) {
		check_mistake(c, p->at, "take an image for this machine, or build with --arch",
			"%s is for %s, and the machine is %s", p->what, is, arch);
		return 0;
	}
	if (elf_read(c->mem, p->node->inode, &result, &e, c->d) < 0)
		return -1;
	if (result == ELF_BROKEN)
		check_mistake(
			c, p->at, "build its image again", "%s is a broken ELF file", p->what);
	if (result != ELF_OK || !e.interp)
		return 0;
	if (!check_look(c, e.interp, &covered) && !covered) {
		check_mistake(c, p->at,
			"add the C library that it was built with to the image, or link it statically",
			"%s needs the dynamic linker \"%s\", which is not in the image", p->what,
			e.interp);
		return 0;
	}
	return check_libraries(c, p->node, p->what);
}

/* "#!/bin/sh -e" -> "/bin/sh" */
static const char *interpreter(struct arena *a, const char *head, size_t len)
{
	size_t end = 2;
	while (end < len && (head[end] == ' ' || head[end] == '\t'))
		end++;
	size_t start = end;
	while (end < len && head[end] && !strchr(" \t\r\n", head[end]))
		end++;
	return arena_strn(a, head + start, end - start);
}

static int check_file(struct checker *c, struct program p)
{
	for (unsigned i = 0; i < SCRIPTS_MAX; i++) {
		uint8_t head[HEAD] = { 0 };
		const struct content *content = &p.node->inode->content;
		size_t len = content->size < HEAD ? (size_t)content->size : HEAD;
		if (content_read(content, 0, head, len) != (ssize_t)len)
			return fail_sys(c->d, errno, "cannot read %s", p.what);
		if (len >= 20 && memcmp(head, "\177ELF", 4) == 0)
			return check_elf(c, &p, head);
		if (len < 2 || memcmp(head, "#!", 2) != 0) {
			check_mistake(c, p.at, "start a script with `#!/bin/sh`",
				"%s is neither a program nor a script", p.what);
			return 0;
		}
		p.name = interpreter(c->mem, (const char *)head, len);
		p.what = arena_fmt(c->mem, "the interpreter \"%s\" of %s", p.name, p.what);
		if (!find_at(c, &p, "name one that is there in the script's first line"))
			return 0;
	}
	return 0;
}

int check_program(struct checker *c, struct pos at, const char *name, const char *what)
{
	struct program p = { .at = at, .name = name, .what = what };
	bool found = strchr(name, '/') ? find_at(c, &p, NULL) : name[0] && find_in_path(c, &p);
	return found ? check_file(c, p) : 0;
}
