/* One package being built: the steps fill a tree, which becomes the image's own layer. */
#ifndef PKG_PKG_IMPL_H
#define PKG_PKG_IMPL_H

#include "mkimage/layer/layer.h"
#include "mkimage/out/out.h"
#include "mkimage/pkg/pkg.h"
#include "mkimage/pkg/recipe.h"

struct sbom;

/* A file that becomes an image NAME-SUFFIX. */
struct pkg_aside {
	const char *suffix, *file;
	struct content content;
};

struct pkg_build {
	struct store *store;
	struct arena *mem;
	const struct pkg_options *options;
	const struct recipe *recipe;
	int64_t epoch;		/* times of what we make; what Debian made keeps its own */
	const char *tmp;	/* the store's folder for scratch files */
	struct out *pack;	/* contents of files that are not in memory */
	struct image *base;	/* NULL: none */
	struct tree *below;	/* what the base holds; never NULL */
	struct tree *tree;	/* this package's own layer */
	struct labels labels;	/* made by the steps */
	const char *modules_on; /* the build tree's image, for the section "modules" */
	struct {
		struct pkg_aside *items;
		size_t len, cap;
	} asides; /* more images, of a file each */
	/* The bill of materials: what the image itself contains, and the recipe's own files. */
	struct sbom *bom;
	struct strings bom_parts, bom_files;
	struct {
		struct node **items;
		size_t len, cap;
	} taken; /* by pkg_take, for hard links: an inode's serial less one is its place here */
};

void pkg_progress(const struct pkg_build *b, const char *fmt, ...) PRINTF(2, 3);
void pkg_label(struct pkg_build *b, const char *key, const char *value);

/* The steps, in this order; each returns at once when the recipe has no such section. */
CHECK int pkg_debian(struct pkg_build *b, struct diags *d);
CHECK int pkg_linux(struct pkg_build *b, struct diags *d);
CHECK int pkg_kernel(struct pkg_build *b, struct diags *d);
CHECK int pkg_source(struct pkg_build *b, struct diags *d);
CHECK int pkg_compile(struct pkg_build *b, struct diags *d);
CHECK int pkg_modules(struct pkg_build *b, struct diags *d);
CHECK int pkg_programs(struct pkg_build *b, struct diags *d);
CHECK int pkg_files(struct pkg_build *b, struct diags *d);
CHECK int pkg_users(struct pkg_build *b, struct diags *d);

/* A fresh folder where make and others run; closing removes it. */
struct pkg_work {
	const char *path; /* absolute */
	int lock;
};
CHECK int pkg_work_open(struct pkg_build *b, struct pkg_work *out, struct diags *d);
void pkg_work_close(struct pkg_work *w);
#define AUTO_WORK __attribute__((cleanup(pkg_work_close))) struct pkg_work
#define WORK_NONE ((struct pkg_work){ .lock = -EBADF })

/* Layer, config, manifest, index; then the names. */
CHECK int pkg_image(struct pkg_build *b, const char *ref, struct diags *d);
/* Those of b->asides. */
CHECK int pkg_asides(struct pkg_build *b, const char *ref, struct diags *d);
/* "slipway/NAME:TAG" -> "slipway/NAME-SUFFIX:TAG" */
const char *pkg_aside_ref(struct arena *a, const char *ref, const char *suffix);
/* The name "slipway/NAME:latest" for the same index: never a mixture of two versions. */
CHECK int pkg_latest(
	struct store *s, struct arena *a, const char *ref, const char *name, struct diags *d);
/* A map of the recipe as one line of JSON; plain scalars get YAML's core types. */
CHECK int pkg_json(
	struct arena *a, const struct yaml_node *node, const char **out, struct diags *d);

/*
 * tree_put into the package's own layer, with an error at the recipe's path when that leads through
 * a link or a file of the layers below: the target would see another place than what is written.
 */
CHECK int pkg_put(struct pkg_build *b, const struct y_str *path, struct inode *inode,
	struct node **out, struct diags *d);

/* A file of the package's folder: its path may not lead outside, not by links either. */
CHECK int pkg_folder_read(struct arena *a, const char *dir, const struct y_str *path, size_t max,
	char **text, size_t *len, struct diags *d);
/*
 * Programs of ours lie in the folder of programs, those of another architecture than the machine's
 * in a folder ARCH there.
 */
const char *pkg_program_path(struct arena *a, const struct pkg_options *o,
	const struct recipe_program *p, const char *arch);
CHECK int pkg_program_read(struct arena *a, const struct pkg_options *o,
	const struct recipe_program *p, char **bytes, size_t *len, struct diags *d);
/* A folder that stands beside a recipe's, and that of its base. */
const char *pkg_beside(struct arena *a, const struct recipe *r, const char *name);
const char *pkg_base_dir(struct arena *a, const struct recipe *r);
const char *pkg_kernel_dir(struct arena *a, const struct recipe *r);
/* Of a key or a certificate, which need not be in the folder. */
const char *pkg_own_path(struct arena *a, const struct recipe *r, const char *path);
/* The file of a fragment that the section "linux" names. */
const char *pkg_fragment(
	struct arena *a, const struct recipe *r, const struct y_str *name, const char *arch);

/*
 * Copies the file, link or folder (itself only) at path of from, and the folders above it, into the
 * package's layer. A path that is there already is left alone.
 */
CHECK int pkg_take(struct pkg_build *b, struct tree *from, const char *path, struct diags *d);
struct inode *pkg_copy_inode(struct pkg_build *b, const struct inode *i);

#endif
