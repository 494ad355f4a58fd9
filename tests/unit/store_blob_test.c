/* Blobs that stream in: known and unknown ones, cut off and resumed, from several sides at once. */
#include "mkimage/store/store_impl.h"
#include "tests/unit/store_scratch.h"

#include <pthread.h>
#include <sys/stat.h>

enum { BIG = 3 << 20 };

static char *big_text(struct scratch *c)
{
	char *text = arena_alloc(c->mem, BIG);
	for (size_t i = 0; i < BIG; i++)
		text[i] = (char)(i * 7 + i / 251);
	return text;
}

static struct descriptor known(enum digest_alg alg, const char *bytes, size_t len)
{
	struct descriptor desc = { .size = len };
	digest_of(alg, bytes, len, &desc.digest);
	return desc;
}

static bool is_partial(struct scratch *c, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	return access(arena_fmt(c->mem, "%s/partial/%s", store_path(c->store),
			      digest_text(&desc->digest, text)),
		       F_OK) == 0;
}

static int want(struct scratch *c, const struct descriptor *desc, struct blob_in **b)
{
	return blob_in_want(c->store, desc, false, b, &c->diags);
}

static void whole(void **state)
{
	struct scratch *c = *state;
	for (enum digest_alg alg = DIGEST_SHA256; alg <= DIGEST_SHA512; alg++) {
		AUTO_BLOB_IN b = NULL;
		struct descriptor desc = known(alg, "hello", 5);
		assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
		assert_int_equal(blob_in_size(b), 0);
		assert_ok(c, blob_in_write(b, "hell", 4, &c->diags));
		assert_ok(c, blob_in_write(b, "o", 1, &c->diags));
		assert_false(store_has(c->store, &desc.digest));
		assert_ok(c, blob_in_commit(&b, NULL, NULL, NULL, &c->diags));
		assert_true(store_has(c->store, &desc.digest));
		assert_false(is_partial(c, &desc));
		assert_int_equal(want(c, &desc, &b), BLOB_THERE);
		assert_null(b);
	}
}

static void resumed(void **state)
{
	struct scratch *c = *state;
	const char *text = big_text(c);
	struct descriptor desc = known(DIGEST_SHA256, text, BIG);
	AUTO_BLOB_IN b = NULL;
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_ok(c, blob_in_write(b, text, BIG / 2, &c->diags));
	blob_in_drop(&b);
	assert_true(is_partial(c, &desc));
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_int_equal(blob_in_size(b), BIG / 2);
	/* A server without ranges begins again. */
	assert_ok(c, blob_in_restart(b, &c->diags));
	assert_int_equal(blob_in_size(b), 0);
	assert_ok(c, blob_in_write(b, text, BIG - 1, &c->diags));
	blob_in_drop(&b);
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_int_equal(blob_in_size(b), BIG - 1);
	assert_ok(c, blob_in_write(b, text + BIG - 1, 1, &c->diags));
	assert_ok(c, blob_in_commit(&b, NULL, NULL, NULL, &c->diags));
	int fd;
	assert_ok(c, store_blob_open(c->store, &desc, &fd, &c->diags));
	char *back = arena_alloc(c->mem, BIG);
	assert_int_equal(fd_read_full(fd, back, BIG), BIG);
	assert_memory_equal(back, text, BIG);
	close(fd);
}

/* What a power cut left in partial/ is only as good as its digest. */
static void spoilt(void **state)
{
	struct scratch *c = *state;
	struct descriptor desc = known(DIGEST_SHA256, "hello", 5);
	AUTO_BLOB_IN b = NULL;
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_ok(c, blob_in_write(b, "hexx", 4, &c->diags));
	blob_in_drop(&b);
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_int_equal(blob_in_size(b), 4);
	assert_ok(c, blob_in_write(b, "o", 1, &c->diags));
	assert_fails(c, blob_in_commit(&b, NULL, NULL, NULL, &c->diags), KIND_INTEGRITY,
		"a blob that is to be sha256:2cf24d");
	assert_false(is_partial(c, &desc));
	assert_false(store_has(c->store, &desc.digest));
	/* One that is too long already. */
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_ok(c, blob_in_write(b, "hello", 5, &c->diags));
	char text[DIGEST_TEXT_SIZE];
	const char *path = arena_fmt(
		c->mem, "%s/partial/%s", store_path(c->store), digest_text(&desc.digest, text));
	blob_in_drop(&b);
	assert_int_equal(truncate(path, 6), 0);
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_int_equal(blob_in_size(b), 0);
}

