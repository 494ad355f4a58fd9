/* What whoever boots the machine writes: the kernel command line and /etc/slipway/boot. */
#include "init/bootconf.h"
#include "init/fmt.h"
#include "init/kopt.h"
#include "init/unmount.h"
#include "init/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const char guid[] = "12345678-9ABC-4def-8123-456789abcdef";

static void kopt_splits_words(void **state)
{
	struct span rest = span_of("  quiet a=1\tb=\"x y\" \"c d=e f\" = x=\n");
	static const char *const want[][2] = { { "quiet", NULL }, { "a", "1" }, { "b", "x y" },
		{ "c d", "e f" }, { "", "" }, { "x", "" } };
	struct kopt k;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(kopt_next(&rest, &k));
		assert_true(span_is(k.name, want[i][0]));
		if (want[i][1])
			assert_true(k.value.at && span_is(k.value, want[i][1]));
		else
			assert_null(k.value.at);
	}
	assert_false(kopt_next(&rest, &k));
}

static void kopt_last_wins_and_flags(void **state)
{
	struct span line = span_of("slipway.debug=1 x slipway.debug=off y");
	struct kopt k;

	(void)state;
	assert_true(kopt_find(line, "slipway.debug", &k));
	assert_true(span_is(k.value, "off"));
	assert_false(kopt_flag(line, "slipway.debug"));
	assert_true(kopt_flag(line, "x"));
	assert_false(kopt_flag(line, "slipway"));
}

static void kopt_gives_module_parameters(void **state)
{
	struct span line = span_of("virtio-net.a=1 other.b=2 virtio_net.c virtio_net.d=\"x y\" "
				   "module_blacklist=pcspkr,snd-pcm");
	char out[64], small[6];

	(void)state;
	size_t n = kopt_module_params(line, span_of("virtio_net"), out, sizeof(out));
	assert_int_equal(n, strlen("a=1 c d=\"x y\""));
	assert_string_equal(out, "a=1 c d=\"x y\"");
	(void)kopt_module_params(line, span_of("virtio_net"), small, sizeof(small));
	assert_string_equal(small, "a=1 c");
	assert_true(kopt_blacklisted(line, span_of("snd_pcm")));
	assert_false(kopt_blacklisted(line, span_of("snd")));
}

static void bootconf_reads_all_keys(void **state)
{
	struct bootconf c;
	struct bootconf_error e;
	static const uint8_t want[16] = { 0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 0xef, 0x4d, 0x81,
		0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	char text[256];

	(void)state;
	fmt_text(text, sizeof(text),
		"root=PARTUUID=%s\nfstype=squashfs\nmodules=loop,sr_mod\ntimeout=7\n"
		"epoch=1700000000\n",
		guid);
	bootconf_defaults(&c);
	assert_int_equal(bootconf_parse(&c, span_of(text), &e), 0);
	assert_int_equal(c.root, ROOT_PARTITION);
	assert_int_equal(c.partition.at, 16);
	assert_memory_equal(c.partition.bytes, want, 16);
	assert_string_equal(c.modules, "loop,sr_mod");
	assert_int_equal(c.timeout, 7);
	assert_int_equal(c.epoch, 1700000000);
	assert_int_equal(
		bootconf_cmdline(&c,
			span_of("slipway.root=embedded slipway.timeout=1 slipway.shutdown=5 "
				"slipway.onfail=reboot slipway.debug panic=4 slipway.skip=x"),
			&e),
		0);
	assert_int_equal(c.root, ROOT_EMBEDDED);
	assert_int_equal(c.timeout, 1);
	assert_int_equal(c.shutdown, 5);
	assert_int_equal(c.onfail, ONFAIL_REBOOT);
	assert_int_equal(c.panic, 4);
	assert_true(c.debug);
	assert_false(c.rescue);
	assert_int_equal(c.watchdog, WATCHDOG_DEFAULT);
	assert_int_equal(bootconf_cmdline(&c, span_of("slipway.root=PARTLABEL=root"), &e), 0);
	assert_int_equal(c.root, ROOT_PARTITION);
	assert_string_equal(c.root_text, "PARTLABEL=root");
	assert_int_equal(c.partition.len, 72);
	assert_memory_equal(c.partition.bytes, "r\0o\0o\0t\0\0", 10);
	assert_int_equal(bootconf_cmdline(&c, span_of("slipway.watchdog=45"), &e), 0);
	assert_int_equal(c.watchdog, 45);
	assert_int_equal(bootconf_cmdline(&c, span_of("slipway.watchdog=29"), &e), -1);
	assert_int_equal(c.watchdog, 45);
	assert_int_equal(bootconf_cmdline(&c, span_of("slipway.watchdog=off"), &e), 0);
	assert_int_equal(c.watchdog, 0);
}

#define ROOT "0123456789abcdeffedcba98765432100123456789abcdeffedcba9876543210"
#define EVIL "1123456789abcdeffedcba98765432100123456789abcdeffedcba9876543210"

static void roothash_is_one(void **state)
{
	static const char *const bad[] = { "roothash", "roothash=", "roothash=0" ROOT,
		"roothash=" ROOT " roothash=" EVIL,
		"roothash=" ROOT " roothash=" EVIL " roothash=" EVIL, "roothash=" ROOT " roothash",
		"roothash=" EVIL " roothash=" EVIL " roothash=" ROOT,
		"roothash=0123456789ABCDEFFEDCBA98765432100123456789ABCDEFFEDCBA9876543210" };
	struct bootconf c;
	struct bootconf_error e;

	(void)state;
	bootconf_defaults(&c);
	assert_int_equal(bootconf_parse(&c, span_of("root=roothash\n"), &e), 0);
	assert_int_equal(c.root, ROOT_PARTITION);
	assert_true(c.verified);
	for (unsigned again = 0; again < 2; again++) {
		assert_int_equal(
			bootconf_cmdline(&c, span_of("roothash=" ROOT " quiet roothash=" ROOT), &e),
			0);
		assert_string_equal(c.roothash, ROOT);
	}
	assert_int_equal(
		bootconf_cmdline(&c, span_of("roothash=" ROOT " slipway.root=PARTLABEL=x"), &e), 0);
	assert_true(c.verified);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(bootconf_cmdline(&c, span_of(bad[i]), &e), -1);
		assert_string_equal(c.roothash, "");
	}
}

