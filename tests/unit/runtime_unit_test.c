/* The life of units (unit.c) in odd graphs; what acts on the machine is played by the test. */
#include "tests/unit/unit_played.h"

static void needs(int unit, int needed, bool required)
{
	assert_int_equal(order_add(&units[unit], &units[needed], required), 0);
}

/* Everything whose time comes within ms. */
static void pass(uint64_t ms)
{
	struct timer *due;

	for (uint64_t end = now + ms; now <= end; now++) {
		while ((due = timers_due(&s.timers, now)) != NULL)
			due->fire(&s, due->owner);
	}
}

static void start(int n)
{
	for (int i = 0; i < n; i++)
		unit_event(&s, &units[i], EVENT_GO);
	pass(1);
}

static void ends(int i, int status)
{
	units[i].exit_status = status;
	unit_event(&s, &units[i], EVENT_ENDED);
	pass(1);
}

static void test_diamond_stops_backwards(void **state)
{
	(void)state;
	needs(1, 0, true);
	needs(2, 0, true);
	needs(3, 1, true);
	needs(3, 2, true);
	start(4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(units[i].state, UNIT_RUNNING);
	unit_stop(&s, &units[0], INTENT_STOP);
	assert_string_equal(signals, "d");
	assert_int_equal(remembered[0], INTENT_STOP);
	ends(3, 0);
	assert_int_equal(strlen(signals), 3);
	ends(1, 0);
	assert_int_equal(strlen(signals), 3);
	ends(2, 0);
	assert_string_equal(signals + 3, "a");
	ends(0, 0);
	assert_int_equal(units[0].state, UNIT_STOPPED);
	/* What an operator stopped takes down what requires it, and brings it back. */
	assert_int_equal(units[3].state, UNIT_WAITING);
	unit_event(&s, &units[0], EVENT_GO);
	pass(5);
	for (int i = 0; i < 4; i++)
		assert_int_equal(units[i].state, UNIT_RUNNING);
}

static void test_requires_what_fails(void **state)
{
	(void)state;
	needs(1, 0, true);
	needs(2, 0, false);
	launch_fails = true;
	start(1);
	launch_fails = false;
	assert_int_equal(units[0].state, UNIT_FAILED);
	unit_event(&s, &units[1], EVENT_GO);
	unit_event(&s, &units[2], EVENT_GO);
	pass(60000);
	assert_int_equal(units[1].state, UNIT_WAITING);
	assert_string_equal(units[1].cause, "dependency");
	assert_int_equal(units[2].state, UNIT_RUNNING); /* after is content with an end */
	unit_event(&s, &units[0], EVENT_GO);
	pass(1);
	assert_int_equal(units[1].state, UNIT_RUNNING);
	ends(0, 1); /* it dies: who requires it goes too */
	assert_int_equal(units[1].state, UNIT_STOPPING);
	assert_int_equal(units[2].state, UNIT_RUNNING);
	ends(1, 0);
	assert_int_equal(units[1].state, UNIT_WAITING);
}

/* slipway check refuses them; a bundle of somebody else's may have one. */
static void test_a_cycle_hangs_nobody(void **state)
{
	(void)state;
	needs(0, 1, true);
	needs(1, 2, true);
	needs(2, 0, true);
	needs(3, 3, true);
	needs(5, 4, false);
	needs(4, 5, false);
	start(7);
	pass(1000);
	for (int i = 0; i < 6; i++)
		assert_int_equal(units[i].state, UNIT_WAITING);
	assert_int_equal(units[6].state, UNIT_RUNNING);
	s.phase = PHASE_STOPPING;
	for (int i = 0; i < 7; i++)
		unit_stop(&s, &units[i], INTENT_STOP);
	for (int i = 0; i < 6; i++)
		assert_int_equal(units[i].state, UNIT_STOPPED);
	assert_string_equal(signals, "g");
}

static void test_one_that_exits_at_once_for_ever(void **state)
{
	uint64_t last = 0, wait = 0;

	(void)state;
	units[0].set.restart = RESTART_ALWAYS;
	start(1);
	for (int i = 0; i < 12; i++) {
		ends(0, 0);
		assert_int_equal(units[0].state, UNIT_BACKOFF);
		wait = units[0].clock.at_ms - now;
		/* Twice the last at most, with an eighth more, and never beyond the longest. */
		assert_true(i == 0 || wait <= last * 2 + last / 4 + 2);
		assert_true(wait <= 30000 + 30000 / 8);
		last = wait;
		pass(wait + 1);
		assert_int_equal(units[0].state, UNIT_RUNNING);
	}
	assert_true(wait >= 29000);
	assert_int_equal(units[0].restarts, 12);
	/* It runs well for a while: the wait begins anew. */
	pass(units[0].set.calm_ms + 1);
	ends(0, 1);
	assert_true(units[0].clock.at_ms - now <= 120);
	/* With a limit it stays down, until somebody says otherwise. */
	units[0].set.backoff.limit = 2;
	units[0].backoff = (struct backoff){ 0 };
	for (int i = 0; i < 2; i++) {
		pass(60000);
		ends(0, 1);
	}
	pass(60000);
	ends(0, 1);
	assert_int_equal(units[0].state, UNIT_FAILED);
	assert_string_equal(units[0].cause, "limit");
	pass(UINT64_C(100000));
	assert_int_equal(units[0].state, UNIT_FAILED);
}

static void test_one_that_does_not_get_its_signal(void **state)
{
	(void)state;
	start(1);
	hearing = DEAF;
	unit_stop(&s, &units[0], INTENT_STOP);
	assert_int_equal(units[0].state, UNIT_STOPPING);
	assert_int_equal(kills, 1);
}

static void test_one_whose_signals_are_blocked_for_a_moment(void **state)
{
	(void)state;
	start(1);
	hearing = DEAF;
	unsure = 2;
	unit_stop(&s, &units[0], INTENT_STOP);
	assert_int_equal(units[0].state, UNIT_RUNNING);
	assert_string_equal(signals, "");
	pass(20);
	assert_int_equal(units[0].state, UNIT_STOPPING);
	assert_int_equal(kills, 1);
}

static void test_one_that_reads_its_signals(void **state)
{
	(void)state;
	units[0].set.ready_notify = true;
	units[0].set.ready_ms = 60000;
	start(1);
	unsure = 100;
	unit_stop(&s, &units[0], INTENT_STOP);
	/* That it is ready meanwhile changes nothing. */
	unit_event(&s, &units[0], EVENT_READY);
	pass(30);
	assert_int_equal(units[0].state, UNIT_STOPPING);
	assert_string_equal(signals, "a");
	assert_int_equal(kills, 0);
	pass(units[0].set.grace_ms + 10);
	assert_int_equal(kills, 1);
}

static void test_one_that_ignores_its_signal(void **state)
{
	(void)state;
	start(1);
	unit_stop(&s, &units[0], INTENT_STOP);
	assert_int_equal(units[0].state, UNIT_STOPPING);
	pass(units[0].set.grace_ms - 5);
	assert_int_equal(kills, 0);
	pass(60000);
	assert_int_equal(kills, 1);
	assert_int_equal(
		units[0].state, UNIT_STOPPING);	      /* its end is awaited, its signal was sent */
	assert_string_equal(units[0].cause, "stuck"); /* and that it does not come is said */
	ends(0, 137);
	assert_int_equal(units[0].state, UNIT_STOPPED);
}

static void test_never_ready(void **state)
{
	(void)state;
	units[0].set.ready_notify = true;
	needs(1, 0, true);
	start(2);
	assert_int_equal(units[0].state, UNIT_STARTING);
	assert_int_equal(units[1].state, UNIT_WAITING);
	pass(units[0].set.ready_ms);
	assert_int_equal(units[0].state, UNIT_STOPPING);
	ends(0, 0);
	assert_int_equal(units[0].state, UNIT_FAILED);
	assert_string_equal(units[0].cause, "timeout");
	assert_int_equal(units[1].state, UNIT_WAITING);
}

static uint32_t chance(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8) % n;
}

