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
	const PKCS7 *inside = p->d.sign->contents;
	const ASN1_TYPE *t = inside ? inside->d.other : NULL;
	if (!t || OBJ_obj2nid(inside->type) == NID_pkcs7_data || t->type != V_ASN1_SEQUENCE)
		return false;
	const unsigned char *at = t->value.sequence->data;
	long len;
	int tag, class, all = t->value.sequence->length;
	if ((ASN1_get_object(&at, &len, &tag, &class, all) & 0x80) || len < SHA256_LEN)
		return false;
	*content = (struct bytes){ at, (size_t)len };
	return memcmp(at + len - SHA256_LEN, image->bytes, SHA256_LEN) == 0;
}

static bool holds(PKCS7 *p, struct bytes content)
{
	BIO *bio = BIO_new_mem_buf(content.at, (int)content.len);
	/* Whether the certificate is trusted is for who reads its name. */
	bool ok = bio && PKCS7_verify(p, NULL, NULL, bio, NULL, PKCS7_NOVERIFY | PKCS7_BINARY) == 1;
	BIO_free(bio);
	return ok;
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
		s.holds = is_of(p, image, &content) && holds(p, content);
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
