/* The limit of what a compressed stream may hold, with one that a test can reach. */
#define DECODED_MAX (UINT64_C(1) << 20)
#include "mkimage/store/decode.c" /* NOLINT: the same code, with less room */

#include "tests/unit/base_test.h"

#include <sys/mman.h>

enum { PART = 64 << 10, PARTS = 40 };

/* Members or frames of PART zeros, and that is harmless each. */
static size_t gzip_parts(uint8_t *to, size_t size)
{
	static uint8_t zeros[PART];
	size_t len = 0;
	for (int i = 0; i < PARTS; i++) {
		z_stream z = { 0 };
		assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
		z.next_in = zeros;
		z.avail_in = PART;
		z.next_out = to + len;
		z.avail_out = (uInt)(size - len);
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		len += z.total_out;
		deflateEnd(&z);
	}
	return len;
}

static size_t zstd_parts(uint8_t *to, size_t size)
{
	static uint8_t zeros[PART];
	size_t len = 0;
	for (int i = 0; i < PARTS; i++) {
		size_t n = ZSTD_compress(to + len, size - len, zeros, PART, 1);
		assert_false(ZSTD_isError(n));
		len += n;
	}
	return len;
}

static size_t plain(uint8_t *to, size_t size)
{
	memset(to, 0, size);
	return size;
}

static void no_more_than_the_limit(void **state)
{
	static size_t (*const makers[])(uint8_t *, size_t) = { gzip_parts, zstd_parts, plain };
	struct fixture *f = *state;
	enum { SIZE = 2 << 20 };
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		AUTO_FD fd = memfd_create("stream", MFD_CLOEXEC);
		AUTO_DECODER c = NULL;
		uint8_t *bytes = arena_alloc(f->mem, SIZE);
		size_t len = makers[i](bytes, SIZE), n = 1;
		const void *p;
		uint64_t got = 0;
		int rc = 0;
		assert_int_equal(fd_write_all(fd, bytes, len), 0);
		assert_int_equal(decoder_open(fd, 0, len, "the layer", &c, &f->d), 0);
		while (n && (rc = decoder_next(c, &p, &n, &f->d)) == 0)
			got += n;
		assert_int_equal(rc, -1);
		assert_true(got <= DECODED_MAX);
		assert_non_null(strstr(f->d.last->what, "the layer holds more than"));
	}
	assert_int_equal(f->d.errors, ARRAY_LEN(makers));
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(no_more_than_the_limit) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
