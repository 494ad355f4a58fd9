/* Layers as other tools write them: whiteouts, links, long names, sparse files, compression. */
#include "tests/unit/layer_stack.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>

static void whiteouts(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build low = { c->mem, NULL, 0 }, high = { c->mem, NULL, 0 };
	tar_add(&low, '5', "./etc/", "", "");
	tar_add(&low, '0', "/etc/a", "", "old");
	tar_add(&low, '0', "etc/b", "", "");
	tar_add(&low, '0', "opt/x/y", "", "");
	tar_add(&low, '0', "was/file", "", "");
	tar_end(&low);
	assert_ok(c, apply(&s, &low));
	/* What this layer puts there stays, also when the whiteout comes behind it. */
	tar_add(&high, '0', "opt/x/new", "", "");
	tar_add(&high, '0', "opt/x/.wh..wh..opq", "", "");
	tar_add(&high, '0', "etc/.wh.b", "", "");
	tar_add(&high, '0', "etc/.wh.never", "", "");
	tar_add(&high, '0', "etc/.wh..wh.aufs", "", "");
	tar_add(&high, '0', "was", "", "a file now");
	tar_add(&high, '1', "etc/linked", "./etc/a", "");
	tar_add(&high, '0', "twice", "", "1");
	tar_add(&high, '0', "twice", "", "22");
	tar_end(&high);
	assert_ok(c, apply(&s, &high));
	assert_true(has(&s, "opt/x/new") && !has(&s, "opt/x/y"));
	assert_true(has(&s, "etc/a") && !has(&s, "etc/b") && !has(&s, "etc/.wh.b") &&
		    !has(&s, "was/file"));
	assert_false(has(&s, "etc/.wh..wh.aufs"));
	assert_ptr_equal(tree_find(s.tree->root, "etc/linked")->inode,
		tree_find(s.tree->root, "etc/a")->inode);
	assert_int_equal(tree_find(s.tree->root, "twice")->inode->content.size, 2);
	layers_close(&s.open);
}

static const char *content(struct stack *s, const char *path)
{
	struct node *n = tree_find(s->tree->root, path);
	char *text = arena_alloc(s->c->mem, 100);
	assert_non_null(n);
	assert_true(content_read(&n->inode->content, 0, text, 99) >= 0);
	return text;
}

/* A layer above one with a merged /usr, written for one without. */
static void through_links(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build low = { c->mem, NULL, 0 }, high = { c->mem, NULL, 0 };
	tar_add(&low, '5', "usr/lib/", "", "");
	tar_add(&low, '0', "usr/lib/old", "", "old");
	tar_add(&low, '0', "usr/lib/kept", "", "kept");
	tar_add(&low, '0', "usr/share/x/gone", "", "");
	tar_add(&low, '2', "lib", "usr/lib", "");
	tar_add(&low, '2', "lib64", "/lib", "");
	tar_add(&low, '2', "usr/local", "../../../../../lib/./local/", "");
	tar_add(&low, '2', "doc", "/usr/share/x", "");
	tar_end(&low);
	assert_ok(c, apply(&s, &low));
	tar_add(&high, '0', "lib/new", "", "new");
	tar_add(&high, '0', "lib64/sub/newer", "", "newer");
	tar_add(&high, '0', "usr/local/bin", "", "local");
	tar_add(&high, '0', "lib/.wh.old", "", "");
	tar_add(&high, '0', "doc/.wh..wh..opq", "", "");
	tar_add(&high, '1', "lib64/hard", "lib/kept", "");
	tar_add(&high, '2', "dangling", "/far/away", "");
	tar_add(&high, '0', "dangling/x", "", "x");
	/* A link that this layer makes, and one that it replaces. */
	tar_add(&high, '2', "out", "../../../../etc", "");
	tar_add(&high, '0', "out/passwd", "", "inside");
	tar_add(&high, '5', "doc", "", "");
	tar_end(&high);
	assert_ok(c, apply(&s, &high));
	assert_string_equal(content(&s, "usr/lib/new"), "new");
	assert_string_equal(content(&s, "usr/lib/sub/newer"), "newer");
	assert_string_equal(content(&s, "usr/lib/local/bin"), "local");
	assert_string_equal(content(&s, "far/away/x"), "x");
	assert_string_equal(content(&s, "etc/passwd"), "inside");
	assert_false(has(&s, "usr/lib/old") || has(&s, "usr/share/x/gone"));
	assert_ptr_equal(tree_find(s.tree->root, "usr/lib/hard")->inode,
		tree_find(s.tree->root, "usr/lib/kept")->inode);
	assert_int_equal(tree_find(s.tree->root, "lib")->inode->type, NODE_SYMLINK);
	assert_int_equal(tree_find(s.tree->root, "doc")->inode->type, NODE_DIR);
	layers_close(&s.open);
}

