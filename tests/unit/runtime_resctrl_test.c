/*
 * linux.intelRdt in an ordinary folder: what is made, written, compared and removed. The files that
 * a kernel would put into a class are made here; as named pipes they keep every write.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/resctrl.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/resctrl-XXXXXX";
static int root = -1;

static int set_up(void **state)
{
	(void)state;
	memcpy(strrchr(folder, '-') + 1, "XXXXXX", 6);
	root = mkdtemp(folder) == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	close(root);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const char *text)
{
	(void)unlinkat(root, path, 0);
	assert_int_equal(file_make(root, path, text, strlen(text)), 0);
}

/* What will be written to path, from now on. */
static int pipe_at(const char *path)
{
	(void)unlinkat(root, path, 0);
	assert_int_equal(mkfifoat(root, path, 0600), 0);
	int fd = openat(root, path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void assert_heard(int fd, const char *text)
{
	char buf[256] = "";

	assert_int_equal(read(fd, buf, sizeof(buf) - 1), strlen(text));
	assert_string_equal(buf, text);
}

static bool there(const char *path)
{
	return faccessat(root, path, F_OK, 0) == 0;
}

static const char *schemata[] = { "L2:0=f", "MB:0=30", NULL };

static void test_own_class(void **state)
{
	struct rdt_spec r = { .l3CacheSchema = "L3:0=7f0;1=1f",
		.memBwSchema = "MB:0=20",
		.schemata = { schemata, 2 },
		.enableMonitoring = true };
	struct state s = { .id = "box" };
	struct rt_error e;
	bool made;

	(void)state;
	assert_int_equal(rdt_plan(root, &r, &s, &e), 0);
	assert_string_equal(s.rdt, "box");
	assert_true(s.own_rdt && s.own_monitor && !there("box"));
	/* Killed in front of the first step: nothing to remove is no error. */
	assert_int_equal(rdt_remove(root, &s, &e), 0);
	assert_int_equal(mkdirat(root, "box", 0755), 0);
	assert_int_equal(mkdirat(root, "box/mon_groups", 0755), 0);
	assert_int_equal(rdt_make(root, &s, &made, &e), 0);
	assert_true(!made && !s.own_rdt && s.own_monitor && there("box/mon_groups/box"));
	s.own_rdt = true;
	AUTO_FD lines = pipe_at("box/schemata"), tasks = pipe_at("box/tasks");
	assert_int_equal(rdt_limit(root, &r, &s, true, &e), 0);
	assert_heard(lines, "L3:0=7f0;1=1f\nMB:0=20\nL2:0=f\nMB:0=30\n");
	AUTO_FD watched = pipe_at("box/mon_groups/box/tasks");
	assert_int_equal(rdt_join(root, &s, 77, &e), 0);
	assert_heard(tasks, "77");
	assert_heard(watched, "77");
	assert_int_equal(unlinkat(root, "box/mon_groups/box/tasks", 0), 0);
	assert_int_equal(rdt_remove(root, &s, &e), -1); /* an ordinary folder must be empty */
	assert_false(there("box/mon_groups/box"));
	assert_int_equal(unlinkat(root, "box/schemata", 0), 0);
	assert_int_equal(unlinkat(root, "box/tasks", 0), 0);
	assert_int_equal(unlinkat(root, "box/mon_groups", AT_REMOVEDIR), 0);
	assert_int_equal(rdt_remove(root, &s, &e), 0);
	assert_false(there("box"));
	assert_int_equal(rdt_remove(root, &s, &e), 0);
}

static void test_named_class(void **state)
{
	struct rdt_spec r = { .closID = "gold" };
	struct state s = { .id = "box" };
	struct rt_error e;
	bool made;

	(void)state;
	assert_int_equal(rdt_plan(root, &r, &s, &e), -1);
	assert_non_null(strstr(e.what, "there is no class gold, and no schemata"));
	r.l3CacheSchema = "";
	assert_int_equal(rdt_plan(root, &r, &s, &e), -1);
	r.memBwSchema = "MB:0=20";
	assert_int_equal(rdt_plan(root, &r, &s, &e), 0);
	assert_false(s.own_rdt || s.own_monitor);
	assert_int_equal(rdt_make(root, &s, &made, &e), 0);
	assert_true(made && there("gold"));
	assert_int_equal(rdt_limit(root, &r, &s, made, &e), -1);
	assert_non_null(strstr(e.what, "\"MB:0=20\" is refused ()"));
	assert_int_equal(mkdirat(root, "info", 0755), 0);
	put("info/last_cmd_status", "Invalid\n");
	assert_int_equal(rdt_limit(root, &r, &s, made, &e), -1);
	assert_non_null(strstr(e.what, "\"MB:0=20\" is refused (Invalid)"));
	/* It is others' from now on: used as it is, and left. */
	r = (struct rdt_spec){ .closID = "gold", .enableMonitoring = true };
	assert_int_equal(rdt_plan(root, &r, &s, &e), 0);
	assert_int_equal(rdt_make(root, &s, &made, &e), -1); /* the kernel has mon_groups there */
	assert_non_null(strstr(e.what, "cannot make gold/mon_groups/box"));
	assert_false(s.own_monitor);
	assert_int_equal(mkdirat(root, "gold/mon_groups", 0755), 0);
	assert_int_equal(rdt_plan(root, &r, &s, &e), 0);
	assert_int_equal(rdt_make(root, &s, &made, &e), 0);
	assert_int_equal(rdt_plan(root, &r, &s, &e), -1); /* another's of the same id */
	assert_int_equal(e.sys, EEXIST);
	assert_int_equal(rdt_remove(root, &s, &e), 0);
	assert_true(there("gold/mon_groups") && !there("gold/mon_groups/box"));
	r = (struct rdt_spec){ .closID = "/" };
	assert_int_equal(rdt_plan(root, &r, &s, &e), 0);
	assert_int_equal(rdt_make(root, &s, &made, &e), 0);
	assert_false(made || s.own_rdt);
	AUTO_FD tasks = pipe_at("tasks");
	assert_int_equal(rdt_join(root, &s, 5, &e), 0);
	assert_heard(tasks, "5");
	assert_int_equal(rdt_remove(root, &s, &e), 0);
}

static int compare(const char *l3, const char *mb)
{
	struct rdt_spec r = { .closID = "gold", .l3CacheSchema = l3, .memBwSchema = mb };
	struct state s = { .id = "box", .rdt = "gold" };
	struct rt_error e;

	return rdt_limit(root, &r, &s, false, &e);
}

static void test_class_of_others_is_compared(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(root, "gold", 0755), 0);
	assert_int_equal(compare("L3:0=7f0", NULL), -1);
	put("gold/schemata", "    MB:0= 20;1=100\n    L3:0=07f0;1=001f\nL3CODE:0=1\n");
	assert_int_equal(compare("L3:0=7f0;1=1f", "MB:0=20;1=100"), 0);
	assert_int_equal(compare("L3:1=1F;0=0x7f0", NULL), 0);
	assert_int_equal(compare("L3:1=1f\nL3CODE:0=1", NULL), 0);
	assert_int_equal(compare("L3:0=7f1", NULL), -1);
	assert_int_equal(compare("L3:2=7f0", NULL), -1);
	assert_int_equal(compare("L2:0=7f0", NULL), -1);
	assert_int_equal(compare("L3:", NULL), -1);
	assert_int_equal(compare("L3", NULL), -1);
	assert_int_equal(compare(NULL, "MB:0=30"), -1);
	assert_int_equal(compare(NULL, "MB:1=10"), -1);
	put("gold/schemata", "L3:0=\n1=7f0;;=\nL3");
	assert_int_equal(compare("L3:1=7f0", NULL), -1);
	assert_int_equal(compare("L3:;;==:\n", NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own_class, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_named_class, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_class_of_others_is_compared, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
