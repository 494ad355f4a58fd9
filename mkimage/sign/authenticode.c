#include "mkimage/sign/sign_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <string.h>

/* Offsets in "Optional Header Image (PE32+)" of Microsoft's PE format. */
enum {
	HEADERS_MAX = 64 << 10,
	COFF = 4,
	OPTIONAL = 24,
	OPTIONAL_MIN = 152, /* up to the certificate table's entry and with it */
	PE32_PLUS = 0x20b,
	HEADERS_SIZE = OPTIONAL + 60,
	CHECKSUM = OPTIONAL + 64,
	DIRECTORIES = OPTIONAL + 108,
	CERTIFICATES = OPTIONAL + 144,
	SECTION = 40,
	SECTIONS_MAX = 96,
	CERTIFICATE_HEADER = 8,
	CERTIFICATE_ALIGN = 8,
};

struct range {
	uint64_t at, len;
};

struct pe {
	uint8_t *headers;
	uint64_t size; /* of the file, without certificates */
	size_t pe;
	struct range sections[SECTIONS_MAX]; /* by their place in the file */
	size_t len;
};

static int bad_pe(const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT, NULL, "the kernel or the UKI is no PE image of UEFI: %s", why);
}

static void insert(struct pe *p, struct range r)
{
	size_t i = p->len++;
	for (; i && p->sections[i - 1].at > r.at; i--)
		p->sections[i] = p->sections[i - 1];
	p->sections[i] = r;
}

static int read_pe(struct arena *a, const struct pe_source *from, struct pe *p, struct diags *d)
{
	uint64_t size = from->size;
	size_t len = size < HEADERS_MAX ? (size_t)size : HEADERS_MAX;
	*p = (struct pe){ .headers = arena_alloc(a, HEADERS_MAX), .size = size };
	if (from->read(from->ctx, 0, p->headers, len) != (ssize_t)len)
		return fail_sys(d, errno, "cannot read a PE image");
	const uint8_t *b = p->headers;
	if (len < 64 || memcmp(b, "MZ", 2) != 0)
		return bad_pe("it does not begin with MZ", d);
	p->pe = get_le32(b + 0x3c);
	if (p->pe > len || len - p->pe < OPTIONAL + OPTIONAL_MIN ||
		memcmp(b + p->pe, "PE\0\0", 4) != 0 ||
		get_le16(b + p->pe + OPTIONAL) != PE32_PLUS ||
		get_le32(b + p->pe + DIRECTORIES) < 5)
		return bad_pe("its headers are damaged", d);
	size_t count = get_le16(b + p->pe + COFF + 2);
	size_t table = p->pe + OPTIONAL + get_le16(b + p->pe + COFF + 16);
	if (count > SECTIONS_MAX || table + count * SECTION > len ||
		get_le32(b + p->pe + HEADERS_SIZE) > size)
		return bad_pe("its sections are damaged", d);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *h = b + table + i * SECTION;
		struct range r = { get_le32(h + 20), get_le32(h + 16) };
		if (r.len && (r.at > size || r.len > size - r.at))
			return bad_pe("a section lies outside", d);
		if (r.len)
			insert(p, r);
	}
	return 0;
}

static int hash_range(
	struct hasher *h, const struct pe_source *from, uint64_t at, uint64_t len, struct diags *d)
{
	char buf[64 * 1024];
	while (len) {
		size_t want = len < sizeof(buf) ? (size_t)len : sizeof(buf);
		ssize_t n = from->read(from->ctx, at, buf, want);
		if (n != (ssize_t)want)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read a PE image");
		hasher_add(h, buf, want);
		at += want;
		len -= want;
	}
	return 0;
}

/* As firmware does it: the headers but for two fields, the sections in the order of the file, and
 * as much from the end as the sum of these does not cover. */
static int digest_pe(
	const struct pe *p, const struct pe_source *from, struct digest *out, struct diags *d)
{
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	uint64_t sum = get_le32(p->headers + p->pe + HEADERS_SIZE);
	uint64_t checksum = p->pe + CHECKSUM, entry = p->pe + CERTIFICATES;
	if (sum < entry + 8)
		return bad_pe("its headers are damaged", d);
	if (hash_range(h, from, 0, checksum, d) < 0 ||
		hash_range(h, from, checksum + 4, entry - checksum - 4, d) < 0 ||
		hash_range(h, from, entry + 8, sum - entry - 8, d) < 0)
		return -1;
	for (size_t i = 0; i < p->len; i++) {
		const struct range *r = &p->sections[i];
		if (hash_range(h, from, r->at, r->len, d) < 0)
			return -1;
		sum += r->len;
	}
	if (sum < p->size && hash_range(h, from, sum, p->size - sum, d) < 0)
		return -1;
	hasher_take(h, out);
	return 0;
}

