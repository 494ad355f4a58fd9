/* dm-verity trees: judged by veritysetup, and by a walk from the root that shares no code with the
 * writer: it finds every flipped bit. */
#include "tests/unit/disk_test.h"

#include "mkimage/disk/verity.h"

enum { BLOCK = VERITY_BLOCK, FAN = 128 };

static struct out *make_image(struct image *m, const char *name, size_t blocks)
{
	struct out *to;
	size_t some = blocks < 300 ? blocks : 300;
	OK(out_create(image_path(m, name), 0644, &to, &m->d));
	OK(out_write(
		to, sample_bytes(m->mem, some * BLOCK, (uint32_t)blocks), some * BLOCK, &m->d));
	OK(out_skip(to, (blocks - some) * BLOCK, &m->d));
	return to;
}

static struct out *make_tree(struct image *m, const char *name, const struct out *image,
	unsigned threads, struct verity *v)
{
	struct out *to;
	OK(out_create(image_path(m, name), 0644, &to, &m->d));
	OK(verity_write(image, threads, to, v, &m->d));
	return to;
}

static void hash(const struct verity *v, const uint8_t *block, uint8_t out[32])
{
	uint8_t both[VERITY_SALT + BLOCK];
	struct digest g;
	memcpy(both, v->salt, VERITY_SALT);
	memcpy(both + VERITY_SALT, block, BLOCK);
	digest_of(DIGEST_SHA256, both, sizeof(both), &g);
	memcpy(out, g.bytes, 32);
}

/* Whether a block is what the root hash stands for, as the kernel asks it: up through the tree.
 * b: the image and, behind it, the tree,
 * whose lowest level comes last. */
static bool block_is_right(const struct verity *v, const uint8_t *b, size_t len, size_t block)
{
	size_t count = v->blocks, level_end = len / BLOCK, at = block;
	while (count > 1) {
		uint8_t sum[32];
		size_t hashes = (count + FAN - 1) / FAN, level = level_end - hashes;
		hash(v, b + at * BLOCK, sum);
		if (memcmp(b + (level + block / FAN) * BLOCK + block % FAN * 32, sum, 32) != 0)
			return false;
		at = level + block / FAN;
		block /= FAN;
		count = hashes;
		level_end = level;
	}
	uint8_t sum[32];
	hash(v, b + at * BLOCK, sum);
	return memcmp(sum, v->root.bytes, 32) == 0;
}

static const char *root_hex(struct image *m, const struct verity *v)
{
	return digest_hex(&v->root, arena_alloc(m->mem, DIGEST_TEXT_SIZE));
}

static void judged(void **state)
{
	static const size_t sizes[] = { 1, 2, 127, 128, 129, 256, 16384, 16385 };
	struct image *m = *state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct verity v, again;
		struct out *image = make_image(m, "image", sizes[i]);
		struct out *one = make_tree(m, "one", image, 1, &v);
		struct out *many = make_tree(m, "many", image, 5, &again);
		assert_int_equal(v.blocks, sizes[i]);
		assert_memory_equal(&v, &again, sizeof(v));
		assert_int_equal(out_size(one), verity_size(sizes[i] * BLOCK));
		assert_int_equal(out_size(one), verity_size(sizes[i] * BLOCK - 5));
		OK(out_commit(&image, &m->d));
		OK(out_commit(&one, &m->d));
		OK(out_commit(&many, &m->d));
		const char *path = image_path(m, "one");
		assert_string_equal(file_sha256(m, path), file_sha256(m, image_path(m, "many")));
		TOOL("veritysetup", "verify", image_path(m, "image"), path, root_hex(m, &v));
	}
}

static void every_flipped_bit(void **state)
{
	struct image *m = *state;
	struct verity v;
	char *bytes;
	size_t len;
	struct out *to = make_image(m, "image", 300);
	struct out *tree = make_tree(m, "tree", to, 0, &v);
	OK(out_copy(to, out_fd(tree), 0, out_size(tree), &m->d));
	OK(out_commit(&to, &m->d));
	OK(out_commit(&tree, &m->d));
	OK(file_read(m->mem, image_path(m, "image"), 1 << 26, &bytes, &len, &m->d));
	uint8_t *b = (uint8_t *)bytes;
	for (size_t block = 0; block < v.blocks; block++) {
		size_t bit = (block * 7919 + 13) % (BLOCK * 8);
		uint8_t *at = b + block * BLOCK + bit / 8;
		assert_true(block_is_right(&v, b, len, block));
		*at ^= (uint8_t)(1 << bit % 8);
		for (size_t other = 0; other < v.blocks; other += block % 100 ? v.blocks : 1)
			if (other != block)
				assert_true(block_is_right(&v, b, len, other));
		assert_false(block_is_right(&v, b, len, block));
		*at ^= (uint8_t)(1 << bit % 8);
	}
	/* A hash in the tree. */
	b[(v.blocks + 2) * BLOCK + 5] ^= 1;
	assert_false(block_is_right(&v, b, len, 0));
}

static void guids_and_refusals(void **state)
{
	struct image *m = *state;
	struct verity v = { .blocks = 77, .root = { .bytes = { 0x01, 0xff, [15] = 0xab, 0xcd } } };
	char root[UUID_TEXT_SIZE], tree[UUID_TEXT_SIZE];
	verity_guids(&v, root, tree);
	assert_string_equal(root, "01ff0000-0000-0000-0000-0000000000ab");
	assert_string_equal(tree, "cd000000-0000-0000-0000-000000000000");
	assert_int_equal(verity_size(0), 0);
	AUTO_OUT to = NULL;
	AUTO_OUT out = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	OK(out_scratch(m->folder, &out, &m->d));
	assert_int_equal(verity_write(to, 0, out, &v, &m->d), -1);
	OK(out_write(to, "part of a block", 15, &m->d));
	assert_int_equal(verity_write(to, 0, out, &v, &m->d), -1);
	assert_int_equal(v.blocks, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(judged),
		IMAGE_TEST(every_flipped_bit),
		IMAGE_TEST(guids_and_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
