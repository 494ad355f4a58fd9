#include "mkimage/sign/keys.h"
#include "mkimage/sign/sign_impl.h"

#include "base/endian.h"

#include <string.h>
#include <time.h>

enum { GUID = 16, LIST_HEADER = 28, EFI_TIME = 16, CERTIFICATE_HEADER = 24 };
/* non-volatile, boot service and runtime access, time based authenticated write access */
enum { ATTRIBUTES = 0x27 };

/* GUIDs in UEFI's byte order. */
#define CERT_X509  "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
#define CERT_PKCS7 "\x9d\xd2\xaf\x4a\xdf\x68\xee\x49\x8a\xa9\x34\x7d\x37\x56\x65\xa7"
#define GLOBAL	   "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define SECURITY   "\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"

static const struct {
	const char *name, *vendor;
} variables[] = {
	[EFI_PK] = { "PK", GLOBAL },
	[EFI_KEK] = { "KEK", GLOBAL },
	[EFI_DB] = { "db", SECURITY },
};

struct bytes efi_list(struct arena *a, struct bytes certificate, const struct digest *owner)
{
	size_t len = LIST_HEADER + GUID + certificate.len;
	uint8_t *b = arena_alloc(a, len);
	memcpy(b, CERT_X509, GUID);
	put_le32(b + 16, (uint32_t)len);
	put_le32(b + 20, 0);
	put_le32(b + 24, (uint32_t)(GUID + certificate.len));
	memcpy(b + LIST_HEADER, owner->bytes, GUID);
	memcpy(b + LIST_HEADER + GUID, certificate.at, certificate.len);
	return (struct bytes){ b, len };
}

static void put_time(uint8_t b[EFI_TIME], int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm = { 0 };
	(void)gmtime_r(&t, &tm); /* fails beyond the year 2^31 alone */
	memset(b, 0, EFI_TIME);
	put_le16(b, (uint16_t)(tm.tm_year + 1900));
	b[2] = (uint8_t)(tm.tm_mon + 1);
	b[3] = (uint8_t)tm.tm_mday;
	b[4] = (uint8_t)tm.tm_hour;
	b[5] = (uint8_t)tm.tm_min;
	b[6] = (uint8_t)tm.tm_sec;
}

int efi_update(struct arena *a, enum efi_variable v, const struct signer *by, int64_t when,
	struct bytes list, struct bytes *out, struct diags *d)
{
	uint8_t stamp[EFI_TIME], attributes[4];
	struct bytes signature;
	struct digest g;
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	put_time(stamp, when);
	put_le32(attributes, ATTRIBUTES);
	for (const char *c = variables[v].name; *c; c++) /* UTF-16 without its end */
		hasher_add(h, (const char[]){ *c, 0 }, 2);
	hasher_add(h, variables[v].vendor, GUID);
	hasher_add(h, attributes, sizeof(attributes));
	hasher_add(h, stamp, sizeof(stamp));
	hasher_add(h, list.at, list.len);
	hasher_take(h, &g);
	if (sign_variable(a, by, &g, &signature, d) < 0)
		return -1;
	size_t head = EFI_TIME + CERTIFICATE_HEADER, len = head + signature.len + list.len;
	uint8_t *b = arena_alloc(a, len);
	memcpy(b, stamp, EFI_TIME);
	put_le32(b + 16, (uint32_t)(CERTIFICATE_HEADER + signature.len));
	put_le16(b + 20, 0x200);  /* WIN_CERT_REVISION_2_0 */
	put_le16(b + 22, 0x0ef1); /* WIN_CERT_TYPE_EFI_GUID */
	memcpy(b + 24, CERT_PKCS7, GUID);
	memcpy(b + head, signature.at, signature.len);
	memcpy(b + head + signature.len, list.at, list.len);
	*out = (struct bytes){ b, len };
	return 0;
}
