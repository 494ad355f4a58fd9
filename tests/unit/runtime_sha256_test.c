/* SHA-256 against the examples of FIPS 180-4 and NIST's long message. */
#include "system-runtime/common/sha256.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void check(const char *part, int times, const char *want)
{
	struct sha256 s;
	uint8_t out[32];
	char text[65];

	sha256_start(&s);
	for (int i = 0; i < times; i++)
		sha256_add(&s, part, strlen(part));
	sha256_end(&s, out);
	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(text, want);
}

static void test_vectors(void **state)
{
	(void)state;
	check("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check("aaaaaaaaaa", 100000,
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
