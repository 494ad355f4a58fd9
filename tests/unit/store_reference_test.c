#include "mkimage/store/store.h"
#include "tests/unit/store_scratch.h"

static void normalises(void **state)
{
	static const char *const cases[][2] = {
		{ "nginx", "docker.io/library/nginx" },
		{ "nginx:1.27", "docker.io/library/nginx:1.27" },
		{ "a/b", "docker.io/a/b" },
		{ "a/b/c:x", "docker.io/a/b/c:x" },
		{ "localhost/x", "localhost/x" },
		{ "localhost:5000/x:1", "localhost:5000/x:1" },
		{ "quay.io/a/b", "quay.io/a/b" },
		{ "slipway/nginx", "slipway/nginx" },
		{ "slipway/nginx:latest", "slipway/nginx:latest" },
		{ "docker.io/nginx", "docker.io/library/nginx" },
		{ "index.docker.io/nginx:1", "docker.io/library/nginx:1" },
		{ "docker.io/library/nginx", "docker.io/library/nginx" },
		{ "[::1]:5000/x", "[::1]:5000/x" },
		{ "a__b/c-d.e", "docker.io/a__b/c-d.e" },
		{ "x@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			"docker.io/library/x@sha256:"
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	};
	struct scratch *c = *state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *out, *why;
		assert_int_equal(reference_normalise(c->mem, cases[i][0], &out, &why), 0);
		assert_string_equal(out, cases[i][1]);
	}
}

static void refuses(void **state)
{
	static const char *const cases[] = { "", ":1", "A", "a/B", "x:", "x:a b", "x@",
		"x@sha256:12", "/x", "x/", "a//b", "-a", "a.", "a..b", "a___b", "ho_st.x/y",
		"x:.tag", "..", "a/../b", "x\n", "quay.io:x/y", "[::1/x" };
	struct scratch *c = *state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *out, *why = NULL;
		if (reference_normalise(c->mem, cases[i], &out, &why) == 0)
			fail_msg("\"%s\" became \"%s\"", cases[i], out);
		assert_non_null(why);
	}
}

static void platforms(void **state)
{
	struct scratch *c = *state;
	struct platform p;
	assert_ok(c, platform_parse(c->mem, "linux/arm/v7", &p, &c->diags));
	assert_string_equal(p.arch, "arm");
	assert_string_equal(p.variant, "v7");
	assert_ok(c, platform_parse(c->mem, "aarch64", &p, &c->diags));
	assert_string_equal(p.arch, "arm64");
	assert_fails(c, platform_parse(c->mem, "", &p, &c->diags), KIND_USAGE, "no platform");
	assert_fails(c, platform_parse(c->mem, "linux/arm/v7/x", &p, &c->diags), KIND_USAGE,
		"no platform");
	assert_fails(c, platform_parse(c->mem, "linux/", &p, &c->diags), KIND_USAGE, "no platform");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(normalises), TEST(refuses), TEST(platforms) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
