/* A fresh store in a temporary folder for each test, and checks that say the recorded error. */
#ifndef TESTS_UNIT_STORE_SCRATCH_H
#define TESTS_UNIT_STORE_SCRATCH_H

#include "base/fd.h"
#include "mkimage/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the three above first. */
#include <cmocka.h>
#include <string.h>

struct scratch {
	struct arena *mem;
	struct diags diags;
	char path[64];
	struct store *store;
};

static inline int scratch_make(void **state)
{
	struct arena *a = arena_new();
	struct scratch *c = ARENA_NEW(a, struct scratch);
	c->mem = a;
	diags_init(&c->diags, a);
	snprintf(c->path, sizeof(c->path), "/tmp/slipway-store-XXXXXX");
	if (!mkdtemp(c->path))
		return -1;
	*state = c;
	return store_open(a, arena_fmt(a, "%s/store", c->path), &c->store, &c->diags);
}

static inline int scratch_remove(void **state)
{
	struct scratch *c = *state;
	store_close(&c->store);
	int rc = dir_remove(c->path, &c->diags);
	arena_free(c->mem);
	return rc;
}

/* The call worked. */
static inline void assert_ok(struct scratch *c, int rc)
{
	if (rc < 0)
		diags_print(&c->diags, stderr);
	assert_int_equal(rc, 0);
}

/* The call failed, with an error of that kind that says so; the errors are forgotten. */
static inline void assert_fails(struct scratch *c, int rc, enum diag_kind kind, const char *says)
{
	assert_int_equal(rc, -1);
	assert_int_equal(diags_exit_code(&c->diags), kind);
	if (!strstr(c->diags.first->what, says))
		diags_print(&c->diags, stderr);
	assert_non_null(strstr(c->diags.first->what, says));
	diags_init(&c->diags, c->mem);
}

#endif
