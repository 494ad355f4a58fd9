/* musl's files as Debian packs them, and a spec file that points to where they lie. */
#include "mkimage/pkg/musl.h"

#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/out/out.h"

#include <string.h>

enum { SPECS_MAX = 64 << 10, VERSION_MAX = 4096 };

static const char *cpu_of(const struct platform *p)
{
	return strcmp(p->arch, "arm64") == 0 ? "aarch64" : "x86_64";
}

/* What is unpacked; musl-dev's dependency, the shared library, is not needed. */
static bool wanted(const char *name)
{
	return strcmp(name, "musl-dev") == 0 || strcmp(name, "linux-libc-dev") == 0;
}

static int debs_unpack(
	struct pkg_build *b, const char *suite, const char *root, struct musl *m, struct diags *d)
{
	static const char *const names[] = { "musl-dev", "linux-libc-dev" };
	AUTO_APT apt = NULL;
	struct strings asked = { 0 };
	struct apt_files all = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		vec_push(b->mem, &asked, names[i]);
	if (apt_open(b->store, b->mem, &(struct apt_source){ suite, NULL }, &b->options->platform,
		    &apt, d) < 0 ||
		apt_resolve(apt, b->mem, &asked, &all, d) < 0)
		return -1;
	vec_each (struct apt_file, f, &all)
		if (wanted(f->name))
			vec_push(b->mem, &m->debs, *f);
	if (apt_fetch(apt, &m->debs, d) < 0)
		return -1;
	vec_each (struct apt_file, f, &m->debs) {
		struct spawn s = { .install = "dpkg" };
		spawn_args(b->mem, &s, "dpkg-deb", "-x", f->path, root, NULL);
		if (spawn_run(b->mem, &s, 0, NULL, NULL, d) < 0)
			return -1;
	}
	return 0;
}

/* The paths of musl-gcc.specs, which are those of an installed package, get root before them. */
static const char *specs_moved(
	struct arena *a, const char *text, const char *root, const char *triplet)
{
	const char *out = "", *rest = text;
	for (const char *p = text; (p = strstr(p, "/usr/")) != NULL; p++) {
		size_t word = strcspn(p, " \n");
		const char *path = arena_strn(a, p, word);
		if (!strstr(path, triplet))
			continue;
		out = arena_fmt(a, "%s%.*s%s", out, (int)(p - rest), rest, root);
		rest = p;
	}
	return arena_fmt(a, "%s%s", out, rest);
}

static int specs_write(struct pkg_build *b, const char *from, const char *to, const char *root,
	const char *triplet, struct diags *d)
{
	AUTO_OUT out = NULL;
	char *text;
	size_t len;
	if (file_read(b->mem, from, SPECS_MAX, &text, &len, d) < 0)
		return -1;
	const char *moved = specs_moved(b->mem, text, root, triplet);
	if (out_create(to, 0644, &out, d) < 0 || out_write(out, moved, strlen(moved), d) < 0)
		return -1;
	return out_commit(&out, d);
}

/* Once, however many parts of a recipe are compiled. */
static void label_add(struct pkg_build *b, const struct musl *m)
{
	static const char key[] = "io.slipway.toolchain";
	char text[DIGEST_TEXT_SIZE];
	const char *list = "";
	vec_each (struct label, l, &b->labels)
		if (strcmp(l->key, key) == 0)
			return;
	vec_each (struct apt_file, f, &m->debs)
		list = arena_fmt(b->mem, "%s%s%s %s %s %s", list, *list ? "\n" : "", f->name,
			f->version, f->arch, digest_text(&f->digest, text));
	pkg_label(b, key, list);
}

/* A compiler that is missing is said before make fails for some other reason. */
static int compiler_version(struct pkg_build *b, const char *gcc, const char *package,
	const char **out, struct diags *d)
{
	char *text;
	struct spawn s = { .install = package };
	spawn_args(b->mem, &s, gcc, "-dumpfullversion", NULL);
	if (spawn_run(b->mem, &s, VERSION_MAX, &text, NULL, d) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	*out = text;
	return 0;
}

int musl_open(
	struct pkg_build *b, const char *suite, const char *dir, struct musl *out, struct diags *d)
{
	struct arena *a = b->mem;
	const struct platform *p = &b->options->platform;
	const char *cpu = cpu_of(p), *triplet = arena_fmt(a, "%s-linux-musl", cpu);
	const char *root = arena_fmt(a, "%s/musl", dir), *specs = arena_fmt(a, "%s.specs", root);
	struct musl m = {
		.prefix = "", .root = root, .crt = arena_fmt(a, "%s/usr/lib/%s", root, triplet)
	};
	const char *package = "gcc";
	if (strcmp(platform_host().arch, p->arch) != 0) {
		m.prefix = arena_fmt(a, "%s-linux-gnu-", cpu);
		package = strcmp(cpu, "aarch64") == 0 ? "gcc-aarch64-linux-gnu"
						      : "gcc-x86-64-linux-gnu";
	}
	const char *gcc = arena_fmt(a, "%sgcc", m.prefix);
	if (compiler_version(b, gcc, package, &m.gcc_version, d) < 0 ||
		debs_unpack(b, suite, root, &m, d) < 0 ||
		specs_write(b, arena_fmt(a, "%s/musl-gcc.specs", m.crt), specs, root, triplet, d) <
			0)
		return fail_ctx(d, "looking for a compiler of programs for %s", p->arch);
	const char *const words[] = { gcc, arena_fmt(a, "-specs=%s", specs), "-idirafter",
		arena_fmt(a, "%s/usr/include/%s-linux-gnu", root, cpu), "-idirafter",
		arena_fmt(a, "%s/usr/include", root), arena_fmt(a, "-ffile-prefix-map=%s=.", dir) };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		vec_push(a, &m.cc, words[i]);
	label_add(b, &m);
	*out = m;
	return 0;
}

const char *musl_cc(struct arena *a, const struct musl *m)
{
	return strings_join(a, &m->cc, " ");
}
