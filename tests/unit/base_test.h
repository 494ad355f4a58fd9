/* What every unit test program includes: cmocka, a fresh arena and diagnostics. */
#ifndef TESTS_UNIT_BASE_TEST_H
#define TESTS_UNIT_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#undef fail /* ours is in base/diag.h */

#include "base/arena.h"
#include "base/diag.h"

struct fixture {
	struct arena *mem;
	struct diags d;
};

static inline int fixture_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->mem = arena_new();
	diags_init(&f->d, f->mem);
	*state = f;
	return 0;
}

static inline int fixture_down(void **state)
{
	struct fixture *f = *state;
	arena_free(f->mem);
	free(f);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_up, fixture_down)

#endif
