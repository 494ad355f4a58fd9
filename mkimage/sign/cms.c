#include "mkimage/sign/sign_impl.h"

#include <string.h>

/* Object identifiers in DER, with what stands beside them in an AlgorithmIdentifier. */
#define OID_SIGNED_DATA	   "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_DATA	   "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_CONTENT_TYPE   "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define OID_MESSAGE_DIGEST "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"
#define SHA256		   "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
#define RSA		   "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"

enum { SMALL = 4096 };

static void put(struct der *w, struct bytes b)
{
	der_raw(w, b.at, b.len);
}

/* SET OF in DER's order: the shorter attribute comes first. */
static struct bytes attributes(struct arena *a, const struct cms *c)
{
	struct der w = der_new(a, SMALL);
	size_t all = der_mark(&w), end = all;
	der_tlv(&w, DER_OCTETS, c->digest.bytes, SHA256_LEN);
	der_wrap(&w, DER_SET, end);
	put(&w, BYTES(OID_MESSAGE_DIGEST));
	der_wrap(&w, DER_SEQUENCE, end);
	end = der_mark(&w);
	put(&w, c->type);
	der_wrap(&w, DER_SET, end);
	put(&w, BYTES(OID_CONTENT_TYPE));
	der_wrap(&w, DER_SEQUENCE, end);
	der_wrap(&w, DER_SET, all);
	return (struct bytes){ w.buf + w.at, w.cap - w.at };
}

/* X509's own bytes for the issuer's name and the serial number. */
static int put_issuer(struct der *w, const struct signer *s, struct diags *d)
{
	unsigned char *serial = NULL, *name = NULL;
	int serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(s->certificate), &serial);
	int name_len = i2d_X509_NAME(X509_get_issuer_name(s->certificate), &name);
	size_t end = der_mark(w);
	int rc = 0;
	if (serial_len > 0 && name_len > 0) {
		der_raw(w, serial, (size_t)serial_len);
		der_raw(w, name, (size_t)name_len);
		der_wrap(w, DER_SEQUENCE, end);
	} else {
		rc = fail(d, KIND_SYSTEM, NULL, "libcrypto cannot encode the certificate's issuer");
	}
	OPENSSL_free(serial);
	OPENSSL_free(name);
	return rc;
}

static int put_signer_info(struct der *w, const struct signer *s, const struct cms *c,
	struct bytes attrs, struct bytes signature, struct diags *d)
{
	size_t end = der_mark(w);
	der_tlv(w, DER_OCTETS, signature.at, signature.len);
	put(w, BYTES(RSA));
	if (c->attributes) { /* signed as a SET, stored with an implicit tag */
		put(w, attrs);
		w->buf[w->at] = DER_CONTEXT;
	}
	put(w, BYTES(SHA256));
	if (put_issuer(w, s, d) < 0)
		return -1;
	der_tlv(w, DER_INTEGER, "\x01", 1);
	der_wrap(w, DER_SEQUENCE, end);
	der_wrap(w, DER_SET, end);
	return 0;
}

int cms_sign(struct arena *a, const struct signer *s, const struct cms *c, struct bytes *out,
	struct diags *d)
{
	struct bytes attrs = { NULL, 0 }, signature;
	struct digest g = c->digest;
	if (c->attributes) {
		attrs = attributes(a, c);
		digest_of(DIGEST_SHA256, attrs.at, attrs.len, &g);
	}
	if (signer_sign(a, s, &g, &signature, d) < 0)
		return -1;
	/* The issuer's name is part of the certificate. */
	struct der w = der_new(a, SMALL + c->content.len + 2 * s->certificate_der.len + RSA_MAX);
	size_t all = der_mark(&w);
	if (put_signer_info(&w, s, c, attrs, signature, d) < 0)
		return -1;
	der_tlv(&w, DER_CONTEXT, s->certificate_der.at, s->certificate_der.len);
	size_t end = der_mark(&w);
	if (c->content.len) {
		put(&w, c->content);
		der_wrap(&w, DER_CONTEXT, end);
	}
	put(&w, c->type);
	der_wrap(&w, DER_SEQUENCE, end);
	end = der_mark(&w);
	put(&w, BYTES(SHA256));
	der_wrap(&w, DER_SET, end);
	der_tlv(&w, DER_INTEGER, "\x01", 1);
	der_wrap(&w, DER_SEQUENCE, all);
	if (c->wrapped) {
		der_wrap(&w, DER_CONTEXT, all);
		put(&w, BYTES(OID_SIGNED_DATA));
		der_wrap(&w, DER_SEQUENCE, all);
	}
	*out = (struct bytes){ w.buf + w.at, w.cap - w.at };
	return 0;
}

int sign_detached(struct arena *a, const struct signer *s, const struct digest *content,
	struct bytes *out, struct diags *d)
{
	struct cms c = {
		.type = BYTES(OID_DATA), .digest = *content, .attributes = true, .wrapped = true
	};
	return cms_sign(a, s, &c, out, d);
}

int sign_module(struct arena *a, const struct signer *s, const struct digest *content,
	struct bytes *out, struct diags *d)
{
	static const char mark[] = "~Module signature appended~\n";
	/* struct module_signature: all zero but the kind, PKCS #7, and the length behind it. */
	uint8_t about[12] = { [2] = 2 };
	struct cms c = { .type = BYTES(OID_DATA), .digest = *content, .wrapped = true };
	struct bytes signature;
	if (cms_sign(a, s, &c, &signature, d) < 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		about[8 + i] = (uint8_t)(signature.len >> (24 - 8 * i));
	struct der w = der_new(a, signature.len + sizeof(about) + sizeof(mark));
	der_raw(&w, mark, sizeof(mark) - 1);
	der_raw(&w, about, sizeof(about));
	der_raw(&w, signature.at, signature.len);
	*out = (struct bytes){ w.buf + w.at, w.cap - w.at };
	return 0;
}

int sign_variable(struct arena *a, const struct signer *s, const struct digest *content,
	struct bytes *out, struct diags *d)
{
	struct cms c = { .type = BYTES(OID_DATA), .digest = *content };
	return cms_sign(a, s, &c, out, d);
}
