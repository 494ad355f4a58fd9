#include "tests/unit/base_test.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/spawn.h"

#include <fcntl.h>
#include <sys/stat.h>

/* FIPS 180-4 examples. */
static void digests_match_known_answers(void **state)
{
	(void)state;
	char text[DIGEST_TEXT_SIZE];
	struct digest g, parsed;
	digest_of(DIGEST_SHA256, "abc", 3, &g);
	assert_string_equal(digest_text(&g, text),
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(digest_parse(text, &parsed), 0);
	assert_true(digest_equal(&g, &parsed));
	digest_of(DIGEST_SHA512, "", 0, &g);
	assert_string_equal(digest_text(&g, text),
		"sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
	assert_false(digest_equal(&g, &parsed));
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	hasher_add(h, "ab", 2);
	hasher_add(h, "c", 1);
	hasher_take(h, &g);
	assert_true(digest_equal(&g, &parsed));
	hasher_add(h, "abc", 3); /* taking resets */
	hasher_take(h, &g);
	assert_true(digest_equal(&g, &parsed));
}

static void digest_text_is_strict(void **state)
{
	(void)state;
	struct digest g;
	static const char *const bad[] = { "", "sha256", "sha256:", "sha256:00",
		"md5:00000000000000000000000000000000",
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
		"../sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(digest_parse(bad[i], &g), -1);
}

static void uuids_are_well_formed(void **state)
{
	(void)state;
	struct digest g;
	char u[UUID_TEXT_SIZE];
	digest_of(DIGEST_SHA256, "abc", 3, &g);
	digest_uuid(&g, u);
	assert_string_equal(u, "ba7816bf-8f01-8fea-8141-40de5dae2223");
}

static void files_and_folders(void **state)
{
	struct fixture *f = *state;
	char tmp[] = "/tmp/slipway-base-XXXXXX";
	assert_non_null(mkdtemp(tmp));
	const char *deep = arena_fmt(f->mem, "%s/a/b/c/", tmp);
	assert_int_equal(dir_make(deep, 0755, &f->d), 0);
	assert_int_equal(dir_make(deep, 0755, &f->d), 0);
	const char *path = arena_fmt(f->mem, "%s/a/b/c/file", tmp);
	AUTO_FD fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(fd_write_all(fd, "0123456789", 10), 0);
	char *text;
	size_t len;
	assert_int_equal(file_read(f->mem, path, 10, &text, &len, &f->d), 0);
	assert_int_equal(len, 10);
	assert_string_equal(text, "0123456789");
	assert_int_equal(file_read(f->mem, path, 9, &text, &len, &f->d), -1);
	assert_int_equal(file_read(f->mem, tmp, 9, &text, &len, &f->d), -1);

	/* A link to a folder outside is removed, not followed. */
	const char *outside = arena_fmt(f->mem, "%s/outside", tmp);
	assert_int_equal(dir_make(outside, 0755, &f->d), 0);
	assert_int_equal(symlink(outside, arena_fmt(f->mem, "%s/a/link", tmp)), 0);
	assert_int_equal(dir_remove(arena_fmt(f->mem, "%s/a", tmp), &f->d), 0);
	assert_int_equal(access(outside, F_OK), 0);
	assert_int_equal(dir_remove(tmp, &f->d), 0);
	assert_int_equal(dir_remove(tmp, &f->d), 0);
}

static void copying_a_range_is_exact(void **state)
{
	struct fixture *f = *state;
	char *text;
	size_t len;
	char tmp[] = "/tmp/slipway-copy-XXXXXX";
	AUTO_FD in = mkstemp(tmp);
	assert_int_equal(fd_write_all(in, "0123456789", 10), 0);
	char tmp2[] = "/tmp/slipway-copy-XXXXXX";
	AUTO_FD out = mkstemp(tmp2);
	assert_int_equal(fd_copy_range(in, 3, 4, out), 0);
	assert_int_equal(file_read(f->mem, tmp2, 100, &text, &len, &f->d), 0);
	assert_string_equal(text, "3456");
	assert_int_equal(fd_copy_range(in, 8, 4, out), -1);
	assert_int_equal(errno, EIO);
	unlink(tmp);
	unlink(tmp2);
}

static void programs_run_without_a_shell(void **state)
{
	struct fixture *f = *state;
	struct spawn s = { 0 };
	setenv("SLIPWAY_SECRET", "leak", 1);
	spawn_args(f->mem, &s, "sh", "-c", "echo \"$1$SLIPWAY_SECRET$ADDED\"; echo noise >&2", "sh",
		"it's $(here)", NULL);
	vec_push(f->mem, &s.env, "ADDED=+");
	char *out;
	size_t len;
	assert_int_equal(spawn_run(f->mem, &s, 1000, &out, &len, &f->d), 0);
	assert_string_equal(out, "it's $(here)+\n");
	assert_int_equal(spawn_run(f->mem, &s, 3, &out, &len, &f->d), -1);
	unsetenv("SLIPWAY_SECRET");
}

static void failing_programs_say_why(void **state)
{
	struct fixture *f = *state;
	struct spawn s = { 0 };
	spawn_args(f->mem, &s, "sh", "-c", "echo the reason >&2; exit 7", NULL);
	assert_int_equal(spawn_run(f->mem, &s, 0, NULL, NULL, &f->d), -1);
	assert_string_equal(f->d.first->what, "\"sh\" ended with status 7 and said:\nthe reason");
	assert_int_equal(diags_exit_code(&f->d), KIND_SYSTEM);
	int status;
	assert_int_equal(spawn_status(f->mem, &s, &status, &f->d), 0);
	assert_int_equal(status, 7);

	struct spawn missing = { .install = "some-package" };
	spawn_args(f->mem, &missing, "slipway-no-such-program", NULL);
	assert_int_equal(spawn_run(f->mem, &missing, 0, NULL, NULL, &f->d), -1);
	assert_string_equal(f->d.last->what, "the program \"slipway-no-such-program\" is missing");
	assert_string_equal(f->d.last->hint, "install the Debian package \"some-package\"");
}

/* "No descriptor" is negative: everything must still work when 0, 1 and 2 are free. */
static void descriptor_zero_is_a_descriptor(void **state)
{
	struct fixture *f = *state;
	int kept = dup(0);
	close(0);
	struct spawn s = { 0 };
	spawn_args(f->mem, &s, "cat", "/proc/self/stat", NULL);
	char *out;
	size_t len;
	assert_int_equal(spawn_run(f->mem, &s, 10000, &out, &len, &f->d), 0);
	assert_true(len > 0);
	char *text;
	assert_int_equal(file_read(f->mem, "/proc/self/comm", 100, &text, &len, &f->d), 0);
	if (kept >= 0) {
		dup2(kept, 0);
		close(kept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(digests_match_known_answers),
		TEST(digest_text_is_strict),
		TEST(uuids_are_well_formed),
		TEST(files_and_folders),
		TEST(copying_a_range_is_exact),
		TEST(programs_run_without_a_shell),
		TEST(failing_programs_say_why),
		TEST(descriptor_zero_is_a_descriptor),
	};
	return cmocka_run_group_tests_name("base system", tests, NULL, NULL);
}
