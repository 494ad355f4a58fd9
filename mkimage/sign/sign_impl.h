/* DER (X.690), written from its end to its start: every length is known when it is written. */
#ifndef SIGN_SIGN_IMPL_H
#define SIGN_SIGN_IMPL_H

#include "mkimage/sign/sign.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0xa0, /* constructed; + number */
	SHA256_LEN = 32,
	RSA_MAX = 1024, /* bytes of a signature */
};

struct der {
	uint8_t *buf;
	size_t cap, at; /* what is written lies at [at, cap) */
};

struct der der_new(struct arena *a, size_t cap);
/* In front of what is there. Beyond cap is a bug: callers know their sizes. */
void der_raw(struct der *w, const void *bytes, size_t len);
void der_tlv(struct der *w, uint8_t tag, const void *bytes, size_t len);
/* Tag and length in front of all that was written since `end` = der_mark. */
size_t der_mark(const struct der *w);
void der_wrap(struct der *w, uint8_t tag, size_t end);

struct signer {
	X509 *certificate;
	struct bytes certificate_der;
	EVP_PKEY *key; /* NULL: the command signs */
	void *engine;  /* keeps the token open; or NULL */
	struct strings command;
	const struct signatures *known; /* NULL: the key or the command signs */
};
/* Where the certificates of a PE image are; len 0: there are none. KIND_INPUT: no PE image. */
CHECK int pe_certificates(
	struct arena *a, const struct pe_source *from, uint64_t *at, size_t *len, struct diags *d);

/* PKCS#1 v1.5 over a SHA-256. */
CHECK int signer_sign(struct arena *a, const struct signer *s, const struct digest *g,
	struct bytes *out, struct diags *d);
CHECK int signer_open_token(struct signer *s, const char *uri, struct diags *d);
void signer_close_token(struct signer *s);

/* PKCS#1 v1.5, by the certificate's key. */
bool rsa_holds(X509 *by, const struct digest *g, const uint8_t *bytes, size_t len);

/* One SignedData with one signer. */
struct cms {
	struct bytes type;    /* the content's type, as a DER OID */
	struct bytes content; /* its DER value, to be inside; or len 0: detached */
	struct digest digest; /* of what is signed */
	bool attributes;      /* sign contentType and messageDigest instead of the digest itself */
	bool wrapped;	      /* in a ContentInfo */
};
CHECK int cms_sign(struct arena *a, const struct signer *s, const struct cms *c, struct bytes *out,
	struct diags *d);

#define BYTES(literal) ((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

#endif
