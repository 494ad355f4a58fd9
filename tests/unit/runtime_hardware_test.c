/* What decides at boot whether a bundle starts, waits for drivers, or is left out. */
#include "system-runtime/supervise/hardware.h"
#include "system-runtime/supervise/kernel_option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool needs(const char *json)
{
	struct bundle_view b = { 0 };
	struct rt_error e = { 0 };
	AUTO_MEM m = { 0 };

	assert_int_equal(mem_open(&m, json_mem_size(strlen(json))), 0);
	assert_int_equal(
		json_decode(&m, "config.json", json, strlen(json), &bundle_view_table, &b, &e), 0);
	return bundle_needs_drivers(&b);
}

static void test_needs_drivers(void **state)
{
	(void)state;
	assert_false(needs("{}"));
	assert_false(needs("{\"process\":{\"capabilities\":{}},\"linux\":{}}"));
	assert_false(needs("{\"process\":{\"capabilities\":{\"bounding\":[\"CAP_KILL\"]}}}"));
	assert_true(needs("{\"process\":{\"capabilities\":{\"bounding\":[\"CAP_KILL\","
			  "\"CAP_NET_ADMIN\"]}}}"));
	/* /dev/kmsg is the kernel's own, a disk is not. */
	assert_false(needs("{\"linux\":{\"devices\":[{\"path\":\"/dev/kmsg\",\"type\":\"c\","
			   "\"major\":1,\"minor\":11}]}}"));
	assert_true(needs("{\"linux\":{\"devices\":[{\"path\":\"/dev/sda\",\"type\":\"b\","
			  "\"major\":8,\"minor\":0}]}}"));
	assert_true(needs("{\"linux\":{\"devices\":[{\"path\":\"/dev/ttyS0\",\"type\":\"c\"}]}}"));
	assert_true(needs("{\"mounts\":[{\"source\":\"/dev\"}]}"));
	assert_true(needs("{\"mounts\":[{\"source\":\"proc\"},{\"source\":\"/sys/class\"}]}"));
	assert_true(needs("{\"mounts\":[{\"source\":\"/\"}]}"));
	assert_false(needs("{\"mounts\":[{\"source\":\"/devices\"},{\"source\":\"sysfs\"}]}"));
}

static void test_skip(void **state)
{
	(void)state;
	assert_true(is_skipped("quiet slipway.skip=dhcp\n", "dhcp"));
	assert_true(is_skipped("slipway.skip=a,dhcp,b slipway.skip=c", "dhcp"));
	assert_true(is_skipped("slipway.skip=a slipway.skip=c", "c"));
	assert_true(is_exit_on("slipway.skip=a slipway.exit-on=test", "test"));
	assert_false(is_exit_on("slipway.skip=a slipway.exit-on=tests", "a"));
	assert_false(is_skipped("slipway.skip=dhcpd", "dhcp"));
	assert_false(is_skipped("slipway.skip= x", ""));
	assert_false(is_skipped("noslipway.skip=a", "a"));
	assert_false(is_skipped("", "a"));
	assert_int_equal(shutdown_seconds(""), 60);
	assert_int_equal(shutdown_seconds("quiet slipway.shutdown=90\n"), 90);
	assert_int_equal(
		shutdown_seconds("slipway.shutdown=90 slipway.shutdown=5 slipway.shutdown=x"), 5);
	assert_int_equal(
		shutdown_seconds(
			"slipway.shutdown= slipway.shutdown=0 slipway.shutdown=99999999999"),
		60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needs_drivers),
		cmocka_unit_test(test_skip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