static void wrong_size(void **state)
{
	struct scratch *c = *state;
	struct descriptor desc = known(DIGEST_SHA256, "hello", 5);
	AUTO_BLOB_IN b = NULL;
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_ok(c, blob_in_write(b, "hell", 4, &c->diags));
	assert_fails(c, blob_in_write(b, "oo", 2, &c->diags), KIND_INTEGRITY,
		"is longer than the 5 bytes");
	assert_fails(c, blob_in_commit(&b, NULL, NULL, NULL, &c->diags), KIND_INTEGRITY,
		"is cut off after 4 bytes of 5");
	/* The part is right, as far as it goes. */
	assert_int_equal(want(c, &desc, &b), BLOB_NEEDED);
	assert_int_equal(blob_in_size(b), 4);
	blob_in_drop(&b);
	/* A blob of another size under that name was damaged since it came. */
	AUTO_BLOB_IN again = NULL;
	assert_int_equal(want(c, &desc, &again), BLOB_NEEDED);
	assert_ok(c, blob_in_write(again, "o", 1, &c->diags));
	assert_ok(c, blob_in_commit(&again, NULL, NULL, NULL, &c->diags));
	char path[BLOB_PATH_SIZE];
	assert_int_equal(truncate(arena_fmt(c->mem, "%s/%s", store_path(c->store),
					  blob_path(&desc.digest, path)),
				 4),
		0);
	assert_int_equal(want(c, &desc, &again), BLOB_NEEDED);
	assert_ok(c, blob_in_write(again, "hello", 5, &c->diags));
	assert_ok(c, blob_in_commit(&again, NULL, NULL, NULL, &c->diags));
	assert_int_equal(want(c, &desc, &again), BLOB_THERE);
}

static void busy(void **state)
{
	struct scratch *c = *state;
	struct descriptor desc = known(DIGEST_SHA256, "hello", 5);
	AUTO_BLOB_IN first = NULL;
	AUTO_BLOB_IN second = NULL;
	assert_int_equal(want(c, &desc, &first), BLOB_NEEDED);
	assert_int_equal(want(c, &desc, &second), BLOB_BUSY);
	assert_null(second);
	assert_ok(c, blob_in_write(first, "hello", 5, &c->diags));
	assert_ok(c, blob_in_commit(&first, NULL, NULL, NULL, &c->diags));
	assert_int_equal(want(c, &desc, &second), BLOB_THERE);
	assert_false(is_partial(c, &desc));
}

enum { THREADS = 8, BLOBS = 40 };

struct getter {
	struct scratch *c;
	const char *text;
	unsigned fetched, failed;
	pthread_t thread;
};

/* The i-th blob is the first i * 1000 bytes. */
static void *get_all(void *arg)
{
	struct getter *g = arg;
	AUTO_ARENA a = arena_new();
	struct diags d;
	diags_init(&d, a);
	for (size_t i = 1; i <= BLOBS; i++) {
		AUTO_BLOB_IN b = NULL;
		struct descriptor desc = known(DIGEST_SHA256, g->text, i * 1000);
		int rc = blob_in_want(g->c->store, &desc, true, &b, &d);
		if (rc == BLOB_THERE)
			continue;
		if (rc != BLOB_NEEDED || blob_in_write(b, g->text, i * 1000, &d) < 0 ||
			blob_in_commit(&b, NULL, NULL, NULL, &d) < 0)
			g->failed++;
		g->fetched++;
	}
	return NULL;
}

/* Each blob is fetched once, whoever wants it. */
static void threads(void **state)
{
	struct scratch *c = *state;
	const char *text = big_text(c);
	struct getter all[THREADS];
	unsigned fetched = 0;
	for (size_t i = 0; i < THREADS; i++) {
		all[i] = (struct getter){ .c = c, .text = text };
		assert_int_equal(pthread_create(&all[i].thread, NULL, get_all, &all[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(all[i].thread, NULL);
		assert_int_equal(all[i].failed, 0);
		fetched += all[i].fetched;
	}
	assert_int_equal(fetched, BLOBS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole),
		TEST(resumed),
		TEST(spoilt),
		TEST(wrong_size),
		TEST(busy),
		TEST(threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
