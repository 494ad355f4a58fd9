/* Files of the package's folder, and programs of ours. */
#include "base/fd.h"
#include "mkimage/pkg/elf.h"
#include "mkimage/pkg/pkg_impl.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

enum { PROGRAM_MAX = 64 << 20 };

static int open_beneath(int dir, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	while (*path == '/')
		path++;
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

int pkg_folder_read(struct arena *a, const char *dir, const struct y_str *path, size_t max,
	char **text, size_t *len, struct diags *d)
{
	AUTO_FD at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", dir);
	AUTO_FD fd = open_beneath(at, path->v);
	if (fd < 0 && errno == EXDEV)
		return fail_at(d, path->at, "copy the file into the folder",
			"\"%s\" leads out of the package's folder", path->v);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return fail_at(
			d, path->at, NULL, "there is no file \"%s\" in \"%s\"", path->v, dir);
	if (fd < 0)
		return fail_sys(d, errno, "cannot open \"%s/%s\"", dir, path->v);
	return file_read_at(a, AT_FDCWD, arena_fmt(a, "/proc/self/fd/%d", fd), max, text, len, d);
}

static bool fits(const struct platform *p, uint16_t machine)
{
	return machine ==
	       (strcmp(p->arch, "arm64") == 0 ? ELF_MACHINE_AARCH64 : ELF_MACHINE_X86_64);
}

const char *pkg_program_path(struct arena *a, const struct pkg_options *o,
	const struct recipe_program *p, const char *arch)
{
	const char *dir = o->programs ? o->programs : ".";
	const char *path = arena_fmt(a, "%s/%s/%s", dir, arch, p->program.v);
	return access(path, R_OK) == 0 ? path : arena_fmt(a, "%s/%s", dir, p->program.v);
}

int pkg_program_read(struct arena *a, const struct pkg_options *o, const struct recipe_program *p,
	char **bytes, size_t *len, struct diags *d)
{
	struct elf e;
	const char *path = pkg_program_path(a, o, p, o->platform.arch);
	if (access(path, R_OK) < 0)
		return fail_at(d, p->program.at, "run `make`; it leaves the programs in build/bin",
			"there is no program \"%s\"", path);
	if (file_read(a, path, PROGRAM_MAX, bytes, len, d) < 0)
		return -1;
	if (elf_parse(a, *bytes, *len, &e) != ELF_OK)
		return fail_at(d, p->program.at, NULL, "\"%s\" is no program for the target", path);
	if (!fits(&o->platform, e.machine))
		return fail_at(d, p->program.at,
			arena_fmt(d->mem, "those for %s lie in a folder \"%s\" beside it",
				o->platform.arch, o->platform.arch),
			"\"%s\" is built for another machine than %s", path, o->platform.arch);
	if (e.interp || e.needed.len)
		return fail_at(d, p->program.at, "link it with -static-pie",
			"\"%s\" needs libraries that a target does not have", path);
	return 0;
}

const char *pkg_beside(struct arena *a, const struct recipe *r, const char *name)
{
	const char *slash = strrchr(r->dir, '/');
	const char *last = slash ? slash + 1 : r->dir;
	if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
		return arena_fmt(a, "%s/../%s", r->dir, name);
	return slash ? arena_fmt(a, "%.*s/%s", (int)(slash - r->dir), r->dir, name) : name;
}

const char *pkg_base_dir(struct arena *a, const struct recipe *r)
{
	return pkg_beside(a, r, r->base.v);
}

const char *pkg_own_path(struct arena *a, const struct recipe *r, const char *path)
{
	return path[0] == '/' ? path : arena_fmt(a, "%s/%s", r->dir, path);
}

const char *pkg_kernel_dir(struct arena *a, const struct recipe *r)
{
	return pkg_beside(a, r, r->modules.kernel.v);
}
