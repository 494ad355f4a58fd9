/* A bundle's settings, and which unit may start and stop. */
#include "system-runtime/supervise/supervise.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_one(const char *key, const char *value, struct settings *out)
{
	struct pair p = { .key = key, .value = value };
	pair_vec all = { .v = &p, .n = 1 };
	struct rt_error e = { 0 };
	int r = settings_read(&all, out, &e);

	assert_int_equal(r != 0, e.what[0] != '\0');
	return r;
}

static void test_settings(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(read_one("io.slipway.restart", "always", &s), 0);
	assert_int_equal(s.restart, RESTART_ALWAYS);
	assert_int_equal(s.grace_ms, 5000);
	assert_int_equal(read_one("io.slipway.stop.grace", "2.5", &s), 0);
	assert_int_equal(s.grace_ms, 2500);
	assert_int_equal(read_one("io.slipway.stop.grace", "0.0019", &s), 0);
	assert_int_equal(s.grace_ms, 1);
	assert_int_equal(read_one("io.slipway.restart.within", "2592000", &s), 0);
	assert_int_equal(s.backoff.within_ms, 2592000000U);
	assert_int_equal(read_one("io.slipway.stop.signal", "SIGUSR1", &s), 0);
	assert_int_equal(s.stop_signal, SIGUSR1);
	assert_int_equal(read_one("io.slipway.ready.tcp", "65535", &s), 0);
	assert_int_equal(s.ready_tcp, 65535);
	assert_int_equal(read_one("io.slipway.ready.notify", "true", &s), 0);
	assert_true(s.ready_notify);
	assert_int_equal(read_one("io.slipway.ready.file", "/run/up", &s), 0);
	assert_string_equal(s.ready_file, "/run/up");
	settings_free(&s);
	assert_int_equal(read_one("io.slipway.on_failure", "reboot", &s), 0);
	assert_int_equal(s.on_failure, FAILURE_REBOOT);
	assert_int_equal(read_one("org.example", "whatever", &s), 0);
	assert_int_equal(read_one("io.slipway.unknown", "whatever", &s), 0);
}

static void test_bad_settings_keep_the_default(void **state)
{
	static const char *const bad[][2] = { { "restart", "" }, { "restart", "sometimes" },
		{ "restart", "always|" }, { "stop.grace", "" }, { "stop.grace", "-1" },
		{ "stop.grace", "1."
				"5." },
		{ "stop.grace", ".5" }, { "stop.grace", "2592001" },
		{ "stop.grace", "99999999999999999999999999999999" }, { "stop.signal", "NONE" },
		{ "stop.signal", "0" }, { "ready.tcp", "65536" }, { "ready.tcp", "80x" },
		{ "restart.limit", "1.5" }, { "health.action", "sing" } };
	struct settings s;
	char key[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(key, sizeof(key), "io.slipway.%s", bad[i][0]);
		assert_int_equal(read_one(key, bad[i][1], &s), -1);
		assert_memory_equal(&s, &settings_default, sizeof(s));
	}
}

static void test_lists(void **state)
{
	static const char *const bad[] = { "", "[", "\"db\"", "[1]", "{}", "[]]", "[]},{" };
	struct rt_error e = { 0 };
	struct strv v = { 0 };
	struct mem m;

	(void)state;
	assert_int_equal(json_list(&m, "[\"db\",\"a b\"]", &v, &e), 0);
	assert_int_equal(v.n, 2);
	assert_string_equal(v.v[1], "a b");
	mem_close(&m);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(json_list(&m, bad[i], &v, &e), -1);
		mem_close(&m);
	}
}

static void drop_edges(struct unit *u)
{
	while (u->needs != NULL) {
		struct edge *next = u->needs->next_need;
		free(u->needs);
		u->needs = next;
	}
}

static void test_order(void **state)
{
	struct unit db = { 0 }, app = { 0 }, web = { 0 };

	(void)state;
	assert_int_equal(order_add(&app, &db, true), 0);
	assert_int_equal(order_add(&web, &app, false), 0);
	assert_null(order_unmet(&db));
	assert_ptr_equal(order_unmet(&app)->needed, &db);
	for (int st = 0; st < UNIT_STATES; st++) {
		db.state = app.state = (enum unit_state)st;
		/* What is required must run; what only comes first may as well have ended. */
		assert_int_equal(order_unmet(&app) == NULL, st == UNIT_RUNNING);
		assert_int_equal(
			order_unmet(&web) == NULL, st == UNIT_RUNNING || st >= UNIT_BACKOFF);
		assert_string_not_equal(unit_state_name((enum unit_state)st), "");
		assert_int_equal(unit_state_of(unit_state_name((enum unit_state)st)), st);
	}
	assert_int_equal(unit_state_of("asleep"), -1);
	assert_int_equal(unit_state_of(NULL), -1);
	db.state = app.state = web.state = UNIT_RUNNING;
	assert_false(order_may_stop(&db, false));
	assert_true(order_may_stop(&app, false));
	assert_false(order_may_stop(&app, true));
	assert_true(order_may_stop(&web, true));
	web.state = UNIT_STOPPED;
	assert_true(order_may_stop(&app, true));
	app.state = UNIT_ENDING;
	assert_false(order_may_stop(&db, true));
	drop_edges(&app);
	drop_edges(&web);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_bad_settings_keep_the_default),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
