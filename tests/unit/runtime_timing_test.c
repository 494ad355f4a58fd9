/* Deadlines and back-off, with a clock of the test's own. */
#include "system-runtime/supervise/backoff.h"
#include "system-runtime/supervise/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 1000 };

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

static void test_timers_come_in_order(void **state)
{
	static struct timer t[COUNT];
	struct timers all = { 0 };
	uint32_t seed = 7;
	uint64_t last = 0;
	unsigned n = 0;

	(void)state;
	assert_int_equal(timers_reserve(&all, COUNT), 0);
	for (int i = 0; i < COUNT; i++)
		timer_set(&all, &t[i], 1 + next(&seed) % 5000);
	/* Moved both ways, taken out, taken out twice. */
	for (int i = 0; i < COUNT; i += 3)
		timer_set(&all, &t[i], 1 + next(&seed) % 5000);
	for (int i = 0; i < COUNT; i += 5) {
		timer_clear(&all, &t[i]);
		timer_clear(&all, &t[i]);
	}
	for (uint64_t now = 0; now <= 5000; now += 50) {
		struct timer *due;
		while ((due = timers_due(&all, now)) != NULL) {
			assert_true(due->at_ms >= last && due->at_ms <= now);
			assert_true((due - t) % 5 != 0);
			assert_int_equal(due->place, 0);
			last = due->at_ms;
			n++;
		}
		assert_true(all.n == 0 || all.heap[0]->at_ms > now);
	}
	assert_int_equal(n, COUNT - COUNT / 5);
	free(all.heap);
}

static void test_timers_without_room(void **state)
{
	struct timer a = { 0 }, b = { 0 };
	struct timers all = { 0 };

	(void)state;
	assert_int_equal(timers_reserve(&all, 1), 0);
	timer_set(&all, &a, 10);
	timer_set(&all, &b, 5);
	timer_set(&all, &a, 20);
	assert_null(timers_due(&all, 19));
	assert_ptr_equal(timers_due(&all, 20), &a);
	assert_null(timers_due(&all, UINT64_MAX));
	free(all.heap);
}

static void test_backoff_doubles_up_to_its_most(void **state)
{
	const struct backoff_rule r = { .first_ms = 100, .most_ms = 1500, .within_ms = 600000 };
	const int64_t want[] = { 100, 200, 400, 800, 1500, 1500 };
	struct backoff b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		assert_int_equal(backoff_next(&b, &r, 0, 0), want[i]);
	backoff_calm(&b);
	assert_int_equal(backoff_next(&b, &r, 0, 0), 100);
}

static void test_jitter_is_at_most_an_eighth(void **state)
{
	const struct backoff_rule r = { .first_ms = 800, .most_ms = 800, .within_ms = 1 };
	uint32_t seed = 3;
	int64_t least = 10000, most = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct backoff b = { 0 };
		int64_t ms = backoff_next(&b, &r, 5, next(&seed));
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_int_equal(least, 800);
	assert_int_equal(most, 900);
}

static void test_limit_counts_in_its_window(void **state)
{
	const struct backoff_rule r = {
		.first_ms = 1, .most_ms = 1, .limit = 3, .within_ms = 10000
	};
	const uint64_t years = UINT64_C(100) * 365 * 86400 * 1000;
	struct backoff b = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(backoff_next(&b, &r, 1000 + (uint64_t)i, 0), 1);
	assert_int_equal(backoff_next(&b, &r, 10999, 0), -1);
	assert_int_equal(backoff_next(&b, &r, 11000, 0), 1);
	/* A machine that ran for a century. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(backoff_next(&b, &r, years, 0), 1);
	assert_int_equal(backoff_next(&b, &r, years, 0), -1);
}

static void test_no_wait_at_all(void **state)
{
	const struct backoff_rule r = { .first_ms = 0, .most_ms = 0, .within_ms = 1000 };
	struct backoff b = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(backoff_next(&b, &r, 1, UINT32_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers_come_in_order),
		cmocka_unit_test(test_timers_without_room),
		cmocka_unit_test(test_backoff_doubles_up_to_its_most),
		cmocka_unit_test(test_jitter_is_at_most_an_eighth),
		cmocka_unit_test(test_limit_counts_in_its_window),
		cmocka_unit_test(test_no_wait_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
