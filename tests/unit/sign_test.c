/* Signatures, judged by libcrypto's CMS and by sbverify. */
#include "tests/unit/disk_test.h"

#include "mkimage/sign/keys.h"
#include "mkimage/sign/sign_impl.h"

#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/pem.h>

#define REAL_STUB "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"

/* Making an RSA key takes a while: one for all tests. */
static struct bytes key_pem, certificate_pem, other_pem;

static int make_keys(void **state)
{
	static struct arena *a;
	struct diags d;
	struct bytes ignored;
	(void)state;
	a = arena_new();
	diags_init(&d, a);
	return key_make(a, "test key", &key_pem, &certificate_pem, &d) |
	       key_make(a, "other key", &ignored, &other_pem, &d);
}

struct options {
	const char *certificate;
	struct sign_key key;
};

static struct options sign_keys(struct image *m)
{
	return (struct options){
		.key = { .file = write_bytes(m, "db.key", key_pem.at, key_pem.len) },
		.certificate = write_bytes(m, "db.crt", certificate_pem.at, certificate_pem.len),
	};
}

static int open_signer(struct image *m, const struct options *o, struct signer **out)
{
	signer_drop(out);
	return signer_new(m->mem, o->certificate, out, &m->d) < 0
		       ? -1
		       : signer_use(m->mem, *out, &o->key, &m->d);
}

static void cms_holds(struct bytes signature, const void *content, size_t len)
{
	const unsigned char *p = signature.at;
	BIO *text = BIO_new_mem_buf(content, (int)len);
	BIO *pem = BIO_new_mem_buf(certificate_pem.at, (int)certificate_pem.len);
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)signature.len);
	X509 *x = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	X509_STORE *trusted = X509_STORE_new();
	assert_non_null(cms);
	assert_non_null(x);
	assert_ptr_equal(p, signature.at + signature.len);
	X509_STORE_add_cert(trusted, x);
	X509_STORE_set_purpose(trusted, X509_PURPOSE_ANY);
	assert_int_equal(CMS_verify(cms, NULL, trusted, text, NULL, CMS_DETACHED | CMS_BINARY), 1);
	(void)BIO_reset(text);
	BIO *wrong = BIO_new_mem_buf("something else", -1);
	assert_int_equal(CMS_verify(cms, NULL, trusted, wrong, NULL, CMS_DETACHED | CMS_BINARY), 0);
	BIO_free(wrong);
	BIO_free(text);
	BIO_free(pem);
	X509_free(x);
	X509_STORE_free(trusted);
	CMS_ContentInfo_free(cms);
}

static void detached(void **state)
{
	struct image *m = *state;
	static const char text[] = "the root hash";
	const struct options o = sign_keys(m);
	AUTO_SIGNER s = NULL;
	struct bytes one, two;
	struct digest g;
	OK(open_signer(m, &o, &s));
	digest_of(DIGEST_SHA256, text, strlen(text), &g);
	OK(sign_detached(m->mem, s, &g, &one, &m->d));
	OK(sign_detached(m->mem, s, &g, &two, &m->d));
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.at, two.at, one.len);
	cms_holds(one, text, strlen(text));
}

/* Signature, struct module_signature of Linux, mark. The kernel takes none with attributes. */
static void module(void **state)
{
	struct image *m = *state;
	static const char text[] = "a module", mark[] = "~Module signature appended~\n";
	const struct options o = sign_keys(m);
	AUTO_SIGNER s = NULL;
	struct bytes out;
	struct digest g;
	OK(open_signer(m, &o, &s));
	digest_of(DIGEST_SHA256, text, strlen(text), &g);
	OK(sign_module(m->mem, s, &g, &out, &m->d));
	size_t len = out.len - (sizeof(mark) - 1) - 12;
	const uint8_t *about = out.at + len;
	assert_memory_equal(about + 12, mark, sizeof(mark) - 1);
	assert_memory_equal(about, "\0\0\2\0\0\0\0\0\0\0", 10);
	assert_int_equal(about[10] << 8 | about[11], len);
	cms_holds((struct bytes){ out.at, len }, text, strlen(text));
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &out.at, (long)len);
	STACK_OF(CMS_SignerInfo) *by = CMS_get0_SignerInfos(cms);
	assert_int_equal(CMS_signed_get_attr_count(sk_CMS_SignerInfo_value(by, 0)), -1);
	CMS_ContentInfo_free(cms);
}

