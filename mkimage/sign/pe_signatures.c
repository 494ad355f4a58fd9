/* Authenticode signatures that are there. */
#include "mkimage/sign/sign_impl.h"

#include "base/endian.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <string.h>

enum {
	CERTIFICATES_MAX = 256 << 10, /* of one image */
	SIGNATURES_MAX = 16,
	HEADER = 8,
	ALIGN = 8,
	PKCS_SIGNED_DATA = 2
};

/* SpcIndirectDataContent: a sequence that ends with the image's digest. */
static bool is_of(const PKCS7 *p, const struct digest *image, struct bytes *content)
{
	static const char oid[] = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04";
	const PKCS7 *inside = p->d.sign->contents;
	/* The union has an ASN1_TYPE for the types alone that libcrypto does not know. */
	if (!inside || OBJ_length(inside->type) != sizeof(oid) - 1 ||
		memcmp(OBJ_get0_data(inside->type), oid, sizeof(oid) - 1) != 0)
		return false;
	const ASN1_TYPE *t = inside->d.other;
	if (!t || t->type != V_ASN1_SEQUENCE)
		return false;
	const unsigned char *at = t->value.sequence->data;
	long len;
	int tag, class, all = t->value.sequence->length;
	if ((ASN1_get_object(&at, &len, &tag, &class, all) & 0x80) || len < SHA256_LEN)
		return false;
	*content = (struct bytes){ at, (size_t)len };
	return memcmp(at + len - SHA256_LEN, image->bytes, SHA256_LEN) == 0;
}

/*
 * The content's digest is an attribute, and the attributes are signed. Not by PKCS7_verify, which
 * leaks BIOs (OpenSSL 3.0) when it refuses. Whether the certificate is trusted is for who reads its
 * name.
 */
static bool holds(const PKCS7_SIGNER_INFO *info, X509 *by, struct bytes content)
{
	unsigned char *attributes = NULL;
	struct digest g;
	const ASN1_TYPE *said = PKCS7_get_signed_attribute(info, NID_pkcs9_messageDigest);
	digest_of(DIGEST_SHA256, content.at, content.len, &g);
	if (!said || said->type != V_ASN1_OCTET_STRING ||
		said->value.octet_string->length != SHA256_LEN ||
		memcmp(said->value.octet_string->data, g.bytes, SHA256_LEN) != 0)
		return false;
	int len = ASN1_item_i2d((const ASN1_VALUE *)info->auth_attr, &attributes,
		ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
	if (len <= 0)
		return false;
	digest_of(DIGEST_SHA256, attributes, (size_t)len, &g);
	OPENSSL_free(attributes);
	return rsa_holds(by, &g, info->enc_digest->data, (size_t)info->enc_digest->length);
}

static struct bytes copied(struct arena *a, const unsigned char *bytes, int len)
{
	return (struct bytes){ memcpy(arena_alloc(a, (size_t)len), bytes, (size_t)len),
		(size_t)len };
}

static void describe(struct arena *a, X509 *x, struct pe_signature *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	char *line = NULL;
	int len = i2d_X509(x, &der);
	out->name = "";
	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(x), 0, XN_FLAG_RFC2253) > 0) {
		long n = BIO_get_mem_data(bio, &line);
		out->name = arena_strn(a, line, (size_t)n);
	}
	BIO_free(bio);
	if (len > 0)
		digest_of(DIGEST_SHA256, der, (size_t)len, &out->certificate);
	OPENSSL_free(der);
}

static void add(struct arena *a, const struct digest *image, const unsigned char *der, long len,
	struct pe_signatures *out)
{
	PKCS7 *p = d2i_PKCS7(NULL, &der, len);
	STACK_OF(X509) *who = NULL;
	if (p && PKCS7_type_is_signed(p) && p->d.sign)
		who = PKCS7_get0_signers(p, NULL, 0);
	PKCS7_SIGNER_INFO *info = who ? sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p), 0)
				      : NULL;
	if (info && info->enc_digest && sk_X509_num(who) > 0) {
		struct pe_signature s = { 0 };
		struct bytes content;
		describe(a, sk_X509_value(who, 0), &s);
		s.rsa = copied(a, info->enc_digest->data, info->enc_digest->length);
		s.holds = is_of(p, image, &content) && holds(info, sk_X509_value(who, 0), content);
		vec_push(a, out, s);
	}
	sk_X509_free(who);
	PKCS7_free(p);
	ERR_clear_error();
}

int pe_signatures(
	struct arena *a, const struct pe_source *from, struct pe_signatures *out, struct diags *d)
{
	uint64_t table;
	size_t len;
	struct digest image;
	if (pe_certificates(a, from, &table, &len, d) < 0 || pe_digest(a, from, &image, d) < 0)
		return -1;
	if (len > CERTIFICATES_MAX)
		return fail(d, KIND_INPUT, NULL, "a PE image has %zu bytes of certificates", len);
	uint8_t *b = arena_alloc(a, len + 1);
	if (from->read(from->ctx, table, b, len) != (ssize_t)len)
		return fail_sys(d, errno, "cannot read a PE image");
	for (size_t at = 0; len - at >= HEADER && out->len < SIGNATURES_MAX;) {
		size_t size = get_le32(b + at);
		if (size < HEADER || size > len - at)
			break;
		if (get_le16(b + at + 6) == PKCS_SIGNED_DATA)
			add(a, &image, b + at + HEADER, (long)(size - HEADER), out);
		size = (size + ALIGN - 1) / ALIGN * ALIGN;
		at += size < len - at ? size : len - at;
	}
	return 0;
}
