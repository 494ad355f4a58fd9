/* Unified kernel images: what was appended is found again by a reader that shares no code with the
 * writer. */
#include "tests/unit/disk_test.h"

#include "mkimage/disk/uki_impl.h"

#define REAL_STUB "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"

static struct uki_options options(struct image *m, const char *stub)
{
	struct uki_options o = { .stub = stub,
		.cmdline = "console=ttyS0 quiet",
		.os_release = "ID=slipway\n",
		.uname = "6.12.0" };
	make_payload(m, &o.kernel, &o.initrd);
	return o;
}

static uint8_t *write_uki(struct image *m, const struct uki_options *o, size_t *len)
{
	AUTO_OUT to = NULL;
	char *bytes;
	OK(out_create(image_path(m, "u.efi"), 0644, &to, &m->d));
	OK(uki_write(m->mem, o, to, &m->d));
	OK(out_commit(&to, &m->d));
	OK(file_read(m->mem, image_path(m, "u.efi"), 1 << 26, &bytes, len, &m->d));
	return (uint8_t *)bytes;
}

static const uint8_t *section(const uint8_t *b, const char *name, uint32_t *size)
{
	const uint8_t *pe = b + get_le32(b + 0x3c), *table = pe + 24 + get_le16(pe + 20);
	for (unsigned i = 0; i < get_le16(pe + 6); i++) {
		const uint8_t *h = table + 40 * i;
		char own[9] = "";
		memcpy(own, h, 8);
		if (strcmp(own, name) == 0) {
			*size = get_le32(h + 8);
			return h;
		}
	}
	fail_msg("no section %s", name);
	return NULL;
}

static void holds(const uint8_t *b, size_t len, const char *name, const void *bytes, size_t want)
{
	uint32_t size = 0;
	const uint8_t *h = section(b, name, &size);
	assert_int_equal(size, want);
	uint32_t raw = get_le32(h + 20), raw_size = get_le32(h + 16);
	assert_true(raw_size >= size && raw + (uint64_t)raw_size <= len);
	/* The stub's end is where the first one begins: sections have no gaps. */
	if (strcmp(name, ".osrel") != 0)
		assert_int_equal(raw % 4096, 0);
	assert_int_equal(get_le32(h + 12) % 4096, 0);
	assert_int_equal(get_le32(h + 36), 0x40000040);
	assert_memory_equal(b + raw, bytes, want);
}

static void check(struct image *m, const char *stub)
{
	struct uki_options o = options(m, stub);
	uint64_t kernel_at, initrd_at;
	o.kernel_at = &kernel_at;
	o.initrd_at = &initrd_at;
	size_t len;
	const uint8_t *b = write_uki(m, &o, &len);
	const char *payload = sample_bytes(m->mem, KERNEL_LEN + INITRD_LEN, 9);
	holds(b, len, ".cmdline", "console=ttyS0 quiet", 19);
	holds(b, len, ".osrel", "ID=slipway\n", 11);
	holds(b, len, ".uname", "6.12.0", 6);
	holds(b, len, ".linux", payload, KERNEL_LEN);
	holds(b, len, ".initrd", payload + KERNEL_LEN, INITRD_LEN);
	assert_memory_equal(b + kernel_at, payload, KERNEL_LEN);
	assert_memory_equal(b + initrd_at, payload + KERNEL_LEN, INITRD_LEN);
	const uint8_t *pe = b + get_le32(b + 0x3c);
	assert_int_equal(get_le32(pe + 8), 0);	     /* time */
	assert_int_equal(get_le32(pe + 24 + 64), 0); /* checksum */
	uint32_t size = 0;
	const uint8_t *last = section(b, ".initrd", &size);
	uint32_t image = get_le32(pe + 24 + 56);
	assert_int_equal(image % get_le32(pe + 24 + 32), 0);
	assert_in_range(image, get_le32(last + 12) + size, get_le32(last + 12) + size + 4096);
}

static void own_stub(void **state)
{
	struct image *m = *state;
	check(m, write_bytes(m, "stub", make_stub(m->mem, STUB_ARM64), STUB_LEN));
}

static void real_stub(void **state)
{
	struct image *m = *state;
	if (access(REAL_STUB, R_OK) < 0) {
		print_message("no %s on this machine\n", REAL_STUB);
		skip();
	}
	check(m, REAL_STUB);
	const char *list = TOOL("objdump", "-h", "u.efi");
	assert_non_null(strstr(list, ".linux        000aae61"));
	assert_non_null(strstr(list, ".initrd       0000007b"));
}

/* Read where they are, or out of the file. */
static void pieces(void **state)
{
	struct image *m = *state;
	struct uki_options o = options(
		m, write_bytes(m, "stub", make_stub(m->mem, STUB_ARM64), STUB_LEN));
	uint64_t kernel_at = 0, initrd_at = 0;
	size_t len;
	const uint8_t *whole = write_uki(m, &o, &len);
	const char *payload = sample_bytes(m->mem, KERNEL_LEN + INITRD_LEN, 9);
	struct digest want, is;
	struct part p;
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	digest_of(DIGEST_SHA256, whole, len, &want);
	o.kernel_at = &kernel_at;
	o.initrd_at = &initrd_at;
	OK(uki_part(m->mem, &o, &p, &m->d));
	OK(part_hash(&p, h, &m->d));
	hasher_take(h, &is);
	assert_int_equal(p.size, len);
	assert_true(digest_equal(&is, &want));
	assert_memory_equal(whole + kernel_at, payload, KERNEL_LEN);
	assert_memory_equal(whole + initrd_at, payload + KERNEL_LEN, INITRD_LEN);
	/* Behind something else. */
	uint64_t kernel = kernel_at, initrd = initrd_at;
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	OK(out_skip(to, 10000, &m->d));
	OK(uki_write(m->mem, &o, to, &m->d));
	assert_int_equal(kernel_at, 10000 + kernel);
	assert_int_equal(initrd_at, 10000 + initrd);
}

