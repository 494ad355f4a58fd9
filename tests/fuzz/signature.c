/* Any bytes as a public key, as a payload whose signature holds, and as a signature. */
#include "tests/fuzz/fuzz.h"

#include "mkimage/signature/signature.h"

feeder feed_signature;

static const char key_text[] = "-----BEGIN PUBLIC KEY-----\n"
			       "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
			       "-----END PUBLIC KEY-----\n";

int feed_signature(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	AUTO_SIGNATURE_KEY key = NULL;
	AUTO_SIGNATURE_KEY other = NULL;
	struct diags d;
	struct digest g = { .alg = DIGEST_SHA256 };
	const char *text = arena_strn(a, (const char *)data, len);
	diags_init(&d, a);
	if (signature_key_parse(a, "the key", key_text, sizeof(key_text) - 1, &key, &g, &d) < 0 ||
		signature_holds(key, text, data, len) || signature_is_about(a, text, len, &g))
		abort();
	(void)!signature_key_parse(a, "the key", text, len, &other, &g, &d);
	return 0;
}
