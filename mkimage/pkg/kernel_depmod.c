/* depmod(8), run on this machine over a copy of the modules; it only reads ELF files, of any
 * architecture. */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/out/out.h"
#include "mkimage/pkg/kernel_impl.h"

#include <string.h>
#include <sys/stat.h>

enum { TEXT_MAX = 64 << 20, CHUNK = 256 << 10 };

struct spill {
	const char *dir;
	struct diags *d;
};

static int content_spill(const struct content *c, struct out *to, struct diags *d)
{
	char buf[16384];
	if (!c->bytes)
		return out_copy(to, c->fd, c->offset, c->size, d);
	for (uint64_t at = 0; at < c->size;) {
		ssize_t n = content_read(c, at, buf, sizeof(buf));
		if (n <= 0)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read a module back");
		if (out_write(to, buf, (size_t)n, d) < 0)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

static int spill(void *ctx, struct node *n, const char *path)
{
	const struct spill *s = ctx;
	AUTO_ARENA a = arena_new();
	AUTO_OUT to = NULL;
	const char *name = arena_fmt(a, "%s/%s", s->dir, path);
	if (n->inode->type == NODE_DIR)
		return dir_make(name, 0755, s->d);
	if (n->inode->type != NODE_FILE)
		return 0;
	if (out_create(name, 0644, &to, s->d) < 0 ||
		content_spill(&n->inode->content, to, s->d) < 0)
		return -1;
	return out_commit(&to, s->d);
}

static int depmod(struct pkg_build *b, const char *root, const char *version, struct diags *d)
{
	struct spawn s = { .install = "kmod" };
	/* A user's PATH need not hold the administrator's programs. */
	const char *program = access("/usr/sbin/depmod", X_OK) == 0 ? "/usr/sbin/depmod"
								    : "/sbin/depmod";
	spawn_args(b->mem, &s, program, "-b", root, version, NULL);
	return spawn_run(b->mem, &s, 0, NULL, NULL, d);
}

/* Text indexes only: the binary ones say the same again, for another modprobe than ours. */
static int results_read(
	struct pkg_build *b, const char *dir, struct depmod_files *out, struct diags *d)
{
	static const char *const names[] = { "modules.alias", "modules.builtin",
		"modules.builtin.modinfo", "modules.dep", "modules.devname", "modules.order",
		"modules.softdep" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct depmod_file f = { .name = names[i] };
		const char *path = arena_fmt(b->mem, "%s/%s", dir, names[i]);
		struct stat st;
		if (stat(path, &st) < 0)
			continue;
		if (file_read(b->mem, path, TEXT_MAX, &f.text, &f.len, d) < 0)
			return -1;
		vec_push(b->mem, out, f);
	}
	return 0;
}

int kernel_depmod(struct pkg_build *b, const struct node *modules, const char *version,
	struct depmod_files *out, struct diags *d)
{
	AUTO_WORK work = WORK_NONE;
	if (pkg_work_open(b, &work, d) < 0)
		return -1;
	struct spill s = { .d = d };
	s.dir = arena_fmt(b->mem, "%s/lib/modules/%s", work.path, version);
	pkg_progress(b, "dependencies of the modules of Linux %s", version);
	if (dir_make(s.dir, 0755, d) < 0 || tree_walk(modules, spill, &s) < 0 ||
		depmod(b, work.path, version, d) < 0)
		return -1;
	return results_read(b, s.dir, out, d);
}