/* A container's links stop at its own root, whatever lies around it. */
static void links_stay_inside(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build around = { c->mem, NULL, 0 }, t = { c->mem, NULL, 0 };
	tar_add(&around, '0', "etc/passwd", "", "theirs");
	tar_add(&around, '5', "containers/a/rootfs", "", "");
	tar_end(&around);
	assert_ok(c, apply(&s, &around));
	tar_add(&t, '2', "abs", "/etc", "");
	tar_add(&t, '2', "up", "../../../etc", "");
	tar_add(&t, '5', "etc", "", "");
	tar_add(&t, '0', "abs/passwd", "", "mine");
	tar_add(&t, '0', "up/shadow", "", "mine");
	tar_end(&t);
	s.root = tree_find(s.tree->root, "containers/a/rootfs");
	assert_ok(c, apply(&s, &t));
	assert_string_equal(content(&s, "etc/passwd"), "theirs");
	assert_false(has(&s, "etc/shadow"));
	assert_string_equal(content(&s, "containers/a/rootfs/etc/passwd"), "mine");
	assert_string_equal(content(&s, "containers/a/rootfs/etc/shadow"), "mine");
	layers_close(&s.open);
}

static void long_names(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 };
	char part[201];
	memset(part, 'n', 200);
	part[200] = '\0';
	const char *path = arena_fmt(c->mem, "%s/%s", part, part);
	tar_pax(&t, "path", path);
	tar_add(&t, '0', "short", "", "pax");
	tar_header(&t, 'L', "././@LongLink", "", strlen(path) + 3);
	tar_body(&t, arena_fmt(c->mem, "%s.g", path), strlen(path) + 3);
	tar_add(&t, '0', "short", "", "gnu");
	/* Bytes that are no UTF-8 and a decomposed letter come out as they are. */
	tar_pax(&t, "path", "e\xcc\x81\xff");
	tar_add(&t, '0', "short", "", "");
	tar_end(&t);
	assert_ok(c, apply(&s, &t));
	assert_true(has(&s, path) && has(&s, arena_fmt(c->mem, "%s.g", path)) &&
		    has(&s, "e\xcc\x81\xff"));
	layers_close(&s.open);
}

static void sparse(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 };
	uint8_t *h = tar_header(&t, 'S', "holes", "", 512);
	memcpy(h + 257, "ustar  ", 8);
	memcpy(h + 386, "00000010000", 12); /* 4096 */
	memcpy(h + 398, "00000001000", 12); /* 512 */
	memcpy(h + 483, "00000100000", 12); /* 32768 */
	tar_sum(h);
	tar_body(&t, "data", 4);
	tar_end(&t);
	assert_ok(c, apply(&s, &t));
	struct inode *i = tree_find(s.tree->root, "holes")->inode;
	char buf[8] = { 1 };
	assert_int_equal(i->content.size, 32768);
	assert_int_equal(content_read(&i->content, 4096, buf, 4), 4);
	assert_memory_equal(buf, "data", 4);
	assert_int_equal(content_read(&i->content, 0, buf, 4), 4);
	assert_memory_equal(buf, "\0\0\0\0", 4);
	layers_close(&s.open);
}

