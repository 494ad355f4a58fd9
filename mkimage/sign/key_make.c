#include "mkimage/sign/keys.h"
#include "mkimage/sign/sign_impl.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

/* What every firmware takes; some refuses more. */
enum { KEY_BITS = 2048 };

static int add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	int ok = e && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

/* The serial number follows from the key. */
static int set_serial(X509 *x, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	struct digest g;
	if (len <= 0)
		return 0;
	digest_of(DIGEST_SHA256, der, (size_t)len, &g);
	OPENSSL_free(der);
	g.bytes[0] = (uint8_t)((g.bytes[0] & 0x7f) | 0x40); /* positive, of 16 bytes */
	BIGNUM *n = BN_bin2bn(g.bytes, 16, NULL);
	int ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return ok;
}

static int fill(X509 *x, EVP_PKEY *key, const char *name)
{
	X509_NAME *n = X509_get_subject_name(x);
	return X509_set_version(x, 2) && set_serial(x, key) &&
	       X509_NAME_add_entry_by_txt(
		       n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) &&
	       X509_set_issuer_name(x, n) &&
	       ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20000101000000Z") &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "99991231235959Z") &&
	       X509_set_pubkey(x, key) &&
	       add_extension(x, NID_basic_constraints, "critical,CA:TRUE") &&
	       add_extension(x, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

static struct bytes taken(struct arena *a, BIO *bio)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);
	return (struct bytes){ memcpy(arena_alloc(a, (size_t)len), text, (size_t)len),
		(size_t)len };
}

int key_make(struct arena *a, const char *name, struct bytes *key, struct bytes *certificate,
	struct diags *d)
{
	EVP_PKEY *k = EVP_RSA_gen(KEY_BITS);
	X509 *x = X509_new();
	BIO *k_pem = BIO_new(BIO_s_mem()), *x_pem = BIO_new(BIO_s_mem());
	int ok = k && x && k_pem && x_pem && fill(x, k, name) &&
		 PEM_write_bio_PrivateKey(k_pem, k, NULL, NULL, 0, NULL, NULL) == 1 &&
		 PEM_write_bio_X509(x_pem, x) == 1;
	if (ok) {
		*key = taken(a, k_pem);
		*certificate = taken(a, x_pem);
	}
	BIO_free(k_pem);
	BIO_free(x_pem);
	X509_free(x);
	EVP_PKEY_free(k);
	if (!ok)
		return fail(d, KIND_INPUT, "take a name of at most 64 characters",
			"libcrypto makes no key with a certificate for \"%s\"", name);
	return 0;
}