/* Whatever happens: none runs without what it requires (unit_launch looks), none is lost, and a
 * shutdown takes all down. */
static void test_any_graph_goes_down(void **state)
{
	for (uint32_t seed = 1; seed <= 300; seed++) {
		uint32_t r = seed;
		tear_down(state);
		set_up(state);
		for (int i = 1; i < UNITS; i++) {
			units[i].set.restart = (uint8_t)chance(&r, 3);
			for (uint32_t k = chance(&r, 3); k > 0; k--)
				needs(i, (int)chance(&r, (uint32_t)i), chance(&r, 2));
		}
		start(UNITS);
		for (int step = 0; step < 60; step++) {
			struct unit *u = &units[chance(&r, UNITS)];
			uint32_t what = chance(&r, 5);
			if (what < 2 && u->pid != 0)
				ends((int)(u - units), (int)chance(&r, 3));
			else if (what == 2)
				unit_stop(&s, u, chance(&r, 2) ? INTENT_STOP : INTENT_AGAIN);
			else if (what == 3)
				unit_event(&s, u, EVENT_GO);
			pass(chance(&r, 400));
		}
		s.phase = PHASE_STOPPING;
		for (int i = 0; i < UNITS; i++)
			unit_stop(&s, &units[i], INTENT_STOP);
		for (int round = 0; round < UNITS; round++) {
			for (int i = 0; i < UNITS; i++)
				if (units[i].state == UNIT_STOPPING)
					ends(i, 0);
		}
		for (int i = 0; i < UNITS; i++)
			assert_false(unit_is_up(&units[i]));
	}
}

static void test_when_a_shutdown_kills(void **state)
{
	(void)state;
	assert_int_equal(shutdown_kill_ms(5000, 60000), 20000);
	assert_int_equal(shutdown_kill_ms(30000, 60000), 30000);
	assert_int_equal(shutdown_kill_ms(100000, 60000), 45000);
	assert_int_equal(shutdown_kill_ms(100000, 120000), 100000);
	assert_int_equal(shutdown_kill_ms(5000, 10000), 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_diamond_stops_backwards, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_requires_what_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_cycle_hangs_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_one_that_exits_at_once_for_ever, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_one_that_ignores_its_signal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_one_that_does_not_get_its_signal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_one_whose_signals_are_blocked_for_a_moment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_that_reads_its_signals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_never_ready, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_any_graph_goes_down, set_up, tear_down),
		cmocka_unit_test(test_when_a_shutdown_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
