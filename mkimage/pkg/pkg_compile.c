/*
 * The section "compile": programs out of C files of the package's own folder, static on musl. The
 * compiler works in a scratch folder that holds the named files alone, and what it read besides is
 * looked at, so that what decides the program is what the recipe names.
 */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/out/out.h"
#include "mkimage/pkg/compile_impl.h"
#include "mkimage/pkg/pkg_sbom.h"

#include <string.h>

enum { SOURCE_MAX = 16 << 20, PROGRAM_MAX = 64 << 20, OUTPUT_MAX = 4096 };

/* Small, position-independent, hardened; no build id, no names of files. */
static const char *const cflags[] = { "-std=gnu11", "-Os", "-fPIE", "-Wall", "-fno-common",
	"-fno-ident", "-fstack-protector-strong", "-fstack-clash-protection", "-ffunction-sections",
	"-fdata-sections", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables",
	"-ftrivial-auto-var-init=zero" };
static const char *const ldflags[] = { "-static", "-nostartfiles",
	"-Wl,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack",
	"-Wl,--gc-sections,--build-id=none", "-s" };

static int source_copy(
	struct pkg_build *b, const struct y_str *name, const char *dir, struct diags *d)
{
	AUTO_OUT out = NULL;
	char *text;
	size_t len;
	const char *to = arena_fmt(b->mem, "%s/%s", dir, name->v + strspn(name->v, "/"));
	const char *folder = arena_strn(b->mem, to, (size_t)(strrchr(to, '/') - to));
	if (pkg_folder_read(b->mem, b->recipe->dir, name, SOURCE_MAX, &text, &len, d) < 0 ||
		dir_make(folder, 0755, d) < 0 || out_create(to, 0644, &out, d) < 0 ||
		out_write(out, text, len, d) < 0)
		return -1;
	return out_commit(&out, d);
}

static void words_add(struct arena *a, struct spawn *s, const char *const *words, size_t len)
{
	for (size_t i = 0; i < len; i++)
		spawn_arg(a, s, words[i]);
}

static bool is_c(const char *name)
{
	size_t len = strlen(name);
	return len > 2 && strcmp(name + len - 2, ".c") == 0;
}

/* A program on its way: the compiler for its machine, and where it works. */
struct compiler {
	struct pkg_build *b;
	const struct musl *m;
	const struct recipe_compiled *p;
	const char *dir;	/* the sources' copies */
	const char *objects;	/* what is made of them, seen from there: no comma, no colon */
	struct strings folders; /* the toolchain's headers */
};

static struct spawn driver(const struct compiler *c)
{
	struct spawn s = { .cwd = c->dir };
	bool arm = strcmp(c->b->options->platform.arch, "arm64") == 0;
	words_add(c->b->mem, &s, c->m->cc.items, c->m->cc.len);
	words_add(c->b->mem, &s, cflags, ARRAY_LEN(cflags));
	spawn_arg(c->b->mem, &s, arm ? "-mbranch-protection=standard" : "-fcf-protection=full");
	return s;
}

/* With -pipe, or the assembler names the compiler's temporary file too. */
static int object_make(const struct compiler *c, const char *source, size_t i, struct diags *d)
{
	struct arena *a = c->b->mem;
	struct spawn s = driver(c);
	const char *to = arena_fmt(a, "%s/%zu", c->objects, i);
	const char *at = arena_fmt(a, "%s/%s", c->dir, to);
	for (size_t k = 0; k < c->p->defines.len; k++)
		spawn_arg(a, &s, arena_fmt(a, "-D%s", c->p->defines.items[k].v));
	spawn_args(a, &s, "-pipe", "-I.", "-c", "-MD", "-MF", arena_fmt(a, "%s.c.d", to),
		arena_fmt(a, "-Wa,--MD,%s.s.d", to), "-o", arena_fmt(a, "%s.o", to),
		arena_fmt(a, "./%s", source), NULL);
	if (spawn_run(a, &s, 0, NULL, NULL, d) < 0)
		return -1;
	if (compile_depends_file(a, arena_fmt(a, "%s.c.d", at), c->p, &c->folders, d) < 0)
		return -1;
	return compile_depends_file(a, arena_fmt(a, "%s.s.d", at), c->p, &c->folders, d);
}

