#include "mkimage/sign/sign_impl.h"

#include "base/fd.h"
#include "base/spawn.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <unistd.h>

enum { PEM_MAX = 64 << 10, KEY_BITS = 2048 };

static BIO *open_pem(struct arena *a, const char *path, struct diags *d)
{
	char *text;
	size_t len;
	if (access(path, R_OK) < 0) {
		(void)fail(d, KIND_INPUT, "`slipway keys` makes keys and certificates",
			"cannot read \"%s\": %s", path, strerror(errno));
		return NULL;
	}
	if (file_read(a, path, PEM_MAX, &text, &len, d) < 0)
		return NULL;
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	if (!bio)
		(void)fail(d, KIND_SYSTEM, NULL, "memory runs out while \"%s\" is read", path);
	return bio;
}

static int read_certificate(struct arena *a, const char *path, struct signer *s, struct diags *d)
{
	BIO *bio = open_pem(a, path, d);
	if (!bio)
		return -1;
	s->certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (!s->certificate)
		return fail(d, KIND_INPUT, "`slipway keys` makes one",
			"the file \"%s\" is no certificate in PEM", path);
	unsigned char *der = NULL;
	int len = i2d_X509(s->certificate, &der);
	EVP_PKEY *key = X509_get0_pubkey(s->certificate);
	if (len > 0)
		s->certificate_der = (struct bytes){
			memcpy(arena_alloc(a, (size_t)len), der, (size_t)len), (size_t)len
		};
	OPENSSL_free(der);
	if (len <= 0 || !key || EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) < KEY_BITS)
		return fail(d, KIND_INPUT,
			"firmware knows RSA of 2048 bits or more alone; `slipway keys` makes one",
			"the certificate \"%s\" has a key that Secure Boot cannot check", path);
	return 0;
}

/* Nobody is asked for a passphrase: a build has no terminal. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(bool *)ctx = true;
	return -1;
}

static int read_key(struct arena *a, const char *path, struct signer *s, struct diags *d)
{
	bool locked = false;
	BIO *bio = open_pem(a, path, d);
	if (!bio)
		return -1;
	s->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &locked);
	BIO_free(bio);
	if (s->key)
		return 0;
	if (locked)
		return fail(d, KIND_INPUT,
			"keep it in a token (key: pkcs11:...), or name a program (command:) that asks",
			"the private key \"%s\" is protected by a passphrase", path);
	return fail(d, KIND_INPUT, "`slipway keys` makes one",
		"the file \"%s\" is no private key in PEM", path);
}

static int ask_command(struct arena *a, const struct signer *s, const struct digest *g,
	uint8_t out[RSA_MAX], size_t *len, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE], *answer;
	struct spawn run = { .argv = s->command, .input = digest_hex(g, text) };
	size_t size, n = 0;
	if (spawn_run(a, &run, RSA_MAX * 2, &answer, &size, d) < 0)
		return fail_ctx(d, "asking the program of sign: for a signature");
	for (size_t i = 0; i < size; i++)
		if (!strchr(" \t\r\n", answer[i]))
			answer[n++] = answer[i];
	int got = n && n % 4 == 0 && n / 4 * 3 <= RSA_MAX
			  ? EVP_DecodeBlock(out, (const unsigned char *)answer, (int)n)
			  : -1;
	if (got < 2)
		return fail(d, KIND_INPUT,
			"it gets a SHA-256 in hex on stdin, and prints the RSA signature in base64",
			"the program of sign: prints no signature");
	*len = (size_t)got - (answer[n - 1] == '=') - (answer[n - 2] == '=');
	return 0;
}

static int use_key(EVP_PKEY *key, const struct digest *g, uint8_t out[RSA_MAX], size_t *len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	*len = RSA_MAX;
	int ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
		 EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		 EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		 EVP_PKEY_sign(ctx, out, len, g->bytes, SHA256_LEN) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -1;
}

bool rsa_holds(X509 *by, const struct digest *g, const uint8_t *bytes, size_t len)
{
	EVP_PKEY *key = X509_get0_pubkey(by);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_verify_init(ctx) == 1 &&
		  EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		  EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		  EVP_PKEY_verify(ctx, bytes, len, g->bytes, SHA256_LEN) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static struct bytes made_before(struct arena *a, const struct signer *s, const struct digest *g)
{
	size_t len = (size_t)EVP_PKEY_get_size(X509_get0_pubkey(s->certificate));
	vec_each (struct bytes, b, s->known)
		if (rsa_holds(s->certificate, g, b->at, b->len))
			return *b;
	return (struct bytes){ memset(arena_alloc(a, len), 0, len), len };
}

int signer_sign(struct arena *a, const struct signer *s, const struct digest *g, struct bytes *out,
	struct diags *d)
{
	if (s->known) {
		*out = made_before(a, s, g);
		return 0;
	}
	uint8_t *bytes = arena_alloc(a, RSA_MAX);
	size_t len;
	if (!s->key && ask_command(a, s, g, bytes, &len, d) < 0)
		return -1;
	if (s->key && use_key(s->key, g, bytes, &len) < 0)
		return fail(d, KIND_SYSTEM, "see that it is an RSA key that may sign",
			"the key of sign: does not sign");
	if (!rsa_holds(s->certificate, g, bytes, len))
		return fail(d, KIND_INPUT, "name the certificate that was made for this key",
			"the signature does not fit the certificate of sign:");
	*out = (struct bytes){ bytes, len };
	return 0;
}

int signer_new(struct arena *a, const char *certificate, struct signer **out, struct diags *d)
{
	AUTO_SIGNER s = calloc(1, sizeof(*s));
	if (!s)
		return fail(d, KIND_SYSTEM, NULL, "memory runs out");
	if (read_certificate(a, certificate, s, d) < 0)
		return -1;
	*out = s;
	s = NULL;
	return 0;
}

int signer_use(struct arena *a, struct signer *s, const struct sign_key *k, struct diags *d)
{
	struct digest trial;
	struct bytes signature;
	s->command = k->command;
	if (k->file && (strncmp(k->file, "pkcs11:", 7) == 0 ? signer_open_token(s, k->file, d)
							    : read_key(a, k->file, s, d)) < 0)
		return -1;
	digest_of(DIGEST_SHA256, "slipway", 7, &trial);
	return signer_sign(a, s, &trial, &signature, d);
}

void signer_know(struct signer *s, const struct signatures *known)
{
	s->known = known;
}

void signer_certificate(const struct signer *s, const uint8_t **der, size_t *len)
{
	*der = s->certificate_der.at;
	*len = s->certificate_der.len;
}

void signer_drop(struct signer **s)
{
	if (!*s)
		return;
	EVP_PKEY_free((*s)->key);
	signer_close_token(*s);
	X509_free((*s)->certificate);
	free(*s);
	*s = NULL;
}
