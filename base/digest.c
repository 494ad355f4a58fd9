#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	size_t len;
} algs[] = {
	[DIGEST_SHA256] = { "sha256", 32 },
	[DIGEST_SHA512] = { "sha512", 64 },
};

const char *digest_alg_name(enum digest_alg alg)
{
	return algs[alg].name;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int digest_parse(const char *text, struct digest *out)
{
	const char *colon = strchr(text, ':');
	if (!colon)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		size_t n = strlen(algs[i].name);
		if ((size_t)(colon - text) != n || memcmp(text, algs[i].name, n) != 0)
			continue;
		const char *hex = colon + 1;
		if (strlen(hex) != algs[i].len * 2)
			return -1;
		struct digest g = { .alg = (enum digest_alg)i };
		for (size_t b = 0; b < algs[i].len; b++) {
			int hi = hex_value(hex[2 * b]), lo = hex_value(hex[2 * b + 1]);
			if (hi < 0 || lo < 0)
				return -1;
			g.bytes[b] = (uint8_t)(hi << 4 | lo);
		}
		*out = g;
		return 0;
	}
	return -1;
}

const char *digest_text(const struct digest *g, char out[DIGEST_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	int n = snprintf(out, DIGEST_TEXT_SIZE, "%s:", algs[g->alg].name);
	char *p = out + n;
	for (size_t i = 0; i < algs[g->alg].len; i++) {
		*p++ = hex[g->bytes[i] >> 4];
		*p++ = hex[g->bytes[i] & 15];
	}
	*p = '\0';
	return out;
}

const char *digest_hex(const struct digest *g, char out[DIGEST_TEXT_SIZE])
{
	return strchr(digest_text(g, out), ':') + 1;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->alg == b->alg && memcmp(a->bytes, b->bytes, algs[a->alg].len) == 0;
}

struct hasher {
	EVP_MD_CTX *ctx;
	enum digest_alg alg;
};

static const EVP_MD *evp_of(enum digest_alg alg)
{
	return alg == DIGEST_SHA512 ? EVP_sha512() : EVP_sha256();
}

/* libcrypto fails here only without memory or without the algorithm: nothing a caller could mend.
 */
static void must(int ok)
{
	if (ok != 1) {
		fputs("slipway: error: libcrypto cannot compute a digest\n"
		      "hint: it is out of memory, or built without SHA-2\n",
			stderr);
		exit(3);
	}
}

struct hasher *hasher_new(enum digest_alg alg)
{
	struct hasher *h = calloc(1, sizeof(*h));
	must(h != NULL);
	/* Without memory, libcrypto's first use would follow a null pointer. */
	must(OSSL_LIB_CTX_get0_global_default() != NULL);
	h->alg = alg;
	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL);
	must(EVP_DigestInit_ex(h->ctx, evp_of(alg), NULL));
	return h;
}

void hasher_add(struct hasher *h, const void *bytes, size_t len)
{
	must(EVP_DigestUpdate(h->ctx, bytes, len));
}

void hasher_take(struct hasher *h, struct digest *out)
{
	*out = (struct digest){ .alg = h->alg };
	unsigned len;
	must(EVP_DigestFinal_ex(h->ctx, out->bytes, &len));
	/* The algorithm that it has: looking one up costs as much as hashing 1 KB. */
	must(EVP_DigestInit_ex(h->ctx, NULL, NULL));
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void digest_of(enum digest_alg alg, const void *bytes, size_t len, struct digest *out)
{
	AUTO_HASHER h = hasher_new(alg);
	hasher_add(h, bytes, len);
	hasher_take(h, out);
}

void digest_uuid(const struct digest *g, char out[UUID_TEXT_SIZE])
{
	uint8_t u[16];
	memcpy(u, g->bytes, sizeof(u));
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x80);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	snprintf(out, UUID_TEXT_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
		u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		u[15]);
}