static int program_link(const struct compiler *c, const char *to, struct diags *d)
{
	static const char *const crt[] = { "rcrt1.o", "crti.o", "crtn.o" };
	struct arena *a = c->b->mem;
	struct spawn s = driver(c);
	words_add(a, &s, ldflags, ARRAY_LEN(ldflags));
	for (size_t i = 0; i < ARRAY_LEN(crt); i++)
		spawn_arg(a, &s, arena_fmt(a, "%s/%s", c->m->crt, crt[i]));
	spawn_args(a, &s, "-o", to, NULL);
	for (size_t i = 0; i < c->p->sources.len; i++)
		if (is_c(c->p->sources.items[i].v))
			spawn_arg(a, &s, arena_fmt(a, "%s/%zu.o", c->objects, i));
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

static int gcc(struct pkg_build *b, const struct musl *m, const struct recipe_compiled *p,
	const char *dir, const char *to, struct diags *d)
{
	struct compiler c = { .b = b, .m = m, .p = p, .dir = dir, .objects = "../objects" };
	const char *objects = arena_fmt(b->mem, "%s/%s", dir, c.objects);
	struct spawn ask = driver(&c);
	char *own;
	spawn_arg(b->mem, &ask, "-print-file-name=include");
	if (dir_make(objects, 0755, d) < 0 ||
		spawn_run(b->mem, &ask, OUTPUT_MAX, &own, NULL, d) < 0)
		return -1;
	own[strcspn(own, "\n")] = '\0';
	vec_push(b->mem, &c.folders, m->root);
	vec_push(b->mem, &c.folders, own);
	for (size_t i = 0; i < p->sources.len; i++)
		if (is_c(p->sources.items[i].v) && object_make(&c, p->sources.items[i].v, i, d) < 0)
			return -1;
	return program_link(&c, to, d) < 0 ? -1 : dir_remove(objects, d);
}

/* The compiler's complaint, at the program that it is about. */
static int compiled_put(struct pkg_build *b, const struct musl *m, const struct recipe_compiled *p,
	const char *work, struct diags *d)
{
	char *bytes;
	size_t len;
	struct node *n;
	const char *dir = arena_fmt(b->mem, "%s/src", work);
	const char *to = arena_fmt(b->mem, "%s/program", work);
	pkg_progress(b, "compiling %s for musl", p->path.v);
	for (size_t i = 0; i < p->sources.len; i++)
		if (source_copy(b, &p->sources.items[i], dir, d) < 0)
			return -1;
	if (gcc(b, m, p, dir, to, d) < 0)
		return fail_ctx(d, "compiling \"%s\" (%s:%u)", p->path.v, p->at.file, p->at.line);
	if (file_read(b->mem, to, PROGRAM_MAX, &bytes, &len, d) < 0 || dir_remove(dir, d) < 0)
		return -1;
	const struct sbom_package program = { .name = p->path.v + strspn(p->path.v, "/"),
		.source_info = "compiled from C files of the package's folder" };
	if (bom_compiled(b, &program, bytes, len, m, d) < 0)
		return -1;
	struct inode *i = tree_inode(
		b->tree, NODE_FILE, recipe_mode(&p->mode, 0755), 0, 0, b->epoch);
	i->content = (struct content){ .bytes = bytes, .size = len, .fd = -1 };
	return pkg_put(b, &p->path, i, &n, d);
}

int pkg_compile(struct pkg_build *b, struct diags *d)
{
	const struct recipe_compile *r = &b->recipe->compile;
	AUTO_WORK work = WORK_NONE;
	struct musl m;
	if (!r->set)
		return 0;
	if (pkg_work_open(b, &work, d) < 0 || musl_open(b, r->suite.v, work.path, &m, d) < 0)
		return -1;
	for (size_t i = 0; i < r->programs.len; i++)
		if (compiled_put(b, &m, &r->programs.items[i], work.path, d) < 0)
			return -1;
	return 0;
}
