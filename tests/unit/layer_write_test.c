#include "base/json.h"
#include "mkimage/layer/layer.h"
#include "mkimage/store/store.h"
#include "tests/unit/store_scratch.h"

static void put_image(struct scratch *c, const struct descriptor *layer,
	const struct digest *diff_id, const char *name)
{
	char a[DIGEST_TEXT_SIZE], b[DIGEST_TEXT_SIZE];
	struct descriptor config = { .media_type = "application/vnd.oci.image.config.v1+json" };
	struct descriptor manifest = { .media_type = "application/vnd.oci.image.manifest.v1+json" };
	const char *text = arena_fmt(c->mem,
		"{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"2024-01-02T03:04:05Z\","
		"\"config\":{\"Cmd\":[\"/bin/x\"],\"Labels\":{\"a\":\"b\"}},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}",
		digest_text(diff_id, a));
	config.size = strlen(text);
	assert_ok(c, store_blob_put(c->store, text, config.size, &config.digest, &c->diags));
	text = arena_fmt(c->mem,
		"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%llu},"
		"\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%llu}]}",
		config.media_type, digest_text(&config.digest, a), (unsigned long long)config.size,
		layer->media_type, digest_text(&layer->digest, b), (unsigned long long)layer->size);
	manifest.size = strlen(text);
	assert_ok(c, store_blob_put(c->store, text, manifest.size, &manifest.digest, &c->diags));
	assert_ok(c, store_tag(c->store, name, &manifest, &c->diags));
}

static struct tree *sample(struct scratch *c)
{
	struct tree *t = tree_new(c->mem, 1000);
	struct node *n;
	assert_ok(c, tree_file(t, t->root, "bin/x", "hello", 5, 0755, 1000, &n, &c->diags));
	assert_ok(c, tree_link(t, t->root, "bin/y", n, &c->diags));
	assert_ok(c, tree_symlink(t, t->root, "lib/l", "../bin/x", 1000, &c->diags));
	assert_ok(c, tree_file(t, t->root, "a/e\xcc\x81", "", 0, 04711, -5, &n, &c->diags));
	n->inode->uid = 4000000000u;
	struct xattr *x = ARENA_NEW(c->mem, struct xattr);
	*x = (struct xattr){ .name = "user.k", .value = "\0\n=v", .len = 4 };
	n->inode->xattrs = x;
	struct inode *dev = tree_inode(t, NODE_CHAR, 0600, 0, 5, 1000);
	dev->major = 5;
	dev->minor = 300;
	assert_ok(c, tree_put(t, t->root, "dev/c", dev, &n, &c->diags));
	return t;
}

static void comes_back(void **state)
{
	struct scratch *c = *state;
	struct descriptor layer, again;
	struct digest diff_id;
	assert_ok(c, layer_write(c->store, sample(c), &layer, &diff_id, &c->diags));
	assert_ok(c, layer_write(c->store, sample(c), &again, &diff_id, &c->diags));
	assert_true(digest_equal(&layer.digest, &again.digest));
	put_image(c, &layer, &diff_id, "slipway/x");

	struct image i;
	struct layers open = { 0 };
	struct platform amd64 = { .os = "linux", .arch = "amd64" };
	struct tree *t = tree_new(c->mem, 0);
	assert_ok(c, store_image(c->store, c->mem, "slipway/x", &amd64, &i, &c->diags));
	assert_string_equal(image_label(&i, "a"), "b");
	assert_ok(c, image_apply(c->store, c->mem, &i, t, t->root, "slipway/x", "init[0]", &open,
			     &c->diags));
	struct node *x = tree_find(t->root, "bin/x"), *y = tree_find(t->root, "bin/y");
	assert_non_null(x);
	assert_ptr_equal(x->inode, y->inode);
	assert_int_equal(x->inode->links, 2);
	char buf[8] = { 0 };
	assert_int_equal(content_read(&x->inode->content, 0, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "hello");
	assert_string_equal(tree_find(t->root, "lib/l")->inode->target, "../bin/x");
	struct inode *e = tree_find(t->root, "a/e\xcc\x81")->inode;
	assert_int_equal(e->uid, 4000000000u);
	assert_int_equal(e->mode, 04711);
	assert_int_equal(e->mtime, -5);
	assert_non_null(e->xattrs);
	assert_string_equal(e->xattrs->name, "user.k");
	assert_memory_equal(e->xattrs->value, "\0\n=v", 4);
	assert_int_equal(tree_find(t->root, "dev/c")->inode->minor, 300);
	layers_close(&open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
