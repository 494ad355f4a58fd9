/* Finding a partition in a table that sfdisk could have written, and in damaged ones. */
#include "init/partuuid.h"

#include "base/endian.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BLOCKS = 256, FIRST = 100, LAST = 149, ENTRY = 5 };

static const char guid_text[] = "12345678-9abc-4def-8123-456789ABCDEF";

/* The checksum bit by bit, from its definition, not from the code under test. */
static uint32_t crc(const uint8_t *p, size_t len)
{
	uint32_t c = ~0u;

	for (size_t i = 0; i < len * 8; i++) {
		uint32_t bit = (c ^ p[i / 8] >> i % 8) & 1;

		c = c >> 1 ^ (bit ? 0xedb88320u : 0);
	}
	return ~c;
}

struct disk {
	uint8_t bytes[BLOCKS * 4096];
	struct gpt_source source;
	struct gpt_key key;
};

static int read_disk(const struct gpt_source *s, uint64_t offset, void *out, size_t len)
{
	if (offset > s->size || len > s->size - offset)
		return -1;
	memcpy(out, s->bytes + offset, len);
	return 0;
}

static void seal(uint8_t *header, const uint8_t *entries)
{
	put_le32(header + 88, crc(entries, 128 * 128));
	put_le32(header + 16, 0);
	put_le32(header + 16, crc(header, 92));
}

static void put_table(struct disk *k, uint64_t lba, uint64_t entries, uint32_t block)
{
	uint8_t *h = k->bytes + lba * block, *e = k->bytes + entries * block;

	memcpy(h, "EFI PART", 8);
	put_le32(h + 8, 0x10000);
	put_le32(h + 12, 92);
	put_le64(h + 24, lba);
	put_le64(h + 72, entries);
	put_le32(h + 80, 128);
	put_le32(h + 84, 128);
	memset(e, 0, 128 * 128);
	e[0] = 1; /* a used entry that is not ours */
	e += 128 * ENTRY;
	memset(e, 0x11, 16);
	memcpy(e + 16, k->key.bytes, 16);
	put_le64(e + 32, FIRST);
	put_le64(e + 40, LAST);
	memcpy(e + 56, "r\0o\0o\0t", 7);
	seal(h, k->bytes + entries * block);
}

static struct disk *disk_new(uint32_t table_block, uint32_t block)
{
	struct disk *k = calloc(1, sizeof(*k));

	assert_true(partuuid_parse(span_of(guid_text), &k->key));
	k->source = (struct gpt_source){ .read = read_disk,
		.fd = -1,
		.bytes = k->bytes,
		.size = (uint64_t)BLOCKS * block,
		.block = block };
	put_table(k, 1, 2, table_block);
	return k;
}

static enum gpt_result find(struct disk *k, struct gpt_part *p)
{
	unsigned parts;

	return gpt_find(&k->source, &k->key, p, &parts);
}

static void parses_guids(void **state)
{
	static const char *const bad[] = { "", "12345678-9abc-4def-8123-456789abcde",
		"12345678-9abc-4def-8123-456789abcdeg", "12345678+9abc-4def-8123-456789abcdef",
		"1234567-89abc-4def-8123-456789abcdef", "12345678-9abc-4def-8123-456789abcdef0" };
	struct gpt_key g;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(partuuid_parse(span_of(bad[i]), &g));
}

static void finds(void **state)
{
	/* the table's block size, the device's: a disk, a 4K disk, a hybrid image on a CD */
	static const uint32_t cases[][2] = { { 512, 512 }, { 4096, 4096 }, { 512, 2048 } };
	struct gpt_part p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct disk *k = disk_new(cases[i][0], cases[i][1]);

		assert_int_equal(find(k, &p), GPT_FOUND);
		assert_int_equal(p.number, ENTRY + 1);
		assert_int_equal(p.offset, (uint64_t)FIRST * cases[i][0]);
		assert_int_equal(p.bytes, (uint64_t)(LAST - FIRST + 1) * cases[i][0]);
		k->key.bytes[0] ^= 1;
		assert_int_equal(find(k, &p), GPT_NOT_FOUND);
		assert_true(partlabel_parse(span_of("root"), &k->key));
		assert_int_equal(find(k, &p), GPT_FOUND);
		assert_int_equal(p.number, ENTRY + 1);
		/* The whole name, not its beginning. */
		assert_true(partlabel_parse(span_of("roo"), &k->key));
		assert_int_equal(find(k, &p), GPT_NOT_FOUND);
		free(k);
	}
}

static void damage_is_seen(void **state)
{
	struct gpt_part p = { 0 };
	struct disk *k = disk_new(512, 512);

	(void)state;
	for (size_t at = 512 + 8; at < 512 + 92; at++) {
		k->bytes[at] ^= 0x10;
		assert_int_equal(find(k, &p), GPT_DAMAGED);
		k->bytes[at] ^= 0x10;
	}
	k->bytes[1024 + 128 * 100] ^= 1;
	assert_int_equal(find(k, &p), GPT_DAMAGED);
	assert_int_equal(p.bytes, 0);
	/* The backup in the last block serves. */
	put_table(k, BLOCKS - 1, BLOCKS - 33, 512);
	assert_int_equal(find(k, &p), GPT_FOUND);
	k->bytes[512] = 0;
	k->bytes[(BLOCKS - 1) * 512] = 0;
	assert_int_equal(find(k, &p), GPT_ABSENT);
	free(k);
}

/* Well-sealed tables that lie. */
static void lies_are_refused(void **state)
{
	static const struct {
		unsigned offset; /* in the header, or 1000 + offset in the entry */
		uint64_t value;
	} lies[] = {
		{ 72, UINT64_MAX },
		{ 72, UINT64_MAX / 512 + 2 },
		{ 72, BLOCKS },
		{ 80, 0xffffffff },
		{ 84, 0 },
		{ 84, 64 },
		{ 84, 1 << 16 },
		{ 84, 192 },
		{ 1040, UINT64_MAX },
		{ 1040, BLOCKS },
		{ 1040, FIRST - 1 },
		{ 1032, UINT64_MAX },
	};
	struct gpt_part p = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct disk *k = disk_new(512, 512);
		uint8_t *h = k->bytes + 512, *e = k->bytes + 1024;

		if (lies[i].offset >= 1000)
			put_le64(e + ENTRY * 128 + lies[i].offset - 1000, lies[i].value);
		else if (lies[i].offset == 72)
			put_le64(h + 72, lies[i].value);
		else
			put_le32(h + lies[i].offset, (uint32_t)lies[i].value);
		seal(h, e);
		assert_int_equal(find(k, &p), GPT_DAMAGED);
		assert_int_equal(p.bytes, 0);
		free(k);
	}
}

static void tiny_devices(void **state)
{
	struct gpt_part p;
	struct disk *k = disk_new(512, 512);

	(void)state;
	for (k->source.size = 0; k->source.size < 4096; k->source.size += 100)
		assert_int_not_equal(find(k, &p), GPT_FOUND);
	free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_guids),
		cmocka_unit_test(finds),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(lies_are_refused),
		cmocka_unit_test(tiny_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
