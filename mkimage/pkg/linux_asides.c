/*
 * What programs and modules are built against, in LinuxKit's files: /kernel-headers.tar, unpacked
 * at / as usr/include, and /kernel-dev.tar, the build tree usr/src/linux-headers-VERSION.
 */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/pkg/linux_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* The file at path becomes FILE of the image NAME-SUFFIX. */
static int aside_add(struct linux_build *x, const char *path, const char *suffix, const char *file,
	struct diags *d)
{
	struct pkg_build *b = x->b;
	struct pkg_aside aside = { .suffix = suffix, .file = file };
	struct stat st;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", path);
	aside.content = (struct content){
		.fd = out_fd(b->pack), .offset = out_size(b->pack), .size = (uint64_t)st.st_size
	};
	if (out_copy(b->pack, fd, 0, aside.content.size, d) < 0)
		return -1;
	vec_push(b->mem, &b->asides, aside);
	return 0;
}

static int headers(struct linux_build *x, const char *work, struct diags *d)
{
	struct arena *a = x->b->mem;
	const char *to = arena_fmt(a, "%s/headers.tar", work);
	struct strings but = { 0 };
	vec_push(a, &but, "Makefile");
	vec_push(a, &but, "headers_check.pl");
	if (kbuild_make(&x->k, "headers", NULL, NULL, d) < 0 ||
		kbuild_tar(&x->k, x->k.dir, "usr/include", &but, to, d) < 0)
		return -1;
	return aside_add(x, to, "headers", "kernel-headers.tar", d);
}

/* Names and lines of a source that nobody will have. */
static int objtool_strip(struct linux_build *x, const char *tree, struct diags *d)
{
	struct arena *a = x->b->mem;
	struct spawn s = { .install = "binutils" };
	const char *program = arena_fmt(a, "%s/tools/objtool/objtool", tree);
	if (access(program, F_OK) < 0)
		return 0;
	spawn_args(a, &s, "strip", "--strip-all", program, NULL);
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

/* kbuild's own choice of files. Its programs stay this machine's, which builds for the target. */
static int build_tree(struct linux_build *x, const char *work, struct diags *d)
{
	struct arena *a = x->b->mem;
	const char *to = arena_fmt(a, "%s/dev.tar", work), *dev = arena_fmt(a, "%s/dev", work);
	const char *tree = arena_fmt(a, "%s/usr/src/linux-headers-%s", dev, x->version);
	const char *command = arena_fmt(a,
		"KBUILD_RUN_COMMAND=CC=gcc HOSTCC=gcc scripts/package/install-extmod-build %s",
		tree);
	if (kbuild_make(&x->k, "run-command", command, NULL, d) < 0 ||
		objtool_strip(x, tree, d) < 0 || kbuild_tar(&x->k, dev, "usr", NULL, to, d) < 0)
		return -1;
	return aside_add(x, to, "dev", "kernel-dev.tar", d);
}

int linux_asides(struct linux_build *x, const char *work, struct diags *d)
{
	if (headers(x, work, d) < 0)
		return -1;
	return linux_modular(x) ? build_tree(x, work, d) : 0;
}