static int finish(void *ctx, struct out *to, uint64_t start, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	return sign_pe(a, ctx, to, start, d);
}

static ssize_t read_out(const void *ctx, uint64_t at, void *buf, size_t len)
{
	return pread(*(const int *)ctx, buf, len, (off_t)at);
}

static int digest(struct image *m, const struct out *o, struct digest *g)
{
	int fd = out_fd(o);
	const struct pe_source from = { read_out, &fd, out_size(o) };
	return pe_digest(m->mem, &from, g, &m->d);
}

static void signed_by(struct image *m, const char *name, bool holds)
{
	struct pe_signatures list = { 0 };
	int fd = open(image_path(m, name), O_RDONLY | O_CLOEXEC);
	const struct pe_source from = { read_out, &fd, (uint64_t)lseek(fd, 0, SEEK_END) };
	OK(pe_signatures(m->mem, &from, &list, &m->d));
	assert_int_equal(list.len, 1);
	assert_string_equal(list.items[0].name, "CN=test key");
	assert_int_equal(list.items[0].holds, holds);
	assert_int_equal(list.items[0].rsa.len, 256);
	close(fd);
}

static void uki(void **state)
{
	struct image *m = *state;
	const struct options o = sign_keys(m);
	AUTO_SIGNER s = NULL;
	AUTO_OUT to = NULL;
	struct digest before, after;
	if (access(REAL_STUB, R_OK) < 0) {
		print_message("no %s on this machine\n", REAL_STUB);
		skip();
	}
	OK(open_signer(m, &o, &s));
	struct uki_options u = { .stub = REAL_STUB, .cmdline = "quiet", .os_release = "ID=x\n" };
	make_payload(m, &u.kernel, &u.initrd);
	OK(out_create(image_path(m, "plain.efi"), 0644, &to, &m->d));
	OK(uki_write(m->mem, &u, to, &m->d));
	OK(digest(m, to, &before));
	OK(out_commit(&to, &m->d));
	u.finish = finish;
	u.finish_ctx = s;
	OK(out_create(image_path(m, "signed.efi"), 0644, &to, &m->d));
	OK(uki_write(m->mem, &u, to, &m->d));
	OK(digest(m, to, &after));
	assert_true(digest_equal(&before, &after));
	assert_int_equal(sign_pe(m->mem, s, to, 0, &m->d), -1); /* twice */
	OK(out_commit(&to, &m->d));
	assert_non_null(strstr(
		TOOL("sbverify", "--cert", "db.crt", "signed.efi"), "Signature verification OK"));
	signed_by(m, "signed.efi", true);
	write_bytes(m, "other.crt", other_pem.at, other_pem.len);
	const char *script =
		"! sbverify --cert other.crt signed.efi && ! sbverify --cert db.crt "
		"plain.efi && printf x | dd of=signed.efi bs=1 seek=90000 conv=notrunc "
		"&& ! sbverify --cert db.crt signed.efi";
	TOOL("sh", "-c", script);
	signed_by(m, "signed.efi", false);
}

/* Without the key: what was signed before is found again, and nothing else. */
static void known(void **state)
{
	struct image *m = *state;
	const struct options o = sign_keys(m);
	AUTO_SIGNER s = NULL;
	AUTO_SIGNER again = NULL;
	struct digest g, other;
	struct bytes one, two;
	struct signatures list = { 0 };
	OK(open_signer(m, &o, &s));
	digest_of(DIGEST_SHA256, "a", 1, &g);
	digest_of(DIGEST_SHA256, "b", 1, &other);
	OK(signer_sign(m->mem, s, &g, &one, &m->d));
	vec_push(m->mem, &list, one);
	OK(signer_new(m->mem, o.certificate, &again, &m->d));
	signer_know(again, &list);
	OK(signer_sign(m->mem, again, &g, &two, &m->d));
	assert_memory_equal(one.at, two.at, one.len);
	OK(signer_sign(m->mem, again, &other, &two, &m->d));
	assert_int_equal(two.len, one.len);
	assert_int_equal(two.at[0] | two.at[100] | two.at[255], 0);
}

