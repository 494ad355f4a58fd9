/* The name of a package: a hash over all that decides what is in it. */
#include "base/fd.h"
#include "mkimage/pkg/linuxkit.h"
#include "mkimage/pkg/pkg_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* RULES changes when the same recipe comes to mean another image. */
enum { RULES = 4, TAG_DIGITS = 40, DEPTH_MAX = 16, FILE_MAX = 64 << 20, BASES_MAX = 8 };

static int entry_by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int names_read(
	struct arena *a, int dir, const char *path, struct strings *out, struct diags *d)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream) {
		int e = errno;
		fd_drop(&copy);
		return fail_sys(d, e, "cannot list \"%s\"", path);
	}
	errno = 0;
	for (struct dirent *e; (e = readdir(stream)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			vec_push(a, out, arena_str(a, e->d_name));
	int e = errno;
	closedir(stream);
	if (e)
		return fail_sys(d, e, "cannot list \"%s\"", path);
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), entry_by_name);
	return 0;
}

/* Each part with its length, so that no two folders look the same. */
static void add_part(struct hasher *h, const void *bytes, size_t len)
{
	char size[24];
	int n = snprintf(size, sizeof(size), "%zu:", len);
	hasher_add(h, size, (size_t)n);
	hasher_add(h, bytes, len);
}

static int folder_add(struct hasher *h, int dir, const char *path, const char *inside,
	unsigned depth, struct diags *d);

