/*
 * Keys that never leave a token: PKCS#11 through libcrypto's engine "pkcs11" (libp11), which takes
 * RFC 7512 URIs. OpenSSL 3.0's own way, a provider, is in no Debian release before trixie.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "mkimage/sign/sign_impl.h"

#include <openssl/engine.h>

int signer_open_token(struct signer *s, const char *uri, struct diags *d)
{
	ENGINE_load_builtin_engines();
	ENGINE *e = ENGINE_by_id("pkcs11");
	if (!e)
		return fail(d, KIND_SYSTEM, "install the package libengine-pkcs11-openssl",
			"libcrypto has no engine for PKCS#11");
	if (ENGINE_init(e) != 1) {
		ENGINE_free(e);
		return fail(d, KIND_SYSTEM, "set PKCS11_MODULE_PATH to the token's library",
			"the engine for PKCS#11 does not start");
	}
	s->engine = e;
	s->key = ENGINE_load_private_key(e, uri, NULL, NULL);
	if (!s->key)
		return fail(d, KIND_INPUT,
			"`pkcs11-tool -O` lists keys; the PIN is in the file of the URI's pin-source=",
			"no token gives the private key \"%s\"", uri);
	return 0;
}

void signer_close_token(struct signer *s)
{
	if (!s->engine)
		return;
	ENGINE_finish(s->engine);
	ENGINE_free(s->engine);
	s->engine = NULL;
}
