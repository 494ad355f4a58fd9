/* Outputs appear whole or not at all, also when the disk is full. */
#include "mkimage/out/out.h"

#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

struct world {
	struct arena *mem;
	struct diags d;
	char folder[64];
};

static int set_up(void **state)
{
	struct arena *a = arena_new();
	struct world *w = ARENA_NEW(a, struct world);
	w->mem = a;
	diags_init(&w->d, a);
	snprintf(w->folder, sizeof(w->folder), "/tmp/out_write_test.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	assert_int_equal(dir_remove(w->folder, &w->d), 0);
	arena_free(w->mem);
	return 0;
}

static size_t entries(const struct world *w)
{
	size_t n = 0;
	DIR *dir = opendir(w->folder);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static struct out *create(struct world *w, const char *name)
{
	struct out *o = NULL;
	assert_int_equal(
		out_create(arena_fmt(w->mem, "%s/%s", w->folder, name), 0644, &o, &w->d), 0);
	return o;
}

static const char *contents(struct world *w, const char *name, size_t *len)
{
	char *text;
	assert_int_equal(file_read(w->mem, arena_fmt(w->mem, "%s/%s", w->folder, name), 1 << 24,
				 &text, len, &w->d),
		0);
	return text;
}

static void appears_at_commit(void **state)
{
	struct world *w = *state;
	struct out *o = create(w, "a");
	assert_int_equal(out_write(o, "hello", 5, &w->d), 0);
	assert_int_equal(entries(w), 0);
	assert_int_equal(out_align(o, 512, &w->d), 0);
	assert_int_equal(out_align(o, 512, &w->d), 0);
	assert_int_equal(out_size(o), 512);
	assert_int_equal(out_skip(o, 100000, &w->d), 0);
	assert_int_equal(out_pwrite(o, "J", 1, 0, &w->d), 0);
	assert_int_equal(out_size(o), 100512);
	assert_int_equal(out_commit(&o, &w->d), 0);
	assert_null(o);
	assert_int_equal(entries(w), 1);
	size_t len;
	const char *text = contents(w, "a", &len);
	assert_int_equal(len, 100512);
	assert_memory_equal(text, "Jello\0", 6);
}

static void replaces_whole(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 2; i++) {
		struct out *o = create(w, "a");
		assert_int_equal(out_write(o, i ? "new" : "older", i ? 3 : 5, &w->d), 0);
		assert_int_equal(out_commit(&o, &w->d), 0);
	}
	struct out *dropped = create(w, "a");
	assert_int_equal(out_write(dropped, "never", 5, &w->d), 0);
	out_drop(&dropped);
	out_drop(&dropped);
	size_t len;
	assert_string_equal(contents(w, "a", &len), "new");
	assert_int_equal(entries(w), 1);
}

static void copies_ranges(void **state)
{
	struct world *w = *state;
	struct out *from = NULL;
	assert_int_equal(out_scratch(w->folder, &from, &w->d), 0);
	assert_int_equal(entries(w), 0);
	char *big = arena_alloc(w->mem, 3 << 20);
	for (size_t i = 0; i < 3 << 20; i++)
		big[i] = (char)(i * 7 + (i >> 11));
	assert_int_equal(out_write(from, big, 3 << 20, &w->d), 0);
	struct out *o = create(w, "a");
	assert_int_equal(out_write(o, "x", 1, &w->d), 0);
	assert_int_equal(out_copy(o, out_fd(from), 5, (3 << 20) - 5, &w->d), 0);
	/* More than there is. */
	assert_int_equal(out_copy(o, out_fd(from), 5, 3 << 20, &w->d), -1);
	assert_non_null(strstr(w->d.last->what, "ends before its size"));
	out_drop(&o);
	o = create(w, "a");
	assert_int_equal(out_copy(o, out_fd(from), 5, (3 << 20) - 5, &w->d), 0);
	assert_int_equal(out_commit(&o, &w->d), 0);
	size_t len;
	const char *text = contents(w, "a", &len);
	assert_int_equal(len, (3 << 20) - 5);
	assert_memory_equal(text, big + 5, len);
	out_drop(&from);
}

/* One step of many, which take an output over the borders of pieces. */
static int step(struct world *w, struct out *o, const char *bytes, int from, uint32_t random)
{
	uint64_t size = out_size(o);
	uint32_t len = random >> 8 & ((1 << 21) - 1);
	switch (random % 8) {
	case 0:
		return out_write(o, bytes, len, &w->d);
	case 1:
		return out_write(o, bytes, len % 5000, &w->d);
	case 2:
		return out_copy(o, from, len % 4099, len, &w->d);
	case 3:
		return out_skip(o, len % 9000, &w->d);
	case 4:
		return out_align(o, 4096, &w->d);
	case 5:
		return out_pwrite(o, bytes, len % 700, size ? len % size : 0, &w->d);
	case 6:
		return out_truncate(o, size - (size < 3000 ? size : len % 3000), &w->d);
	default:
		return out_flush(o, &w->d);
	}
}

/* Whether it is streamed cannot be seen. */
static void streams(void **state)
{
	struct world *w = *state;
	struct out *from = create(w, "from");
	char *big = arena_alloc(w->mem, 3 << 20);
	for (size_t i = 0; i < 3 << 20; i++)
		big[i] = (char)(i * 7 + (i >> 11));
	assert_int_equal(out_write(from, big, 3 << 20, &w->d), 0);
	uint32_t random = 1;
	for (int round = 0; round < 20; round++) {
		struct out *plain = create(w, "plain"), *streamed = create(w, "streamed");
		out_stream(streamed);
		while (out_size(plain) < 5 << 20) {
			random = random * 1664525 + 1013904223;
			assert_int_equal(step(w, plain, big, out_fd(from), random >> 3), 0);
			assert_int_equal(step(w, streamed, big, out_fd(from), random >> 3), 0);
			assert_int_equal(out_size(plain), out_size(streamed));
		}
		assert_int_equal(out_commit(&plain, &w->d), 0);
		assert_int_equal(out_commit(&streamed, &w->d), 0);
		size_t want, is;
		const char *a = contents(w, "plain", &want), *b = contents(w, "streamed", &is);
		assert_int_equal(want, is);
		assert_memory_equal(a, b, want);
	}
	out_drop(&from);
}

/* What was written before it is read back is there, and the error of what cannot be is not lost. */
static void stream_is_flushed(void **state)
{
	struct world *w = *state;
	struct rlimit before, small;
	struct out *o = create(w, "a");
	char is[5];
	out_stream(o);
	assert_int_equal(out_write(o, "hello", 5, &w->d), 0);
	assert_int_equal(out_flush(o, &w->d), 0);
	assert_int_equal(fd_pread_full(out_fd(o), is, 5, 0), 5);
	assert_memory_equal(is, "hello", 5);
	assert_int_equal(out_write(o, "lost", 4, &w->d), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 5;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int rc = out_commit(&o, &w->d);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(w->d.last->what, "cannot write"));
	assert_int_equal(entries(w), 0);
}

static void refuses_odd_targets(void **state)
{
	struct world *w = *state;
	struct out *o = NULL;
	assert_int_equal(out_create(w->folder, 0644, &o, &w->d), -1);
	assert_int_equal(w->d.last->kind, KIND_INPUT);
	assert_int_equal(out_create("/dev/null", 0644, &o, &w->d), -1);
	assert_int_equal(out_create("a/", 0644, &o, &w->d), -1);
	assert_int_equal(w->d.last->kind, KIND_USAGE);
	assert_int_equal(out_create(arena_fmt(w->mem, "%s/no/a", w->folder), 0644, &o, &w->d), -1);
	assert_int_equal(w->d.last->kind, KIND_SYSTEM);
	assert_null(o);
}

/* The same errors come from a full disk; this one needs no mount. */
static void full_disk(void **state)
{
	struct world *w = *state;
	struct rlimit before, small;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 100000;
	struct out *from = create(w, "from");
	assert_int_equal(out_skip(from, 1 << 20, &w->d), 0);
	for (int way = 0; way < 3; way++) {
		struct out *o = create(w, "a");
		static const char bytes[4096];
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		int rc = 0;
		for (int i = 0; i < 1000 && rc == 0; i++) {
			if (way == 0)
				rc = out_write(o, bytes, sizeof(bytes), &w->d);
			else if (way == 1)
				rc = out_copy(o, out_fd(from), 0, 10000, &w->d);
			else
				rc = out_skip(o, 10000, &w->d);
		}
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(rc, -1);
		assert_int_equal(w->d.last->kind, KIND_SYSTEM);
		assert_non_null(strstr(w->d.last->what, "cannot write"));
		assert_non_null(w->d.last->hint);
		out_drop(&o);
		assert_int_equal(entries(w), 0);
	}
	out_drop(&from);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(appears_at_commit),
		WORLD_TEST(replaces_whole),
		WORLD_TEST(copies_ranges),
		WORLD_TEST(streams),
		WORLD_TEST(stream_is_flushed),
		WORLD_TEST(refuses_odd_targets),
		WORLD_TEST(full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
