/* Layers as anybody may write them: the rules of whiteouts and links, and what is refused. */
#include "mkimage/layer/layer.h"
#include "tests/unit/store_scratch.h"
#include "tests/unit/tar_build.h"

#include <dirent.h>
#include <zlib.h>

static const char plain_type[] = "application/vnd.oci.image.layer.v1.tar";

struct stack {
	struct scratch *c;
	struct tree *tree;
	struct layers open;
};

static struct stack stack_new(struct scratch *c)
{
	return (struct stack){ .c = c, .tree = tree_new(c->mem, 0) };
}

static int apply_blob(struct stack *s, const void *bytes, size_t len, const char *type,
	const struct digest *diff_id)
{
	struct scratch *c = s->c;
	struct descriptor desc = { .media_type = type, .size = len };
	struct layer *l;
	assert_ok(c, store_blob_put(c->store, bytes, len, &desc.digest, &c->diags));
	if (layer_open(c->store, c->mem, &desc, diff_id, &l, &c->diags) < 0)
		return -1;
	vec_push(c->mem, &s->open, l);
	return layer_apply(l, s->tree, s->tree->root, "ref", "loc", &c->diags);
}

static int apply(struct stack *s, const struct tar_build *t)
{
	struct digest diff_id;
	digest_of(DIGEST_SHA256, t->bytes, t->len, &diff_id);
	return apply_blob(s, t->bytes, t->len, plain_type, &diff_id);
}

static bool has(struct stack *s, const char *path)
{
	return tree_find(s->tree->root, path) != NULL;
}

/* Nothing but the lock may lie in unpacked/ after a refusal. */
static unsigned unpacked_files(struct scratch *c)
{
	unsigned n = 0;
	DIR *dir = opendir(arena_fmt(c->mem, "%s/unpacked/sha256", store_path(c->store)));
	for (struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] != '.' && strcmp(e->d_name, "lock") != 0;
	if (dir)
		closedir(dir);
	return n;
}

static void refused(struct scratch *c, const struct tar_build *t, const char *says)
{
	struct stack s = stack_new(c);
	assert_fails(c, apply(&s, t), KIND_INPUT, says);
	assert_int_equal(unpacked_files(c), 0);
	layers_close(&s.open);
}

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

static void refuse_one(
	struct scratch *c, char type, const char *name, const char *link, const char *says)
{
	struct tar_build t = { c->mem, NULL, 0 };
	tar_add(&t, type, name, link, "");
	tar_end(&t);
	refused(c, &t, says);
}

static void hostile_paths(void **state)
{
	struct scratch *c = *state;
	char name[300];
	refuse_one(c, '0', "../x", "", "leads out of the layer");
	refuse_one(c, '0', "a/../../x", "", "leads out of the layer");
	refuse_one(c, '0', "/..", "", "leads out of the layer");
	refuse_one(c, '1', "x", "../../etc/shadow", "leads out of the layer");
	refuse_one(c, '0', ".", "", "replace the root");
	refuse_one(c, '0', "a/.wh.", "", "malformed whiteout");
	refuse_one(c, '0', "a/.wh...", "", "malformed whiteout");
	refuse_one(c, '0', ".wh.a/b", "", "malformed whiteout");
	refuse_one(c, 'V', "volume", "", "unknown type");
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	struct tar_build t = { c->mem, NULL, 0 };
	tar_pax(&t, "path", name);
	tar_add(&t, '0', "x", "", "");
	tar_end(&t);
	refused(c, &t, "more than 255 bytes");
}

static void links_to_nothing(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 }, through = { c->mem, NULL, 0 };
	tar_add(&t, '1', "x", "not/there", "");
	tar_end(&t);
	assert_fails(c, apply(&s, &t), KIND_INPUT, "not there");
	/* A symbolic link is never followed while a layer is applied. */
	tar_add(&through, '2', "out", "/etc", "");
	tar_add(&through, '0', "out/passwd", "", "mine");
	tar_end(&through);
	assert_int_equal(apply(&s, &through), -1);
	assert_int_equal(diags_exit_code(&c->diags), KIND_INPUT);
	layers_close(&s.open);
}

static void damaged_tars(void **state)
{
	struct scratch *c = *state;
	struct tar_build t = { c->mem, NULL, 0 };
	tar_add(&t, '0', "file", "", "some content");
	size_t whole = t.len;
	t.len = whole - 300;
	refused(c, &t, "cut off");
	t.len = 700;
	refused(c, &t, "cut off");
	t.len = whole;
	t.bytes[0] ^= 1;
	refused(c, &t, "checksum");
	t.bytes[0] ^= 1;
	tar_end(&t);
	memcpy(tar_room(&t, 512), "tail", 4);
	refused(c, &t, "behind its end");

	struct tar_build pax = { c->mem, NULL, 0 };
	tar_add(&pax, 'x', "p", "", "99999 path=x\n");
	tar_add(&pax, '0', "x", "", "");
	refused(c, &pax, "malformed extended header");
	pax.len = 0;
	tar_pax(&pax, "size", "-1");
	tar_add(&pax, '0', "x", "", "");
	refused(c, &pax, "cannot be read");
	pax.len = 0;
	tar_pax(&pax, "uid", "4294967296");
	tar_add(&pax, '0', "x", "", "");
	refused(c, &pax, "32 bits");
	pax.len = 0;
	tar_pax(&pax, "GNU.sparse.map", "5,1,2,1");
	tar_add(&pax, '0', "x", "", "ab");
	refused(c, &pax, "sparse file");
	pax.len = 0;
	tar_header(&pax, 'x', "p", "", 2 << 20);
	refused(c, &pax, "extended header of more than");
	struct tar_build big = { c->mem, NULL, 0 };
	tar_header(&big, '0', "big", "", 077777777777);
	refused(c, &big, "cut off");
}

static void wrong_digests(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 };
	struct digest other, right;
	tar_add(&t, '0', "file", "", "x");
	tar_end(&t);
	digest_of(DIGEST_SHA256, "", 0, &other);
	digest_of(DIGEST_SHA256, t.bytes, t.len, &right);
	assert_fails(c, apply_blob(&s, t.bytes, t.len, plain_type, &other), KIND_INTEGRITY,
		"unpacks to");
	assert_fails(c,
		apply_blob(
			&s, t.bytes, t.len, "application/vnd.oci.image.layer.v1.tar+gzip", &right),
		KIND_INPUT, "media type");
	assert_fails(
		c, apply_blob(&s, t.bytes, t.len, "text/plain", &right), KIND_INPUT, "no layer");
	assert_fails(c,
		apply_blob(&s,
			"\xfd"
			"7zXZ\0",
			6, plain_type, &right),
		KIND_INPUT, "xz");
	assert_int_equal(unpacked_files(c), 0);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whiteouts),
		TEST(long_names),
		TEST(sparse),
		TEST(hostile_paths),
		TEST(links_to_nothing),
		TEST(damaged_tars),
		TEST(wrong_digests),
		TEST(compressed),
		TEST(mends_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
