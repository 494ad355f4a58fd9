#include "tests/unit/base_test.h"

#include "mkimage/pkg/kconfig.h"

#include <string.h>

struct asked {
	struct kconfig k;
	struct diags d;
};

static struct asked asked_new(void **state)
{
	struct fixture *f = *state;
	struct asked t = { .k.mem = f->mem };
	diags_init(&t.d, f->mem);
	return t;
}

static int add(struct asked *t, const char *file, const char *text)
{
	return kconfig_add(&t->k, file, text, strlen(text), &t->d);
}

static void reads_options_and_comments(void **state)
{
	struct asked t = asked_new(state);
	assert_int_equal(add(&t, "a",
				 "# a comment\n\nCONFIG_A=y\n# CONFIG_B is not set\n"
				 "CONFIG_S=\"two words\"\n#\nCONFIG_N=-1"),
		0);
	assert_int_equal(t.k.len, 4);
	assert_string_equal(t.k.items[0].name, "CONFIG_A");
	assert_int_equal(t.k.items[0].at.line, 3);
	assert_null(t.k.items[1].value);
	assert_string_equal(t.k.items[2].value, "\"two words\"");
	assert_string_equal(kconfig_text(&t.k),
		"CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S=\"two words\"\nCONFIG_N=-1\n");
}

static void refuses_what_kbuild_would_pass_over(void **state)
{
	static const char *const wrong[] = { "CONFIG_A", "CONFIG_A=", "A=y", "CONFIG_A=y ",
		"CONFIG_=y", "CONFIG_A y", "#CONFIG_A=y\nconfig_a=y", "# CONFIG_A is not set ",
		"CONFIG_A=y\r" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct asked t = asked_new(state);
		assert_int_equal(add(&t, "a", wrong[i]), -1);
		assert_int_equal(t.d.errors, 1);
	}
}

static void two_fragments_may_agree_alone(void **state)
{
	struct asked t = asked_new(state);
	assert_int_equal(add(&t, "a", "CONFIG_A=y\n# CONFIG_B is not set\n"), 0);
	assert_int_equal(add(&t, "b", "# CONFIG_B is not set\nCONFIG_A=y\n"), 0);
	assert_int_equal(t.k.len, 2);
	assert_int_equal(add(&t, "c", "\nCONFIG_B=y\n"), -1);
	assert_int_equal(t.d.first->at.line, 2);
	assert_string_equal(t.d.first->what, "a:2 asks otherwise for CONFIG_B");
}

static void every_option_must_hold(void **state)
{
	struct asked t = asked_new(state);
	assert_int_equal(
		add(&t, "a", "CONFIG_A=y\n# CONFIG_B is not set\n# CONFIG_C is not set\n"), 0);
	assert_int_equal(kconfig_check(&t.k,
				 "#\n# made by kbuild\n#\nCONFIG_A=y\nCONFIG_AB=m\n"
				 "# CONFIG_B is not set\n",
				 &t.d),
		0);
	assert_int_equal(t.d.errors, 0);
}

static void says_which_does_not(void **state)
{
	struct asked t = asked_new(state);
	assert_int_equal(
		add(&t, "a", "CONFIG_A=y\nCONFIG_GONE=y\n# CONFIG_B is not set\nCONFIG_N=3\n"), 0);
	assert_int_equal(kconfig_check(&t.k, "CONFIG_A=y\nCONFIG_B=y\nCONFIG_N=30\n", &t.d), -1);
	assert_int_equal(t.d.errors, 3);
	assert_string_equal(t.d.first->what, "CONFIG_GONE=y has no effect");
	assert_int_equal(t.d.first->at.line, 2);
	assert_string_equal(t.d.first->next->what, "the kernel's configuration has CONFIG_B=y");
	assert_string_equal(t.d.last->what, "the kernel's configuration has CONFIG_N=30");
}

static void names_that_start_alike_are_two(void **state)
{
	struct asked t = asked_new(state);
	assert_int_equal(add(&t, "a", "CONFIG_NET=y\n"), 0);
	assert_int_equal(kconfig_check(&t.k, "CONFIG_NETFILTER=y\n", &t.d), -1);
	diags_init(&t.d, t.k.mem);
	assert_int_equal(kconfig_check(&t.k, "", &t.d), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			reads_options_and_comments, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(
			refuses_what_kbuild_would_pass_over, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(
			two_fragments_may_agree_alone, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(every_option_must_hold, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(says_which_does_not, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(
			names_that_start_alike_are_two, fixture_up, fixture_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
