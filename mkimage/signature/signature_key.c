#include "mkimage/signature/signature.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

enum { PEM_MAX = 16 << 10, SIGNATURE_MAX = 1024 };

struct signature_key {
	EVP_PKEY *key;
	bool ed25519;
};

/* Which of the two it is; false: another kind. */
static bool known_kind(EVP_PKEY *key, bool *ed25519)
{
	char group[32];
	size_t len;
	*ed25519 = EVP_PKEY_is_a(key, "ED25519") == 1;
	if (*ed25519)
		return true;
	return EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_utf8_string_param(
		       key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), &len) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

int signature_key_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct signature_key **out, struct digest *file, struct diags *d)
{
	static const char hint[] = "cosign writes it as cosign.pub";
	struct signature_key *k = ARENA_NEW(a, struct signature_key);
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	if (len > PEM_MAX)
		return fail(d, KIND_INPUT, hint, "%s is larger than a public key", what);
	if (strstr(text, "PRIVATE KEY-----"))
		return fail(d, KIND_INPUT,
			"name the public key, and keep the private one elsewhere",
			"%s is a private key", what);
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	k->key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	if (!k->key)
		return fail(d, KIND_INPUT, hint, "%s is no public key in PEM", what);
	if (!known_kind(k->key, &k->ed25519)) {
		EVP_PKEY_free(k->key);
		return fail(d, KIND_INPUT, "use a key of cosign's: ECDSA on P-256, or Ed25519",
			"%s is a public key of another kind", what);
	}
	hasher_add(h, text, len);
	hasher_take(h, file);
	*out = k;
	return 0;
}

void signature_key_drop(struct signature_key **k)
{
	if (*k)
		EVP_PKEY_free((*k)->key);
	*k = NULL;
}

/* Strict base64; 0: it is none, or too long. */
static size_t decode(const char *text, unsigned char out[SIGNATURE_MAX])
{
	size_t len = strlen(text), padding = 0;
	if (!len || len % 4 || len / 4 * 3 > SIGNATURE_MAX)
		return 0;
	while (padding < 2 && text[len - 1 - padding] == '=')
		padding++;
	int n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	return n < (int)padding ? 0 : (size_t)n - padding;
}

bool signature_holds(
	const struct signature_key *k, const char *signature, const void *payload, size_t len)
{
	unsigned char bytes[SIGNATURE_MAX];
	size_t size = decode(signature, bytes);
	EVP_MD_CTX *ctx = size ? EVP_MD_CTX_new() : NULL;
	bool holds = ctx &&
		     EVP_DigestVerifyInit(
			     ctx, NULL, k->ed25519 ? NULL : EVP_sha256(), NULL, k->key) == 1 &&
		     EVP_DigestVerify(ctx, bytes, size, payload, len) == 1;
	EVP_MD_CTX_free(ctx);
	return holds;
}
