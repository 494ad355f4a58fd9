/* A lock goes to text and comes back; what is not one is refused. */
#include "mkimage/lock/lock.h"

#include "tests/unit/base_test.h"

#include <string.h>

static const char hex[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static struct digest any(uint8_t first)
{
	struct digest g = { .alg = DIGEST_SHA256, .bytes = { first } };
	return g;
}

static struct lock sample(struct arena *a)
{
	struct lock l = { .plan = PLAN_VERSION, .platform = "linux/amd64", .time = 1492533000 };
	struct locked_image i = {
		.ref = "docker.io/t/a:1", .digest = any(1), .size = 100, .platform = "linux/amd64"
	};
	struct locked_image k = {
		.ref = "slipway/b", .digest = any(2), .size = 200, .platform = "linux/amd64"
	};
	struct locked_package p = { "libc6", "2:1.0~rc+1-1", "amd64", NULL, { 0 } };
	struct locked_file f = { "dir/\"odd\"\n\xc2\x85\xe2\x80\xa8 name\\", any(3), 5, { 0 } };
	p.digests = arena_fmt(a, "sha256:%s", hex);
	vec_push(a, &l.images, i);
	vec_push(a, &k.sboms, arena_fmt(a, "sha256:%s", hex));
	vec_push(a, &l.images, k);
	vec_push(a, &l.packages, p);
	vec_push(a, &l.files, f);
	return l;
}

static void there_and_back(void **state)
{
	struct fixture *f = *state;
	struct lock l = sample(f->mem), back;
	struct lock_changes none = { 0 };
	size_t len, again;
	const char *text = lock_text(f->mem, &l, &len);
	assert_int_equal(lock_parse(f->mem, "os.lock", text, len, &back, &f->d), 0);
	assert_string_equal(lock_text(f->mem, &back, &again), text);
	assert_int_equal(again, len);
	lock_compare(f->mem, &l, &back, &none);
	assert_int_equal(none.len, 0);
	assert_string_equal(back.files.items[0].source, l.files.items[0].source);
	assert_int_equal(back.images.items[1].at.line, 11);
}

static void changes(void **state)
{
	struct fixture *f = *state;
	struct lock was = sample(f->mem), is = sample(f->mem);
	struct lock_changes all = { 0 };
	is.time++;
	is.images.items[0].ref = "docker.io/t/z";
	is.images.items[1].digest = any(9);
	is.packages.items[0].version = "3";
	is.files.len = 0;
	lock_compare(f->mem, &was, &is, &all);
	assert_int_equal(all.len, 6);
	assert_string_equal(all.items[0].what, "time");
	assert_string_equal(all.items[1].what, "image \"docker.io/t/a:1\"");
	assert_null(all.items[1].is);
	assert_string_equal(all.items[2].what, "image \"docker.io/t/z\"");
	assert_null(all.items[2].was);
	assert_non_null(strstr(all.items[4].is, "3 sha256:"));
	assert_null(all.items[5].is);
}

static void refused(struct fixture *f, const char *from, const char *to, const char *what)
{
	struct lock l = sample(f->mem), out;
	size_t len;
	const char *text = lock_text(f->mem, &l, &len), *at = strstr(text, from);
	assert_non_null(at);
	text = arena_fmt(f->mem, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	diags_init(&f->d, f->mem);
	assert_int_equal(lock_parse(f->mem, "os.lock", text, strlen(text), &out, &f->d), -1);
	assert_int_equal(diags_exit_code(&f->d), KIND_INPUT);
	assert_true(f->d.first->at.line > 0);
	assert_string_equal(f->d.first->what, what);
}

static void refuses(void **state)
{
	struct fixture *f = *state;
	refused(f, "lock: 1", "lock: 2",
		"this is a lock of version 2, and only version 1 is known");
	refused(f, "plan: 1\n", "", "\"plan\" is missing");
	refused(f, "plan: 1", "plan: x", "\"plan\" must be a number, not \"x\"");
	refused(f, "files:", "extra: 1\nfiles:", "a lock has no key \"extra\"");
	refused(f, "image: slipway/b", "image: docker.io/t/a:1",
		"the images must be sorted, and each be there once");
	refused(f, "docker.io/t/a:1", "t/a:1", "this is no full name of an image");
	refused(f, "digest: sha256:01", "digest: sha256:0", "this is no digest");
	refused(f, "platform: linux/amd64", "platform: /", "this is no platform");
	refused(f, "time: 2017", "time: x", "this is no time of RFC 3339");
	refused(f, "libc6 ", "Libc6 ",
		"a package must be `NAME VERSION ARCHITECTURE sha256:DIGEST`");
	refused(f, "size: 5", "size: -5", "\"size\" must be a number, not \"-5\"");
	refused(f, "size: 5", "size: 99999999999999999999",
		"\"size\" must be a number, not \"99999999999999999999\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_and_back),
		TEST(changes),
		TEST(refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