static void verity_reads_a_superblock(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = { { 0, 'V' }, { 8, 2 }, { 12, 0 }, { 35, '5' }, { 38, '1' }, { 65, 2 }, { 69, 2 },
		{ 80, 31 }, { 81, 1 }, { 79, 0xff } };
	uint8_t b[VERITY_SUPERBLOCK] = "verity\0\0\1\0\0\0\1";
	char out[VERITY_TABLE];
	uint64_t sectors;

	(void)state;
	memcpy(b + 32, "sha256", 6);
	b[65] = b[69] = 0x10;
	b[72] = 77;
	b[80] = 32;
	memset(b + 88, 0xa5, 32);
	assert_true(verity_table(b, ROOT, "/dev/vda2", "/dev/vda3", out, &sectors));
	assert_int_equal(sectors, 77 * 8);
	assert_string_equal(out, "1 /dev/vda2 /dev/vda3 4096 4096 77 1 sha256 " ROOT
				 " a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
				 " 1 panic_on_corruption");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint8_t old = b[bad[i].at];
		b[bad[i].at] = bad[i].value;
		assert_false(verity_table(b, ROOT, "/dev/vda2", "/dev/vda3", out, &sectors));
		b[bad[i].at] = old;
	}
	b[72] = 0;
	assert_false(verity_table(b, ROOT, "/dev/vda2", "/dev/vda3", out, &sectors));
}

static void bootconf_refuses(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} bad[] = {
		{ "", 0 },
		{ "root=embedded\nbla=1\n", 2 },
		{ "root\n", 1 },
		{ "root=/dev/sda\n", 1 },
		{ "root=PARTUUID=12345678\n", 1 },
		{ "root=PARTLABEL=\n", 1 },
		{ "root=PARTLABEL=a b\n", 1 },
		{ "root=PARTLABEL=0123456789012345678901234567890123456\n", 1 },
		{ "root=LABEL=a\n", 1 },
		{ "root=embedded\n\ntimeout=1s\n", 3 },
		{ "timeout=99999\n", 1 },
		{ "root=embedded\nmodules=../x\n", 2 },
		{ "root=embedded\nfstype=\n", 2 },
		{ "root=embedded\nfstype=sixteenletters16\n", 2 },
		{ "onfail=halt\n", 1 },
		{ "epoch=-1\n", 1 },
	};
	struct bootconf c;
	struct bootconf_error e;
	static char big[BOOTCONF_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		bootconf_defaults(&c);
		assert_int_equal(bootconf_parse(&c, span_of(bad[i].text), &e), -1);
		assert_non_null(e.what);
		if (bad[i].line)
			assert_int_equal(e.line, bad[i].line);
	}
	memset(big, '\n', sizeof(big));
	assert_int_equal(bootconf_parse(&c, (struct span){ big, sizeof(big) }, &e), -1);
	bootconf_defaults(&c);
	assert_int_equal(bootconf_cmdline(&c, span_of("slipway.onfail slipway.timeout=3"), &e), -1);
	assert_int_equal(c.timeout, 3);
}

static void fmt_formats(void **state)
{
	char out[64], small[5];

	(void)state;
	size_t n = fmt_text(out, sizeof(out), "%s|%d|%u|%x|%03d|%5d|%c|%%|%zu|%llu", "a", -7, 7u,
		255u, 5, 42, 'z', (size_t)9, 18446744073709551615ULL);
	assert_int_equal(n, strlen(out));
	assert_string_equal(out, "a|-7|7|ff|005|   42|z|%|9|18446744073709551615");
	assert_int_equal(fmt_text(small, sizeof(small), "%s", "abcdefg"), 4);
	assert_string_equal(small, "abcd");
}

static void mountinfo_targets(void **state)
{
	char out[32], small[4];

	(void)state;
	assert_true(mountinfo_target(
		span_of("36 35 98:0 /m /mnt\\0402\\134 rw - ext3 /dev/root rw"), out, sizeof(out)));
	assert_string_equal(out, "/mnt 2\\");
	assert_false(mountinfo_target(span_of("36 35 98:0 /m"), out, sizeof(out)));
	assert_false(mountinfo_target(span_of("36 35 98:0 / /mnt rw"), small, sizeof(small)));
	assert_false(mountinfo_target(span_of("36 35 98:0 / /a\\000b rw"), out, sizeof(out)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kopt_splits_words),
		cmocka_unit_test(kopt_last_wins_and_flags),
		cmocka_unit_test(kopt_gives_module_parameters),
		cmocka_unit_test(roothash_is_one),
		cmocka_unit_test(verity_reads_a_superblock),
		cmocka_unit_test(bootconf_reads_all_keys),
		cmocka_unit_test(bootconf_refuses),
		cmocka_unit_test(fmt_formats),
		cmocka_unit_test(mountinfo_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
