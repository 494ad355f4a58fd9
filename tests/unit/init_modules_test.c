/* depmod's files and modalias patterns, as init reads them. */
#include "base/attr.h"
#include "init/modalias.h"
#include "init/moddep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const char dep_file[] =
	"kernel/drivers/net/virtio_net.ko.xz: kernel/net/net_failover.ko.xz kernel/net/failover.ko.xz\n"
	"kernel/drivers/block/loop.ko:\n"
	"broken line\n"
	":\n"
	"kernel/fs/nls/nls-cp437.ko.zst: \n";

static void moddep_finds_by_name(void **state)
{
	struct span file = span_of(dep_file), dep;
	struct moddep d;

	(void)state;
	assert_true(moddep_find(file, span_of("virtio-net"), &d));
	assert_true(span_is(d.path, "kernel/drivers/net/virtio_net.ko.xz"));
	assert_true(moddep_last(&d.deps, &dep));
	assert_true(span_is(moddep_name(dep), "failover"));
	assert_true(moddep_last(&d.deps, &dep));
	assert_true(span_is(moddep_name(dep), "net_failover"));
	assert_false(moddep_last(&d.deps, &dep));
	assert_true(moddep_find(file, span_of("nls_cp437"), &d));
	assert_false(moddep_last(&d.deps, &dep));
	assert_true(moddep_find(file, span_of("loop"), &d));
	assert_false(moddep_find(file, span_of("loo"), &d));
	assert_false(moddep_find(file, span_of(""), &d));
	assert_true(moddep_builtin(span_of("kernel/fs/ext4/ext4.ko\n"), span_of("ext4")));
	assert_false(moddep_builtin(span_of("kernel/fs/ext4/ext4.ko\n"), span_of("ext")));
}

static void softdep_lists(void **state)
{
	struct softdep s;
	struct span word;

	(void)state;
	assert_true(
		softdep_find(span_of("# x\nsoftdep a pre: b\nsoftdep my-mod pre: c d post: e\n"),
			span_of("my_mod"), &s));
	assert_true(span_word(&s.pre, &word) && span_is(word, "c"));
	assert_true(span_word(&s.pre, &word) && span_is(word, "d"));
	assert_false(span_word(&s.pre, &word));
	assert_true(span_word(&s.post, &word) && span_is(word, "e"));
	assert_false(softdep_find(span_of("softdep\nsoftdep a\n"), span_of("b"), &s));
}

static void modalias_patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} all[] = {
		{ "virtio:d00000002v*", "virtio:d00000002v00001AF4", true },
		{ "virtio:d00000002v*", "virtio:d00000001v00001AF4", false },
		{ "pci:v*d*sv*sd*bc01sc06i01*", "pci:v00008086d00002922sv0sd0bc01sc06i01", true },
		{ "pci:v*d*sv*sd*bc01sc06i01*", "pci:v00008086d00002922sv0sd0bc01sc06i02", false },
		{ "a*b*c", "axxbxbxc", true },
		{ "a*b*c", "axxbxbx", false },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "a[0-9b]c", "a7c", true },
		{ "a[!0-9]c", "a7c", false },
		{ "a[]]c", "a]c", true },
		{ "a[0-", "a0", false },
		{ "a[", "a[", false },
		{ "fs-squashfs", "fs_squashfs", true },
		{ "*", "", true },
		{ "", "", true },
		{ "", "a", false },
		{ "**a", "bba", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (modalias_match(span_of(all[i].pattern), span_of(all[i].text)) != all[i].match)
			fail_msg("%s against %s", all[i].pattern, all[i].text);
}

/* A pattern full of stars may not take for ever. */
static void modalias_is_not_exponential(void **state)
{
	char pattern[200], text[4000];

	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	assert_false(modalias_match(
		(struct span){ pattern, sizeof(pattern) }, (struct span){ text, sizeof(text) }));
}

struct loads {
	unsigned count;
	struct span last;
};

static void count_load(void *ctx, struct span module)
{
	struct loads *l = ctx;

	l->count++;
	l->last = module;
}

static void modalias_set_serves(void **state)
{
	static struct modalias_set set;
	struct loads l = { 0 };
	char big[MODALIAS_BYTES];

	(void)state;
	set.count = 0;
	assert_true(modalias_add(&set, span_of("virtio:d2vA")));
	assert_true(modalias_add(&set, span_of("virtio:d2vA")));
	assert_true(modalias_add(&set, span_of("")));
	assert_int_equal(set.count, 1);
	assert_true(modalias_add(&set, span_of("pci:v1")));
	modalias_each(&set,
		span_of("# comment\nalias virtio:d2v* virtio_blk\nalias usb:* x\nalias pci:v1\n"),
		count_load, &l);
	assert_int_equal(l.count, 1);
	assert_true(span_is(l.last, "virtio_blk"));
	memset(big, 'a', sizeof(big));
	assert_false(modalias_add(&set, (struct span){ big, sizeof(big) }));
	set.count = 0;
	assert_true(modalias_add(&set, (struct span){ big, sizeof(big) }));
	assert_int_equal(modalias_get(&set, 0).len, sizeof(big));
	for (unsigned i = 0; i < MODALIAS_COUNT; i++)
		(void)modalias_add(&set, (struct span){ big, i + 1 });
	assert_int_equal(set.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moddep_finds_by_name),
		cmocka_unit_test(softdep_lists),
		cmocka_unit_test(modalias_patterns),
		cmocka_unit_test(modalias_is_not_exponential),
		cmocka_unit_test(modalias_set_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
