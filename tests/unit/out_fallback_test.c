/*
 * Outputs without /proc, where files cannot be unnamed, and on a file system that is really full.
 * The program moves into a mount namespace of its own for that.
 */
#include "tests/unit/fs_test.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

static bool isolated; /* tmpfs on /tmp, 1 MiB */

static bool write_text(const char *path, const char *text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* A user namespace's files belong to nobody until its ids are mapped. */
static bool map_ids(unsigned uid, unsigned gid)
{
	char uids[40], gids[40];
	snprintf(uids, sizeof(uids), "0 %u 1", uid);
	snprintf(gids, sizeof(gids), "0 %u 1", gid);
	return write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", uids) && write_text("/proc/self/gid_map", gids);
}

static void isolate(void)
{
	unsigned uid = geteuid(), gid = getegid();
	isolated = unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)) == 0 &&
		   (!uid || map_ids(uid, gid)) &&
		   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		   mount("tmpfs", "/tmp", "tmpfs", 0, "size=1m") == 0;
	if (!isolated)
		print_message("no mount namespaces here: %s\n", strerror(errno));
}

static void hide_proc(void)
{
	if (!isolated)
		skip();
	assert_int_equal(mount("tmpfs", "/proc", "tmpfs", 0, NULL), 0);
}

static void show_proc(void)
{
	assert_int_equal(umount("/proc"), 0);
}

static struct out *create(struct image *m)
{
	struct out *o = NULL;
	OK(out_create(image_path(m, "a"), 0640, &o, &m->d));
	return o;
}

static void named_while_written(void **state)
{
	struct image *m = *state;
	hide_proc();
	for (int again = 0; again < 2; again++) {
		struct out *o = create(m);
		OK(out_write(o, "hello", 5, &m->d));
		/* The temporary name alone, or beside what it is to replace. */
		assert_int_equal(folder_entries(m->folder), 1 + again);
		OK(out_commit(&o, &m->d));
		assert_int_equal(folder_entries(m->folder), 1);
	}
	struct stat st;
	assert_int_equal(stat(image_path(m, "a"), &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0640, 0);
	struct out *dropped = create(m);
	OK(out_write(dropped, "never", 5, &m->d));
	out_drop(&dropped);
	assert_int_equal(folder_entries(m->folder), 1);
	show_proc();
}

/* Pieces go through the page cache then. */
static void streamed_without_proc(void **state)
{
	struct image *m = *state;
	hide_proc();
	enum { SIZE = 3 << 18 };
	const char *bytes = sample_bytes(m->mem, SIZE, 1);
	struct out *o = create(m);
	out_stream(o);
	OK(out_skip(o, (1 << 20) - SIZE / 2, &m->d));
	OK(out_write(o, bytes, SIZE, &m->d));
	OK(out_truncate(o, (1 << 20) + SIZE / 4, &m->d));
	OK(out_commit(&o, &m->d));
	char *text;
	size_t len;
	OK(file_read(m->mem, image_path(m, "a"), 2 << 20, &text, &len, &m->d));
	assert_int_equal(len, (1 << 20) + SIZE / 4);
	assert_memory_equal(text + (1 << 20) - SIZE / 2, bytes, SIZE / 4 * 3);
	show_proc();
}

/* What a killed run left is taken over; what a living one holds is not. */
static void leftovers(void **state)
{
	struct image *m = *state;
	hide_proc();
	const char *temp = image_path(m, ".a.part");
	int fd = open(temp, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "long leftovers", 14), 14);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	struct out *o = NULL;
	assert_int_equal(out_create(image_path(m, "a"), 0644, &o, &m->d), -1);
	assert_non_null(strstr(m->d.last->what, "another program is writing"));
	close(fd);
	o = create(m);
	OK(out_write(o, "new", 3, &m->d));
	OK(out_commit(&o, &m->d));
	char *text;
	size_t len;
	OK(file_read(m->mem, image_path(m, "a"), 100, &text, &len, &m->d));
	assert_string_equal(text, "new");
	/* A link in its place is not followed. */
	assert_int_equal(symlink("elsewhere", temp), 0);
	assert_int_equal(out_create(image_path(m, "a"), 0644, &o, &m->d), -1);
	assert_int_equal(access(image_path(m, "elsewhere"), F_OK), -1);
	show_proc();
}

static int write_two_mib(struct image *m, struct out *o, int way)
{
	static const char bytes[4096];
	int rc = 0;
	for (int i = 0; i < 512 && rc == 0; i++)
		rc = way ? out_copy(o, out_fd(m->data), 0, 4096, &m->d)
			 : out_write(o, bytes, sizeof(bytes), &m->d);
	return rc;
}

static void really_full(void **state)
{
	struct image *m = *state;
	if (!isolated)
		skip();
	OK(out_write(m->data, sample_bytes(m->mem, 4096, 1), 4096, &m->d));
	for (int way = 0; way < 2; way++) {
		struct out *o = create(m);
		assert_int_equal(write_two_mib(m, o, way), -1);
		assert_int_equal(m->d.last->kind, KIND_SYSTEM);
		assert_non_null(strstr(m->d.last->what, "No space left on device"));
		assert_non_null(strstr(m->d.last->hint, "make room in"));
		out_drop(&o);
		assert_int_equal(folder_entries(m->folder), 0);
	}
	/* The room is there again. */
	struct out *o = create(m);
	OK(out_write(o, sample_bytes(m->mem, 900000, 1), 900000, &m->d));
	OK(out_commit(&o, &m->d));
}

int main(void)
{
	isolate();
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(named_while_written),
		IMAGE_TEST(streamed_without_proc),
		IMAGE_TEST(leftovers),
		IMAGE_TEST(really_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
