/* The closure of kernel modules, and depmod's files cut down to it. */
#include "tests/unit/base_test.h"

#include "mkimage/build/modules.h"

static const struct modules_texts texts = {
	.dep = "kernel/fs/overlayfs/overlay.ko.xz: kernel/fs/exportfs.ko.xz\n"
	       "kernel/fs/exportfs.ko.xz:\n"
	       "kernel/net/virtio-net.ko.xz: kernel/net/failover.ko.xz kernel/core/virtio.ko.xz\n"
	       "kernel/net/failover.ko.xz: kernel/net/net_failover.ko.xz\n"
	       "kernel/net/net_failover.ko.xz:\n"
	       "kernel/core/virtio.ko.xz:\n"
	       "kernel/crypto/crc32c.ko.xz:\n"
	       "kernel/fs/btrfs.ko.xz:\n",
	.alias = "# comment\n"
		 "alias virtio:d00000001v* virtio_net\n"
		 "alias fs-overlay overlay\n"
		 "alias fs-btrfs btrfs\n",
	.softdep = "softdep btrfs pre: crc32c post: gone\n"
		   "softdep overlay pre: crc32c\n",
	.builtin = "kernel/fs/ext4/ext4.ko\n",
};

static size_t kept(const struct modules *m, const bool *flags)
{
	size_t n = 0;
	for (size_t i = 0; i < m->len; i++)
		n += flags[i];
	return n;
}

static void closure(void **state)
{
	struct fixture *f = *state;
	struct modules m;
	struct modules_texts out = { 0 };
	assert_int_equal(modules_parse(f->mem, &texts, &m, &f->d), 0);
	bool *flags = modules_none(&m);
	/* '-' and '_' are the same, and a dependency's own dependencies come along. */
	assert_int_equal(modules_keep(&m, "virtio-net", (struct pos){ 0 }, flags, &f->d), 0);
	assert_int_equal(kept(&m, flags), 4);
	modules_filter(&m, flags, &out);
	assert_string_equal(out.dep,
		"kernel/net/virtio-net.ko.xz: kernel/net/failover.ko.xz kernel/core/virtio.ko.xz\n"
		"kernel/net/failover.ko.xz: kernel/net/net_failover.ko.xz\n"
		"kernel/net/net_failover.ko.xz:\n"
		"kernel/core/virtio.ko.xz:\n");
	assert_string_equal(out.alias, "alias virtio:d00000001v* virtio_net\n");
	assert_string_equal(out.softdep, "");
}

static void soft_dependencies(void **state)
{
	struct fixture *f = *state;
	struct modules m;
	struct modules_texts out = { 0 };
	assert_int_equal(modules_parse(f->mem, &texts, &m, &f->d), 0);
	bool *flags = modules_none(&m);
	assert_int_equal(modules_keep(&m, "btrfs", (struct pos){ 0 }, flags, &f->d), 0);
	assert_int_equal(kept(&m, flags), 2);
	modules_filter(&m, flags, &out);
	assert_string_equal(out.softdep, "softdep btrfs pre: crc32c post: gone\n");
}

static void names(void **state)
{
	struct fixture *f = *state;
	struct modules m;
	struct pos at = { "os.yml", 3, 5, 1 };
	assert_int_equal(modules_parse(f->mem, &texts, &m, &f->d), 0);
	bool *flags = modules_none(&m);
	assert_int_equal(modules_keep(&m, "ext4", at, flags, &f->d), 0);
	assert_false(modules_has(&m, "ext4"));
	assert_true(modules_has(&m, "virtio-net"));
	assert_int_equal(kept(&m, flags), 0);
	assert_int_equal(modules_keep(&m, "overlai", at, flags, &f->d), -1);
	assert_string_equal(f->d.last->what, "the kernel has no module \"overlai\"");
	assert_string_equal(f->d.last->hint, "did you mean \"overlay\"?");
	assert_int_equal(f->d.last->at.line, 3);
}

static void malformed(void **state)
{
	struct fixture *f = *state;
	struct modules m;
	assert_int_equal(
		modules_parse(f->mem, &(struct modules_texts){ .dep = "a.ko: b.ko\n" }, &m, &f->d),
		-1);
	assert_int_equal(
		modules_parse(f->mem, &(struct modules_texts){ .dep = "no colon\n" }, &m, &f->d),
		-1);
	assert_int_equal(modules_parse(f->mem, &(struct modules_texts){ .dep = "" }, &m, &f->d), 0);
	assert_int_equal(m.len, 0);
}

/* A cycle ends. */
static void cycle(void **state)
{
	struct fixture *f = *state;
	struct modules m;
	struct modules_texts t = { .dep = "a.ko: b.ko\nb.ko: a.ko\n" };
	assert_int_equal(modules_parse(f->mem, &t, &m, &f->d), 0);
	bool *flags = modules_none(&m);
	assert_int_equal(modules_keep(&m, "a", (struct pos){ 0 }, flags, &f->d), 0);
	assert_int_equal(kept(&m, flags), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closure),
		TEST(soft_dependencies),
		TEST(names),
		TEST(malformed),
		TEST(cycle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
