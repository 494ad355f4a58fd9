/*
 * The section "modules": kbuild's "M=" on the build tree that a kernel from source left (Linux
 * Documentation/kbuild/modules.rst), and signatures by the recipe's key.
 */
#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/pkg/kbuild.h"
#include "mkimage/sign/sign.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { SOURCE_MAX = 16 << 20, MODULE_MAX = 256 << 20 };

struct modules_build {
	struct pkg_build *b;
	const char *work;
	const char *sources; /* where the recipe's files are built */
	struct kbuild k;     /* the build tree */
	struct signer *signer;
};

static int bytes_write(const char *path, const void *bytes, size_t len, struct diags *d)
{
	AUTO_OUT to = NULL;
	if (out_create(path, 0644, &to, d) < 0 || out_write(to, bytes, len, d) < 0)
		return -1;
	return out_commit(&to, d);
}

/* kernel-dev.tar of the image, unpacked; the tree is the one folder in usr/src. */
static int tree_open(struct modules_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	AUTO_OUT tar = NULL;
	__attribute__((cleanup(layers_close))) struct layers open = { 0 };
	struct image image;
	struct tree *t = tree_new(b->mem, b->epoch);
	const char *path = arena_fmt(b->mem, "%s/dev.tar", x->work), *version;
	struct spawn s = { .install = "tar" };
	if (store_image(b->store, b->mem, b->modules_on, &b->options->platform, &image, d) < 0)
		return fail_ctx(d, "a kernel without CONFIG_MODULES takes no modules");
	if (image_apply(b->store, b->mem, &image, t, t->root, b->modules_on, "modules", &open, d) <
		0)
		return -1;
	const struct node *n = tree_find(t->root, "kernel-dev.tar");
	version = image_label(&image, "io.slipway.kernel.version");
	if (!n || !version)
		return fail(
			d, KIND_INPUT, NULL, "the image \"%s\" holds no build tree", b->modules_on);
	const struct content *c = &n->inode->content;
	if (out_create(path, 0600, &tar, d) < 0 ||
		out_copy(tar, c->fd, c->offset, c->size, d) < 0 || out_commit(&tar, d) < 0)
		return -1;
	spawn_args(b->mem, &s, "tar", "-xf", path, "-C", x->work, "--no-same-owner", NULL);
	x->k = kbuild_open(b, arena_fmt(b->mem, "%s/usr/src/linux-headers-%s", x->work, version));
	return spawn_run(b->mem, &s, 0, NULL, NULL, d);
}

static int sources_copy(struct modules_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const struct y_list *names = &b->recipe->modules.sources;
	for (size_t i = 0; i < names->len; i++) {
		const char *name = names->items[i].v;
		const char *to = arena_fmt(b->mem, "%s/%s", x->sources, name + strspn(name, "/"));
		char *text;
		size_t len;
		if (pkg_folder_read(b->mem, b->recipe->dir, &names->items[i], SOURCE_MAX, &text,
			    &len, d) < 0 ||
			dir_make(arena_strn(b->mem, to, (size_t)(strrchr(to, '/') - to)), 0755, d) <
				0 ||
			bytes_write(to, text, len, d) < 0)
			return -1;
	}
	return 0;
}

static int signer_open(struct modules_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const struct sign_item *sign = &b->recipe->modules.sign;
	struct sign_key key = { 0 };
	if (!sign->set)
		return 0;
	if (sign->key.v)
		key.file = strncmp(sign->key.v, "pkcs11:", 7) == 0
				   ? sign->key.v
				   : pkg_own_path(b->mem, b->recipe, sign->key.v);
	for (size_t i = 0; i < sign->command.len; i++)
		vec_push(b->mem, &key.command, sign->command.items[i].v);
	if (signer_new(b->mem, pkg_own_path(b->mem, b->recipe, sign->certificate.v), &x->signer,
		    d) < 0 ||
		signer_use(b->mem, x->signer, &key, d) < 0)
		return fail_ctx(d, "signing for \"%s\" (%s:%u)", b->recipe->image.v, sign->at.file,
			sign->at.line);
	return 0;
}

/* A module, without what only debuggers want, with its signature. */
static int module_put(struct modules_build *x, const char *name, struct diags *d)
{
	struct pkg_build *b = x->b;
	const char *from = arena_fmt(b->mem, "%s/%s", x->sources, name);
	struct spawn s = { .install = "binutils" };
	struct bytes signature = { NULL, 0 };
	struct digest g;
	struct node *n;
	char *bytes;
	size_t len;
	spawn_args(
		b->mem, &s, arena_fmt(b->mem, "%sstrip", x->k.prefix), "--strip-debug", from, NULL);
	if (spawn_run(b->mem, &s, 0, NULL, NULL, d) < 0 ||
		file_read(b->mem, from, MODULE_MAX, &bytes, &len, d) < 0)
		return -1;
	digest_of(DIGEST_SHA256, bytes, len, &g);
	if (x->signer && sign_module(b->mem, x->signer, &g, &signature, d) < 0)
		return -1;
	char *whole = arena_alloc(b->mem, len + signature.len + 1);
	memcpy(whole, bytes, len);
	if (signature.len)
		memcpy(whole + len, signature.at, signature.len);
	struct inode *i = tree_inode(b->tree, NODE_FILE, 0644, 0, 0, b->epoch);
	i->content = (struct content){ .bytes = whole, .size = len + signature.len, .fd = -1 };
	struct y_str to = b->recipe->modules.path;
	to.v = arena_fmt(b->mem, "%s/%s", to.v, name);
	return pkg_put(b, &to, i, &n, d);
}

static int modules_put(struct modules_build *x, struct diags *d)
{
	DIR *dir = opendir(x->sources);
	unsigned found = 0;
	int rc = 0;
	if (!dir)
		return fail_sys(d, errno, "cannot list \"%s\"", x->sources);
	for (struct dirent *e; rc == 0 && (e = readdir(dir)) != NULL;) {
		size_t len = strlen(e->d_name);
		if (len < 4 || strcmp(e->d_name + len - 3, ".ko") != 0)
			continue;
		found++;
		rc = module_put(x, arena_str(x->b->mem, e->d_name), d);
	}
	closedir(dir);
	if (rc == 0 && !found)
		return fail_at(d, x->b->recipe->modules.at, "write `obj-m := NAME.o` into Kbuild",
			"no module NAME.ko was made");
	return rc;
}

static int build_in(struct modules_build *x, struct diags *d)
{
	struct arena *a = x->b->mem;
	if (signer_open(x, d) < 0 || tree_open(x, d) < 0 || sources_copy(x, d) < 0)
		return -1;
	pkg_progress(x->b, "compiling modules");
	/* Where this machine keeps the sources is no business of the module's. */
	if (kbuild_make(&x->k, "modules", arena_fmt(a, "M=%s", x->sources),
		    arena_fmt(a, "KCFLAGS=-ffile-prefix-map=%s=.", x->sources), d) < 0)
		return -1;
	return modules_put(x, d);
}

int pkg_modules(struct pkg_build *b, struct diags *d)
{
	AUTO_WORK work = WORK_NONE;
	if (!b->recipe->modules.set)
		return 0;
	if (pkg_work_open(b, &work, d) < 0)
		return -1;
	struct modules_build x = {
		.b = b, .work = work.path, .sources = arena_fmt(b->mem, "%s/module", work.path)
	};
	int rc = build_in(&x, d);
	signer_drop(&x.signer);
	return rc < 0 ? fail_ctx(d, "building modules for \"%s\"", b->modules_on) : 0;
}