static void command(void **state)
{
	struct image *m = *state;
	struct options o = sign_keys(m);
	const char *argv[] = { "sh", "-c", "cat >/dev/null; echo QUJDRA==" };
	AUTO_SIGNER s = NULL;
	o.key.file = NULL;
	o.key.command = (struct strings){ argv, 3, 3 };
	assert_int_equal(open_signer(m, &o, &s), -1);
	assert_non_null(strstr(m->d.last->what, "does not fit the certificate"));
	argv[2] = "echo no base64!";
	assert_int_equal(open_signer(m, &o, &s), -1);
	assert_non_null(strstr(m->d.last->what, "prints no signature"));
	argv[2] = "exit 3";
	assert_int_equal(open_signer(m, &o, &s), -1);
}

static void refusals(void **state)
{
	struct image *m = *state;
	struct options o = sign_keys(m);
	const char *right = o.certificate;
	AUTO_SIGNER s = NULL;
	o.certificate = write_bytes(m, "other.crt", other_pem.at, other_pem.len);
	assert_int_equal(open_signer(m, &o, &s), -1);
	assert_non_null(strstr(m->d.last->what, "does not fit the certificate"));
	o.certificate = o.key.file;
	assert_int_equal(open_signer(m, &o, &s), -1);
	assert_non_null(strstr(m->d.last->what, "is no certificate"));
	o.certificate = right;
	o.key.file = right;
	assert_int_equal(open_signer(m, &o, &s), -1);
	assert_non_null(strstr(m->d.last->what, "is no private key"));
	o.key.file = image_path(m, "missing");
	assert_int_equal(open_signer(m, &o, &s), -1);
}

static void variables(void **state)
{
	struct image *m = *state;
	const struct options o = sign_keys(m);
	static const uint8_t stamp[16] = { 0xe7, 0x07, 11, 14, 22, 13, 20 };
	AUTO_SIGNER s = NULL;
	struct digest owner = { .bytes = { 1, 2, 3 } };
	struct bytes update;
	const uint8_t *der;
	size_t len;
	OK(open_signer(m, &o, &s));
	signer_certificate(s, &der, &len);
	struct bytes list = efi_list(m->mem, (struct bytes){ der, len }, &owner);
	OK(efi_update(m->mem, EFI_DB, s, SAMPLE_TIME, list, &update, &m->d));
	assert_memory_equal(update.at, stamp, sizeof(stamp));
	uint32_t cert = get_le32(update.at + 16);
	assert_int_equal(16 + cert + list.len, update.len);
	assert_memory_equal(update.at + 16 + cert, list.at, list.len);
	write_bytes(m, "db.esl", list.at, list.len);
	TOOL("sig-list-to-certs", "db.esl", "out");
	char *back;
	size_t back_len;
	OK(file_read(m->mem, image_path(m, "out-0.der"), 1 << 16, &back, &back_len, &m->d));
	assert_int_equal(back_len, len);
	assert_memory_equal(back, der, len);
	/* SignedData alone: with its ContentInfo in front it is a CMS of what firmware hashes. */
	size_t n = cert - 24;
	uint8_t *cms = arena_alloc(m->mem, n + 19);
	static const uint8_t oid[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 };
	memcpy(cms, (const uint8_t[]){ 0x30, 0x82, (uint8_t)((n + 15) >> 8), (uint8_t)(n + 15) },
		4);
	memcpy(cms + 4, oid, sizeof(oid));
	memcpy(cms + 15, (const uint8_t[]){ 0xa0, 0x82, (uint8_t)(n >> 8), (uint8_t)n }, 4);
	memcpy(cms + 19, update.at + 40, n);
	static const uint8_t head[] = { 'd', 0, 'b', 0, 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96,
		0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f, 0x27, 0, 0, 0 };
	uint8_t *text = arena_alloc(m->mem, sizeof(head) + 16 + list.len);
	memcpy(text, head, sizeof(head));
	memcpy(text + sizeof(head), stamp, 16);
	memcpy(text + sizeof(head) + 16, list.at, list.len);
	cms_holds((struct bytes){ cms, n + 19 }, text, sizeof(head) + 16 + list.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(detached),
		IMAGE_TEST(module),
		IMAGE_TEST(uki),
		IMAGE_TEST(known),
		IMAGE_TEST(command),
		IMAGE_TEST(refusals),
		IMAGE_TEST(variables),
	};
	return cmocka_run_group_tests(tests, make_keys, NULL);
}