static void compressed(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 };
	uint8_t gz[4096];
	z_stream z = { 0 };
	struct digest diff_id;
	const char *type = "application/vnd.docker.image.rootfs.diff.tar.gzip";
	tar_add(&t, '0', "file", "", "content");
	tar_end(&t);
	digest_of(DIGEST_SHA256, t.bytes, t.len, &diff_id);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	/* Two members, as parallel compressors make them. */
	size_t half = 600, len = 0;
	for (int i = 0; i < 2; i++) {
		z.next_in = t.bytes + (i ? half : 0);
		z.avail_in = (uInt)(i ? t.len - half : half);
		z.next_out = gz + len;
		z.avail_out = (uInt)(sizeof(gz) - len);
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		len = sizeof(gz) - z.avail_out;
		deflateReset(&z);
	}
	deflateEnd(&z);
	assert_fails(c, apply_blob(&s, gz, len - 6, type, &diff_id), KIND_INPUT, "cut off");
	gz[len] = 'x';
	assert_fails(
		c, apply_blob(&s, gz, len + 1, type, &diff_id), KIND_INPUT, "no valid gzip stream");
	assert_ok(c, apply_blob(&s, gz, len, type, &diff_id));
	assert_true(has(&s, "file"));
	layers_close(&s.open);
}

/* A damaged index or pack is unpacked again, not believed. */
static void mends_itself(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 };
	struct digest diff_id;
	char text[DIGEST_TEXT_SIZE];
	tar_add(&t, '0', "file", "", "content");
	tar_end(&t);
	assert_ok(c, apply(&s, &t));
	digest_of(DIGEST_SHA256, t.bytes, t.len, &diff_id);
	const char *base = arena_fmt(
		c->mem, "%s/unpacked/sha256/%s", store_path(c->store), digest_hex(&diff_id, text));
	assert_int_equal(truncate(arena_fmt(c->mem, "%s.pack", base), 3), 0);
	assert_ok(c, apply(&s, &t));
	FILE *f = fopen(arena_fmt(c->mem, "%s.index", base), "r+");
	assert_non_null(f);
	fseek(f, 180, SEEK_SET);
	fputc(0xff, f);
	fclose(f);
	assert_ok(c, apply(&s, &t));
	char buf[8] = { 0 };
	struct inode *i = tree_find(s.tree->root, "file")->inode;
	assert_int_equal(content_read(&i->content, 0, buf, 7), 7);
	assert_string_equal(buf, "content");
	layers_close(&s.open);
}

/* A disk that is full while a layer is unpacked leaves nothing behind; later it works. */
static void full_disk(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 };
	char *big = arena_alloc(c->mem, 200001);
	memset(big, 'x', 200000);
	tar_add(&t, '0', "big", "", big);
	tar_end(&t);
	struct digest diff_id;
	struct descriptor desc = { .media_type = plain_type, .size = t.len };
	struct layer *l;
	assert_ok(c, store_blob_put(c->store, t.bytes, t.len, &desc.digest, &c->diags));
	diff_id = desc.digest;
	struct rlimit limit, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
	small = (struct rlimit){ .rlim_cur = 100000, .rlim_max = limit.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	int rc = layer_open(c->store, c->mem, &desc, &diff_id, &l, &c->diags);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_fails(c, rc, KIND_SYSTEM, "cannot write");
	assert_int_equal(unpacked_files(c), 0);
	assert_ok(c, apply(&s, &t));
	layers_close(&s.open);
}

/* Builds that want one layer at the same time wait for each other. */
static void many_at_once(void **state)
{
	struct scratch *c = *state;
	struct tar_build t = { c->mem, NULL, 0 };
	for (int i = 0; i < 200; i++)
		tar_add(&t, '0', arena_fmt(c->mem, "f%d", i), "", "content");
	tar_end(&t);
	pid_t child[6];
	for (size_t i = 0; i < ARRAY_LEN(child); i++) {
		child[i] = fork();
		if (child[i] == 0) {
			struct stack s = stack_new(c);
			_exit(apply(&s, &t) == 0 && has(&s, "f199") ? 0 : 1);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(child); i++) {
		int status = -1;
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(unpacked_files(c), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whiteouts),
		TEST(through_links),
		TEST(links_stay_inside),
		TEST(long_names),
		TEST(sparse),
		TEST(compressed),
		TEST(mends_itself),
		TEST(full_disk),
		TEST(many_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
