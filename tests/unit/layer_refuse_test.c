/* Layers that nobody should write; and what is not read twice. */
#include "tests/unit/layer_stack.h"

static void refused(struct scratch *c, const struct tar_build *t, const char *says)
{
	struct stack s = stack_new(c);
	assert_fails(c, apply(&s, t), KIND_INPUT, says);
	assert_int_equal(unpacked_files(c), 0);
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
	/* Links that lead round and round, and a file in the way. */
	tar_add(&through, '2', "a", "b/x", "");
	tar_add(&through, '2', "b", "a/x", "");
	tar_add(&through, '0', "a/passwd", "", "mine");
	tar_end(&through);
	assert_fails(c, apply(&s, &through), KIND_INPUT, "more than 40 symbolic links");
	struct tar_build file = { c->mem, NULL, 0 };
	tar_add(&file, '2', "to", "file", "");
	tar_add(&file, '0', "file", "", "");
	tar_add(&file, '0', "to/x", "", "");
	tar_end(&file);
	assert_fails(c, apply(&s, &file), KIND_INPUT, "which is no folder");
	/* A path that a link leads to and that is not there may not go up from there. */
	struct tar_build up = { c->mem, NULL, 0 };
	tar_add(&up, '2', "up", "nowhere/../../etc", "");
	tar_add(&up, '0', "up/passwd", "", "mine");
	tar_end(&up);
	assert_fails(c, apply(&s, &up), KIND_INPUT, "contains \"..\"");
	/* Links that make the path longer and longer. */
	struct tar_build grow = { c->mem, NULL, 0 };
	char target[2100];
	memset(target, '/', sizeof(target));
	memcpy(target, "../g", 4);
	target[2099] = '\0';
	tar_pax(&grow, "linkpath", target);
	tar_add(&grow, '2', "g", "x", "");
	tar_add(&grow, '0', "g/x", "", "mine");
	tar_end(&grow);
	assert_fails(c, apply(&s, &grow), KIND_INPUT, "more than 4095 bytes");
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

/* Once: whoever wants the layer later reads nothing of what was compressed. */
static void unpacked_once(void **state)
{
	struct scratch *c = *state;
	struct stack s = stack_new(c);
	struct tar_build t = { c->mem, NULL, 0 };
	struct descriptor desc = { .media_type = plain_type };
	char text[DIGEST_TEXT_SIZE];
	struct layer *again;
	tar_add(&t, '0', "file", "", "content");
	tar_end(&t);
	assert_ok(c, apply(&s, &t));
	digest_of(DIGEST_SHA256, t.bytes, t.len, &desc.digest);
	desc.size = t.len;
	const char *blob = arena_fmt(
		c->mem, "%s/blobs/sha256/%s", store_path(c->store), digest_hex(&desc.digest, text));
	assert_int_equal(unlink(blob), 0);
	assert_ok(c, layer_open(c->store, c->mem, &desc, &desc.digest, &again, &c->diags));
	layer_close(&again);
	layers_close(&s.open);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hostile_paths),
		TEST(links_to_nothing),
		TEST(damaged_tars),
		TEST(wrong_digests),
		TEST(unpacked_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
