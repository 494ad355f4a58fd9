/*
 * The section "linux": a kernel out of Debian's package of its source, laid out as Debian's
 * linux-image packages are, for the section "kernel". Only compilers of this machine run.
 */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/pkg/linux_impl.h"
#include "mkimage/pkg/pkg_sbom.h"

#include <string.h>

enum { IMAGE_MAX = 256 << 20, TEXT_MAX = 16 << 20 };

const char *pkg_fragment(
	struct arena *a, const struct recipe *r, const struct y_str *name, const char *arch)
{
	const char *at = strstr(name->v, "{arch}");
	const char *file = at ? arena_fmt(a, "%.*s%s%s", (int)(at - name->v), name->v, arch, at + 6)
			      : name->v;
	return arena_fmt(a, "%s/%s.config", pkg_beside(a, r, r->linux_source.fragments.v), file);
}

/* What kbuild needs is missed here, not somewhere in its output. */
static int tools_check(struct linux_build *x, struct diags *d)
{
	const struct {
		const char *program, *package;
	} tools[] = { { "flex", "flex" }, { "bison", "bison" }, { "bc", "bc" },
		{ arena_fmt(x->b->mem, "%sgcc", x->k.prefix),
			*x->k.prefix ? arena_fmt(x->b->mem, "gcc-%.*s",
					       (int)strlen(x->k.prefix) - 1, x->k.prefix)
				     : "gcc" } };
	for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
		struct spawn s = { .install = tools[i].package };
		spawn_args(x->b->mem, &s, tools[i].program, "--version", NULL);
		if (spawn_run(x->b->mem, &s, 0, NULL, NULL, d) < 0)
			return -1;
	}
	if (access("/usr/include/libelf.h", R_OK) < 0 && strcmp(x->k.arch, "x86_64") == 0)
		return fail(d, KIND_SYSTEM, "install the Debian package \"libelf-dev\"",
			"the kernel's own tools need libelf's headers");
	return 0;
}

static int source_find(struct linux_build *x, struct apt_files *out, struct diags *d)
{
	struct pkg_build *b = x->b;
	const struct recipe_linux *r = &b->recipe->linux_source;
	AUTO_APT apt = NULL;
	struct strings asked = { 0 };
	struct apt_files all = { 0 };
	vec_push(b->mem, &asked, r->package.v);
	pkg_progress(b, "asking Debian's %s for %s", r->suite.v, r->package.v);
	if (apt_open(b->store, b->mem, &(struct apt_source){ r->suite.v, NULL },
		    &b->options->platform, &apt, d) < 0)
		return -1;
	if (apt_resolve(apt, b->mem, &asked, &all, d) < 0)
		return fail_ctx(d, "looking for the package \"%s\" (%s:%u)", r->package.v,
			r->package.at.file, r->package.at.line);
	vec_each (struct apt_file, f, &all)
		if (strcmp(f->name, r->package.v) == 0)
			vec_push(b->mem, out, *f);
	return apt_fetch(apt, out, d);
}

static int unpack(struct linux_build *x, const char *work, struct diags *d)
{
	struct pkg_build *b = x->b;
	const char *root = arena_fmt(b->mem, "%s/deb", work);
	struct spawn deb = { .install = "dpkg" }, tar = { .install = "tar" };
	spawn_args(b->mem, &deb, "dpkg-deb", "-x", x->deb.path, root, NULL);
	spawn_args(b->mem, &tar, "tar", "-xf",
		arena_fmt(b->mem, "%s/usr/src/%s.tar.xz", root, x->deb.name), "-C", x->k.dir,
		"--no-same-owner", "--strip-components=1", NULL);
	pkg_progress(b, "unpacking %s %s", x->deb.name, x->deb.version);
	if (dir_make(x->k.dir, 0755, d) < 0 || spawn_run(b->mem, &deb, 0, NULL, NULL, d) < 0)
		return -1;
	return spawn_run(b->mem, &tar, 0, NULL, NULL, d);
}

static int file_put(
	struct linux_build *x, const char *from, size_t max, const char *to, struct diags *d)
{
	struct pkg_build *b = x->b;
	struct node *made;
	char *bytes;
	size_t len;
	if (file_read(b->mem, from, max, &bytes, &len, d) < 0)
		return -1;
	return tree_file(b->tree, b->tree->root, to, bytes, len, 0644, b->epoch, &made, d);
}

/* As linux-image has it; what is built in stands for modules where lists name them. */
static int layout(struct linux_build *x, struct diags *d)
{
	static const char *const texts[] = { "modules.builtin", "modules.builtin.modinfo" };
	struct arena *a = x->b->mem;
	const char *modules = arena_fmt(a, "usr/lib/modules/%s", x->version);
	struct node *made;
	if (file_put(x, arena_fmt(a, "%s/%s", x->k.dir, x->image), IMAGE_MAX,
		    arena_fmt(a, "boot/vmlinuz-%s", x->version), d) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (file_put(x, arena_fmt(a, "%s/%s", x->k.dir, texts[i]), TEXT_MAX,
			    arena_fmt(a, "%s/%s", modules, texts[i]), d) < 0)
			return -1;
	return tree_file(x->b->tree, x->b->tree->root, arena_fmt(a, "%s/modules.order", modules),
		"", 0, 0644, x->b->epoch, &made, d);
}

/* Debian's package of the source, in the label and in the bill of materials. */
static int origin_note(struct linux_build *x, const char *work, struct diags *d)
{
	struct pkg_build *b = x->b;
	const char *doc = arena_fmt(b->mem, "usr/share/doc/%s/copyright", x->deb.name), *id;
	char *text, sum[DIGEST_TEXT_SIZE];
	size_t len;
	struct node *made;
	if (file_read(b->mem, arena_fmt(b->mem, "%s/deb/%s", work, doc), TEXT_MAX, &text, &len, d) <
			0 ||
		tree_file(b->tree, b->tree->root, doc, text, len, 0644, b->epoch, &made, d) < 0 ||
		bom_debian(b, &x->deb, text, len, &id, d) < 0)
		return -1;
	vec_push(b->mem, &b->bom_parts, id);
	pkg_label(b, "io.slipway.debian",
		arena_fmt(b->mem, "%s %s %s %s", x->deb.name, x->deb.version, x->deb.arch,
			digest_text(&x->deb.digest, sum)));
	return 0;
}

static int build_in(struct pkg_build *b, const char *work, struct diags *d)
{
	struct apt_files debs = { 0 };
	struct linux_build x = { .b = b, .k = kbuild_open(b, arena_fmt(b->mem, "%s/linux", work)) };
	if (linux_fragments(&x, d) < 0 || tools_check(&x, d) < 0 || source_find(&x, &debs, d) < 0)
		return -1;
	x.deb = debs.items[0];
	if (unpack(&x, work, d) < 0 || linux_configure(&x, d) < 0 || linux_make(&x, d) < 0 ||
		layout(&x, d) < 0 || origin_note(&x, work, d) < 0)
		return -1;
	return linux_asides(&x, work, d);
}

int pkg_linux(struct pkg_build *b, struct diags *d)
{
	const struct recipe_linux *r = &b->recipe->linux_source;
	if (!r->set)
		return 0;
	AUTO_WORK work = WORK_NONE;
	if (pkg_work_open(b, &work, d) < 0)
		return -1;
	if (build_in(b, work.path, d) < 0)
		return fail_ctx(d, "building Linux from \"%s\"", r->package.v);
	return 0;
}