/* Nothing of the parts is read before. */
static void too_large(void **state)
{
	struct image *m = *state;
	const char *stub = write_bytes(m, "stub", make_stub(m->mem, STUB_X64), STUB_LEN);
	const struct uki_options o = { .stub = stub,
		.cmdline = "quiet",
		.kernel = { .fd = out_fd(m->data), .size = 1 << 20 },
		.initrd = { .fd = out_fd(m->data), .size = (uint64_t)UINT32_MAX + 1 } };
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	assert_int_equal(uki_write(m->mem, &o, to, &m->d), -1);
	assert_string_equal(m->d.last->what,
		"kernel and initrd make a PE image of 4296028160 bytes, 1060865 more than it may have");
	assert_int_equal(out_size(to), 0);
}

static void bad_stub(struct image *m, uint8_t *b, size_t len, const char *why)
{
	struct uki_stub s;
	diags_init(&m->d, m->mem);
	assert_int_equal(uki_stub_parse(b, len, "stub", &s, &m->d), -1);
	if (!strstr(m->d.last->what, why))
		fail_msg("\"%s\" does not say \"%s\"", m->d.last->what, why);
}

static void damaged(void **state)
{
	struct image *m = *state;
	uint8_t *good = make_stub(m->mem, STUB_X64), *b = arena_alloc(m->mem, STUB_LEN);
#define DAMAGED(change, why)       \
	memcpy(b, good, STUB_LEN); \
	change;                    \
	bad_stub(m, b, STUB_LEN, why)
	bad_stub(m, good, 63, "no PE file");
	bad_stub(m, good, STUB_PE + 100, "no PE file");
	bad_stub(m, good, 0x500, "outside the file");
	DAMAGED(b[0] = 'X', "no PE file");
	DAMAGED(put_le32(b + 0x3c, 0xffffffff), "no PE file");
	DAMAGED(put_le16(b + STUB_PE + 6, 97), "headers are damaged");
	DAMAGED(put_le16(b + STUB_PE + 20, 0xffff), "headers are damaged");
	DAMAGED(put_le16(b + STUB_PE + 24, 0x10b), "headers are damaged");
	DAMAGED(put_le32(b + STUB_PE + 24 + 32, 0), "alignments");
	DAMAGED(put_le32(b + STUB_PE + 24 + 36, 0x2000), "alignments");
	DAMAGED(put_le32(b + STUB_TABLE + 20, 0xfffffff0), "outside the file");
	DAMAGED(put_le32(b + STUB_TABLE + 12, 0xfffffff0), "too far away");
	DAMAGED(put_le32(b + STUB_PE + 24 + 112 + 32, 0x600), "signed");
	DAMAGED(memcpy(b + STUB_TABLE, ".linux\0", 7), "already");
}

/* Any one wrong byte is either refused or harmless; the sanitizers watch. */
static void each_byte(void **state)
{
	struct image *m = *state;
	static const uint8_t values[] = { 0x00, 0x7f, 0x80, 0xff };
	uint8_t *good = make_stub(m->mem, STUB_X64);
	for (size_t i = 0; i < 0x400; i++) {
		for (size_t v = 0; v < ARRAY_LEN(values); v++) {
			AUTO_ARENA a = arena_new();
			struct diags d;
			diags_init(&d, a);
			uint8_t *b = malloc(STUB_LEN);
			memcpy(b, good, STUB_LEN);
			b[i] = values[v];
			struct uki_stub s;
			if (uki_stub_parse(b, STUB_LEN, "stub", &s, &d) == 0)
				assert_true(
					s.table + (s.sections + s.room) * PE_SECTION <= STUB_LEN);
			free(b);
		}
	}
}

static void no_room(void **state)
{
	struct image *m = *state;
	uint8_t *b = make_stub(m->mem, STUB_X64);
	put_le32(b + STUB_PE + 24 + 60, STUB_TABLE + 80); /* headers end after one more */
	struct uki_options o = options(m, write_bytes(m, "stub", b, STUB_LEN));
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	assert_int_equal(uki_write(m->mem, &o, to, &m->d), -1);
	assert_non_null(strstr(m->d.last->what, "room for 1 more sections; a kernel needs 5"));
	o.stub = image_path(m, "missing");
	assert_int_equal(uki_write(m->mem, &o, to, &m->d), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(own_stub),
		IMAGE_TEST(real_stub),
		IMAGE_TEST(pieces),
		IMAGE_TEST(too_large),
		IMAGE_TEST(damaged),
		IMAGE_TEST(each_byte),
		IMAGE_TEST(no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