static int entry_add(struct hasher *h, int dir, const char *name, const char *path,
	const char *inside, unsigned depth, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct stat st;
	char *text;
	size_t len;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_sys(d, errno, "cannot look at \"%s\"", path);
	if (S_ISDIR(st.st_mode)) {
		AUTO_FD sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (sub < 0)
			return fail_sys(d, errno, "cannot open \"%s\"", path);
		return folder_add(h, sub, path, arena_fmt(a, "%s/", inside), depth + 1, d);
	}
	if (S_ISLNK(st.st_mode)) {
		char target[4096];
		ssize_t n = readlinkat(dir, name, target, sizeof(target));
		if (n < 0)
			return fail_sys(d, errno, "cannot read the link \"%s\"", path);
		add_part(h, "l", 1);
		add_part(h, inside, strlen(inside));
		add_part(h, target, (size_t)n);
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return fail(d, KIND_INPUT, NULL, "\"%s\" is no file, folder or link", path);
	if (file_read_at(a, dir, name, FILE_MAX, &text, &len, d) < 0)
		return -1;
	add_part(h, st.st_mode & S_IXUSR ? "x" : "f", 1);
	add_part(h, inside, strlen(inside));
	add_part(h, text, len);
	return 0;
}

static int folder_add(struct hasher *h, int dir, const char *path, const char *inside,
	unsigned depth, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct strings names = { 0 };
	if (depth > DEPTH_MAX)
		return fail(d, KIND_INPUT, NULL, "\"%s\" lies too deep for a package", path);
	if (names_read(a, dir, path, &names, d) < 0)
		return -1;
	vec_each (const char *, n, &names)
		if (entry_add(h, dir, *n, arena_fmt(a, "%s/%s", path, *n),
			    arena_fmt(a, "%s%s", inside, *n), depth, d) < 0)
			return -1;
	return 0;
}

/* One name stands for all architectures: so the programs of all that are there. */
static int programs_add(
	struct hasher *h, const struct recipe *r, const struct pkg_options *o, struct diags *d)
{
	static const char *const archs[] = { "amd64", "arm64" };
	const struct recipe_program *p = r->programs.items;
	for (size_t i = 0; i < r->programs.len; i++) {
		AUTO_ARENA a = arena_new();
		char *bytes;
		size_t len;
		if (pkg_program_read(a, o, &p[i], &bytes, &len, d) < 0)
			return -1;
		for (size_t k = 0; k < ARRAY_LEN(archs); k++) {
			const char *path = pkg_program_path(a, o, &p[i], archs[k]);
			if (access(path, R_OK) < 0)
				continue;
			add_part(h, archs[k], strlen(archs[k]));
			if (file_read(a, path, FILE_MAX, &bytes, &len, d) < 0)
				return -1;
			add_part(h, bytes, len);
		}
	}
	return 0;
}

/* Fragments of a kernel, which lie beside; likewise for all architectures. */
static int fragments_add(struct hasher *h, const struct recipe *r, struct diags *d)
{
	static const char *const archs[] = { "amd64", "arm64" };
	const struct y_list *names = &r->linux_source.config;
	for (size_t i = 0; i < names->len; i++) {
		for (size_t k = 0; k < ARRAY_LEN(archs); k++) {
			AUTO_ARENA a = arena_new();
			const char *path = pkg_fragment(a, r, &names->items[i], archs[k]);
			char *text;
			size_t len;
			if (access(path, R_OK) < 0)
				continue;
			add_part(h, archs[k], strlen(archs[k]));
			if (file_read(a, path, FILE_MAX, &text, &len, d) < 0)
				return -1;
			add_part(h, text, len);
		}
	}
	return 0;
}

static int tag_of(struct arena *a, const char *path, const struct pkg_options *o, unsigned depth,
	const char **ref, struct diags *d);

/* A package that this one is made on: its base, or the kernel of its modules. */
static int below_add(struct hasher *h, struct arena *a, const char *folder, struct pos at,
	const char *what, const struct pkg_options *o, unsigned depth, struct diags *d)
{
	const char *ref;
	struct stat st;
	if (depth == BASES_MAX)
		return fail_at(d, at, NULL,
			"packages stand on each other in a circle, or on more than %d others",
			BASES_MAX);
	if (stat(folder, &st) < 0)
		return fail_at(d, at, arena_fmt(d->mem, "a %s stands beside its package", what),
			"there is no package folder \"%s\"", folder);
	if (tag_of(a, folder, o, depth + 1, &ref, d) < 0)
		return -1;
	add_part(h, ref, strlen(ref));
	return 0;
}

/* Whose signature modules have: the same key signs the same bytes in the same way. */
static int certificate_add(
	struct hasher *h, struct arena *a, const struct recipe *r, struct diags *d)
{
	const struct sign_item *sign = &r->modules.sign;
	char *text;
	size_t len;
	if (!sign->set)
		return 0;
	if (file_read(a, pkg_own_path(a, r, sign->certificate.v), FILE_MAX, &text, &len, d) < 0)
		return fail_at(d, sign->certificate.at, NULL, "modules cannot be signed");
	add_part(h, text, len);
	return 0;
}

static int tag_of(struct arena *a, const char *path, const struct pkg_options *o, unsigned depth,
	const char **ref, struct diags *d)
{
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	struct recipe r;
	struct digest g;
	char text[DIGEST_TEXT_SIZE];
	if (recipe_load(a, path, &r, d) < 0)
		return -1;
	const char *rules = arena_fmt(a, "slipway package %d", RULES);
	add_part(h, rules, strlen(rules));
	AUTO_FD dir = open(r.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", r.dir);
	if (folder_add(h, dir, r.dir, "", 0, d) < 0 || programs_add(h, &r, o, d) < 0 ||
		fragments_add(h, &r, d) < 0)
		return -1;
	if (r.base.v && below_add(h, a, pkg_base_dir(a, &r), r.base.at, "base", o, depth, d) < 0)
		return -1;
	if (r.modules.set && (below_add(h, a, pkg_kernel_dir(a, &r), r.modules.kernel.at, "kernel",
				      o, depth, d) < 0 ||
				     certificate_add(h, a, &r, d) < 0))
		return -1;
	hasher_take(h, &g);
	*ref = arena_fmt(a, "slipway/%s:%.*s", r.image.v, TAG_DIGITS, digest_hex(&g, text));
	return 0;
}

int pkg_tag(struct arena *a, const char *dir, const struct pkg_options *o, const char **ref,
	struct diags *d)
{
	struct linuxkit_recipe theirs;
	bool is;
	if (linuxkit_recipe_load(a, dir, &is, &theirs, d) < 0)
		return -1;
	return is ? linuxkit_tag(a, &theirs, ref, d) : tag_of(a, dir, o, 0, ref, d);
}
