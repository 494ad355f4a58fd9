#include "tests/unit/store_scratch.h"

#include "base/json.h"
#include "mkimage/pkg/kernel_impl.h"
#include "mkimage/pkg/recipe_impl.h"
#include "mkimage/pkg/source_impl.h"

#include <fcntl.h>
#include <sys/stat.h>

static void put(struct scratch *c, const char *name, const char *text, mode_t mode)
{
	const char *path = arena_fmt(c->mem, "%s/%s", c->path, name);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static const char *folder(struct scratch *c, const char *name)
{
	const char *path = arena_fmt(c->mem, "%s/%s", c->path, name);
	assert_int_equal(mkdir(path, 0755), 0);
	return path;
}

static struct recipe parsed(struct scratch *c, const char *text)
{
	struct recipe r;
	assert_ok(c, recipe_parse(c->mem, "x", "x/build.yml", text, strlen(text), &r, &c->diags));
	return r;
}

static void reads_all_sections(void **state)
{
	struct scratch *c = *state;
	struct recipe r = parsed(c,
		"image: web\n"
		"base: busybox\n"
		"debian: {suite: trixie, packages: [nginx], files: [usr/sbin/nginx]}\n"
		"programs: [{program: init, path: sbin/init, links: [init], mode: \"0711\"}]\n"
		"files:\n"
		"  - {path: etc/x, contents: '', mode: \"4755\", uid: 7}\n"
		"  - {path: tmp, directory: true}\n"
		"users: [{name: root, uid: 0, gid: 0}]\n"
		"config: {uid: 33, readonly: true, capabilities: []}\n"
		"labels: {a: b}\n"
		"cmd: [/bin/x, '1']\n");
	assert_string_equal(r.image.v, "web");
	assert_true(r.debian.set && !r.source.set && !r.kernel.set);
	assert_true(r.debian.files.set && !r.debian.only.set);
	assert_int_equal(r.programs.len, 1);
	assert_int_equal(recipe_mode(&r.programs.items[0].mode, 0755), 0711);
	assert_int_equal(recipe_mode(&r.files.items[0].mode, 0644), 04755);
	assert_int_equal(recipe_mode(&r.files.items[1].mode, 0755), 0755);
	assert_int_equal(r.files.items[0].uid.v, 7);
	assert_string_equal(r.labels.items[0].value.v, "b");
	assert_int_equal(r.cmd.len, 2);
	const char *json;
	assert_ok(c, pkg_json(c->mem, r.config.node, &json, &c->diags));
	assert_string_equal(json, "{\"uid\":33,\"readonly\":true,\"capabilities\":[]}");
}

static const char *tag(struct scratch *c, const char *dir)
{
	struct pkg_options o = { .platform = platform_host() };
	const char *ref;
	assert_ok(c, pkg_tag(c->mem, dir, &o, &ref, &c->diags));
	return ref;
}

static void tags_follow_content_alone(void **state)
{
	struct scratch *c = *state;
	const char *dir = folder(c, "p"), *base = folder(c, "b");
	put(c, "b/build.yml", "image: b\n", 0644);
	put(c, "p/build.yml", "image: p\nbase: b\n", 0644);
	put(c, "p/run", "x", 0644);
	const char *first = tag(c, dir);
	assert_true(strncmp(first, "slipway/p:", 10) == 0);
	assert_int_equal(strlen(first), 10 + 40);

	put(c, "p/run", "x", 0600);
	assert_string_equal(tag(c, dir), first);
	assert_string_equal(tag(c, arena_fmt(c->mem, "%s//", dir)), first);
	put(c, "p/run", "x", 0755);
	assert_string_not_equal(tag(c, dir), first);
	put(c, "p/run", "y", 0644);
	assert_string_not_equal(tag(c, dir), first);
	put(c, "p/run", "x", 0644);
	assert_string_equal(tag(c, dir), first);
	put(c, "b/more", "", 0644);
	assert_string_not_equal(tag(c, dir), first);
	(void)base;
}

static void builds_once(void **state)
{
	struct scratch *c = *state;
	struct pkg_options o = { .platform = platform_host() };
	const char *dir = folder(c, "p"), *ref;
	struct image one, two;
	bool built;
	folder(c, "b");
	put(c, "b/build.yml",
		"image: b\nfiles:\n  - {path: root, directory: true, mode: \"0700\"}\nenv: [A=b]\n",
		0644);
	put(c, "p/build.yml", "image: p\nbase: b\nfiles:\n  - {path: root/x, contents: y}\n", 0644);
	assert_ok(c, pkg_build(c->store, c->mem, dir, &o, &ref, &built, &c->diags));
	assert_true(built);
	assert_ok(c, store_image(c->store, c->mem, ref, &o.platform, &one, &c->diags));
	assert_int_equal(one.layers.len, 2);
	assert_string_equal(one.config.env.items[0], "A=b");
	assert_ok(c, pkg_build(c->store, c->mem, dir, &o, &ref, &built, &c->diags));
	assert_false(built);

	/* Once more, and the same bytes; and for another machine, under the same name. */
	o.force = true;
	assert_ok(c, pkg_build(c->store, c->mem, dir, &o, &ref, &built, &c->diags));
	assert_true(built);
	assert_ok(c, store_image(c->store, c->mem, "slipway/p", &o.platform, &two, &c->diags));
	assert_true(digest_equal(&one.manifest.digest, &two.manifest.digest));
	struct pkg_options other = { .platform = { "linux", "arm64", NULL } };
	if (strcmp(o.platform.arch, "arm64") == 0)
		other.platform.arch = "amd64";
	assert_ok(c, pkg_build(c->store, c->mem, dir, &other, &ref, &built, &c->diags));
	assert_true(built);
	assert_ok(c, store_image(c->store, c->mem, "slipway/p", &o.platform, &two, &c->diags));
	assert_true(digest_equal(&one.manifest.digest, &two.manifest.digest));
	assert_ok(c, store_image(c->store, c->mem, ref, &other.platform, &two, &c->diags));
	assert_string_equal(two.config.platform.arch, other.platform.arch);

	/* The folder of the base keeps its mode under what this package puts into it. */
	struct layers open = { 0 };
	struct tree *t = tree_new(c->mem, 0);
	assert_ok(c, image_apply(c->store, c->mem, &one, t, t->root, "p", "p", &open, &c->diags));
	assert_int_equal(tree_find(t->root, "root")->inode->mode, 0700);
	assert_non_null(tree_find(t->root, "root/x"));
	layers_close(&open);
}

static void module_lists_name_modules(void **state)
{
	struct scratch *c = *state;
	static const char dep[] = "kernel/a/b-c.ko.xz: kernel/d.ko.xz\nkernel/d.ko.xz:\n";
	struct recipe r = { .dir = c->path };
	struct pkg_options o = { .platform = { "linux", "arm64", NULL } };
	struct pkg_build b = { .mem = c->mem, .recipe = &r, .options = &o };
	struct y_str file = { .v = "list" };
	const char *out;
	put(c, "list", "# why\nb_c\n\n  d # last\nin-built\n", 0644);
	assert_ok(c, kernel_list(&b, &file, dep, "kernel/in_built.ko\n", &out, &c->diags));
	assert_string_equal(out, "b_c,d,in_built");
	put(c, "list", "b_c [amd64 arm64] # why\n\td [ arm64]\ngone [amd64]\n", 0644);
	assert_ok(c, kernel_list(&b, &file, dep, "", &out, &c->diags));
	assert_string_equal(out, "b_c,d");
	put(c, "list", "d [amd64\n", 0644);
	assert_fails(c, kernel_list(&b, &file, dep, "", &out, &c->diags), KIND_INPUT,
		"after the module's name stands \"[amd64\"");
	put(c, "list", "d b_c\n", 0644);
	assert_fails(c, kernel_list(&b, &file, dep, "", &out, &c->diags), KIND_INPUT,
		"after the module's name stands \"b_c\"");
	put(c, "list", "d\nkernel\n", 0644);
	assert_fails(c, kernel_list(&b, &file, dep, "", &out, &c->diags), KIND_INPUT,
		"this kernel has no module \"kernel\"");
	file.v = "../store/index.json";
	assert_fails(c, kernel_list(&b, &file, dep, "", &out, &c->diags), KIND_INPUT,
		"leads out of the package's folder");
}

static void only_what_is_wanted_stays_on(void **state)
{
	struct scratch *c = *state;
	assert_string_equal(
		source_select(c->mem,
			"# a comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_CC=y\nCONFIG_N=5\n",
			"CONFIG_C=y\nCONFIG_B=y\n"),
		"# CONFIG_A is not set\n# CONFIG_CC is not set\nCONFIG_N=5\nCONFIG_C=y\nCONFIG_B=y\n");
}

static void links_are_followed_inside(void **state)
{
	struct scratch *c = *state;
	struct tree *t = tree_new(c->mem, 0);
	struct node *n;
	const char *end;
	struct diags *d = &c->diags;
	assert_ok(c, tree_file(t, t->root, "usr/bin/x", "x", 1, 0755, 0, &n, d));
	assert_ok(c, tree_symlink(t, t->root, "bin", "usr/bin", 0, d));
	assert_ok(c, tree_symlink(t, t->root, "usr/bin/y", "../../../bin/x", 0, d));
	assert_ok(c, tree_symlink(t, t->root, "a", "/b", 0, d));
	assert_ok(c, tree_symlink(t, t->root, "b", "a", 0, d));
	assert_ptr_equal(tree_follow(c->mem, t, "/bin/y", &end), n);
	assert_string_equal(end, "usr/bin/x");
	assert_null(tree_follow(c->mem, t, "a", &end));
	assert_null(tree_follow(c->mem, t, "bin/x/z", &end));
	assert_ptr_equal(tree_follow(c->mem, t, "", &end), t->root);
}

#define SCRATCH(fn) cmocka_unit_test_setup_teardown(fn, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(reads_all_sections),
		SCRATCH(tags_follow_content_alone),
		SCRATCH(builds_once),
		SCRATCH(module_lists_name_modules),
		SCRATCH(only_what_is_wanted_stays_on),
		SCRATCH(links_are_followed_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