/* Certificates at its end are not part of what they sign. */
static int find_certificates(const struct pe *p, uint64_t *at, size_t *len, struct diags *d)
{
	const uint8_t *entry = p->headers + p->pe + CERTIFICATES;
	*at = get_le32(entry);
	*len = get_le32(entry + 4);
	if (*len && (*at > p->size || *len != p->size - *at))
		return bad_pe("its certificates are not at its end", d);
	return 0;
}

int pe_certificates(
	struct arena *a, const struct pe_source *from, uint64_t *at, size_t *len, struct diags *d)
{
	struct pe p;
	return read_pe(a, from, &p, d) < 0 ? -1 : find_certificates(&p, at, len, d);
}

int pe_digest(struct arena *a, const struct pe_source *from, struct digest *out, struct diags *d)
{
	struct pe p;
	if (read_pe(a, from, &p, d) < 0)
		return -1;
	uint64_t at;
	size_t len;
	if (find_certificates(&p, &at, &len, d) < 0)
		return -1;
	p.size -= len;
	return digest_pe(&p, from, out, d);
}

/* SpcIndirectDataContent: what is signed is a PE image with this digest. */
static struct bytes indirect_data(struct arena *a, const struct digest *g)
{
	static const uint8_t what[] =
		"\x30\x17\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f" /* SPC_PE_IMAGE_DATA */
		"\x30\x09\x03\x01\x00\xa0\x04\xa2\x02\x80\x00";		   /* no flags, no file */
	static const uint8_t sha256[] =
		"\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00";
	struct der w = der_new(a, 256);
	size_t end = der_mark(&w);
	der_tlv(&w, DER_OCTETS, g->bytes, SHA256_LEN);
	der_raw(&w, sha256, sizeof(sha256) - 1);
	der_wrap(&w, DER_SEQUENCE, end);
	der_raw(&w, what, sizeof(what) - 1);
	return (struct bytes){ w.buf + w.at, w.cap - w.at };
}

static int write_table(
	struct out *image, uint64_t start, size_t pe, struct bytes signature, struct diags *d)
{
	uint8_t head[CERTIFICATE_HEADER], entry[8];
	uint64_t table = out_size(image) - start;
	size_t len = CERTIFICATE_HEADER + signature.len;
	size_t padded = (len + CERTIFICATE_ALIGN - 1) / CERTIFICATE_ALIGN * CERTIFICATE_ALIGN;
	put_le32(head, (uint32_t)padded);
	put_le16(head + 4, 0x200); /* WIN_CERT_REVISION_2_0 */
	put_le16(head + 6, 2);	   /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */
	put_le32(entry, (uint32_t)table);
	put_le32(entry + 4, (uint32_t)padded);
	if (table > UINT32_MAX - padded)
		return fail(d, KIND_INPUT, "move data out of the initrd, onto a root partition",
			"kernel and initrd are larger than the 4 GiB of a PE image");
	if (out_write(image, head, sizeof(head), d) < 0 ||
		out_write(image, signature.at, signature.len, d) < 0 ||
		out_skip(image, padded - len, d) < 0)
		return -1;
	return out_pwrite(image, entry, sizeof(entry), start + pe + CERTIFICATES, d);
}

/* The image at the end of an output. */
struct tail {
	int fd;
	uint64_t start;
};

static ssize_t read_tail(const void *ctx, uint64_t at, void *buf, size_t len)
{
	const struct tail *t = ctx;
	return fd_pread_full(t->fd, buf, len, t->start + at);
}

int sign_pe(
	struct arena *a, const struct signer *s, struct out *image, uint64_t start, struct diags *d)
{
	static const char type[] = "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04";
	struct cms c = { .type = BYTES(type), .attributes = true, .wrapped = true };
	uint64_t over = (out_size(image) - start) % CERTIFICATE_ALIGN;
	struct pe p;
	struct digest g;
	if ((over && out_skip(image, CERTIFICATE_ALIGN - over, d) < 0) || out_flush(image, d) < 0)
		return -1;
	const struct tail tail = { out_fd(image), start };
	const struct pe_source from = { read_tail, &tail, out_size(image) - start };
	if (read_pe(a, &from, &p, d) < 0)
		return -1;
	if (get_le32(p.headers + p.pe + CERTIFICATES))
		return bad_pe("it is signed already", d);
	if (digest_pe(&p, &from, &g, d) < 0)
		return -1;
	struct bytes inside = indirect_data(a, &g), signature;
	digest_of(DIGEST_SHA256, inside.at, inside.len, &c.digest);
	struct der w = der_new(a, inside.len + 16);
	der_tlv(&w, DER_SEQUENCE, inside.at, inside.len);
	c.content = (struct bytes){ w.buf + w.at, w.cap - w.at };
	if (cms_sign(a, s, &c, &signature, d) < 0)
		return -1;
	return write_table(image, start, p.pe, signature, d);
}
