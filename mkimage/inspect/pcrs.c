#include "mkimage/inspect/pcrs.h"

#include "base/endian.h"
#include "base/fd.h"
#include "mkimage/sign/sign.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PCR_LOADERS = 4, PCR_POLICY = 7, PCR_LINUX = 9, PCR_UKI = 11, CHUNK = 256 << 10 };
enum { CMDLINE_MAX = 64 << 10, LIST_MAX = 64 << 10, LIST_HEADER = 28, GUID = 16 };

/* GUIDs in UEFI's byte order. */
#define GLOBAL	 "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define SECURITY "\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"

struct measuring {
	struct arena *mem;
	struct pcr_events *out;
	struct diags *d;
};

static void add(struct measuring *m, unsigned pcr, const char *what, const struct digest *g)
{
	vec_push(m->mem, m->out, ((struct pcr_event){ .pcr = pcr, .what = what, .digest = *g }));
}

static void add_bytes(
	struct measuring *m, unsigned pcr, const char *what, const void *bytes, size_t len)
{
	struct digest g;
	digest_of(DIGEST_SHA256, bytes, len, &g);
	add(m, pcr, what, &g);
}

static int add_content(struct measuring *m, unsigned pcr, const char *what, const struct content *c)
{
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	char *buf = arena_alloc(m->mem, CHUNK);
	struct digest g;
	for (uint64_t at = 0; at < c->size;) {
		ssize_t n = content_read(c, at, buf, CHUNK);
		if (n <= 0)
			return fail_sys(m->d, n < 0 ? errno : EIO, "cannot read the %s", what);
		hasher_add(h, buf, (size_t)n);
		at += (uint64_t)n;
	}
	hasher_take(h, &g);
	add(m, pcr, what, &g);
	return 0;
}

static ssize_t read_content(const void *ctx, uint64_t at, void *buf, size_t len)
{
	return content_read(ctx, at, buf, len);
}

static int add_program(struct measuring *m, const char *what, const struct content *c)
{
	const struct pe_source from = { read_content, c, c->size };
	struct digest g;
	if (pe_digest(m->mem, &from, &g, m->d) < 0)
		return fail_ctx(m->d, "measuring %s", what);
	add(m, PCR_LOADERS, what, &g);
	return 0;
}

/* What firmware starts in front of the UKI: systemd-boot on a disk; nothing when it is the UKI. */
static const struct content *loader_of(const struct inspected *i, const struct inspect_part *uki)
{
	const char *name = i->arch && strcmp(i->arch, "arm64") == 0 ? "BOOTAA64.EFI"
								    : "BOOTX64.EFI";
	const char *path = arena_fmt(i->mem, "EFI/BOOT/%s", name);
	vec_each (struct inspect_part *, at, &i->all) {
		if ((*at)->kind != INSPECT_FAT || !(*at)->tree)
			continue;
		struct node *n = tree_find((*at)->tree->root, path);
		if (n && n->inode->type == NODE_FILE)
			return strstr(uki->path, name) ? NULL : &n->inode->content;
	}
	return NULL;
}

/* PFP 3.3.4.5. The kernel is started by the UKI's stub, which with Secure Boot on has the firmware
 * neither check nor measure it once more. */
static int loaders(
	struct measuring *m, const struct inspected *i, const struct inspect_part *uki, bool secure)
{
	const struct content *loader = loader_of(i, uki);
	struct content kernel;
	static const char action[] = "Calling EFI Application from Boot Option";
	static const uint8_t separator[4] = { 0 };
	add_bytes(m, PCR_LOADERS, action, action, sizeof(action) - 1);
	add_bytes(m, PCR_LOADERS, "separator", separator, sizeof(separator));
	if (loader && add_program(m, "systemd-boot", loader) < 0)
		return -1;
	if (add_program(m, "the UKI", &uki->content) < 0)
		return -1;
	if (secure || !inspect_section(uki, ".linux", &kernel))
		return 0;
	return add_program(m, "the kernel in the UKI", &kernel);
}

/* UEFI_VARIABLE_DATA. */
static void variable(struct measuring *m, const char *what, const char *name, const char *vendor,
	const void *data, size_t len)
{
	size_t n = strlen(name), size = GUID + 16 + 2 * n + len;
	uint8_t *b = arena_alloc(m->mem, size);
	memset(b, 0, size);
	memcpy(b, vendor, GUID);
	put_le64(b + GUID, n);
	put_le64(b + GUID + 8, len);
	for (size_t c = 0; c < n; c++)
		b[GUID + 16 + 2 * c] = (uint8_t)name[c];
	if (len)
		memcpy(b + GUID + 16 + 2 * n, data, len);
	add_bytes(m, PCR_POLICY, what, b, size);
}

/* PFP 3.3.4.8: the lists, and of db what the first program was checked by. */
static int policy(struct measuring *m, const char *keys)
{
	static const uint8_t separator[4] = { 0 };
	static const struct {
		const char *name, *vendor;
	} lists[] = { { "PK", GLOBAL }, { "KEK", GLOBAL }, { "db", SECURITY } };
	char *bytes = NULL;
	size_t len = 0;
	variable(m, "SecureBoot is on", "SecureBoot", GLOBAL, "\1", 1);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *path = arena_fmt(m->mem, "%s/%s.esl", keys, lists[i].name);
		if (access(path, R_OK) < 0)
			return fail(m->d, KIND_INPUT, "name a folder that `slipway keys` made",
				"cannot read \"%s\": %s", path, strerror(errno));
		if (file_read(m->mem, path, LIST_MAX, &bytes, &len, m->d) < 0)
			return -1;
		variable(m, lists[i].name, lists[i].name, lists[i].vendor, bytes, len);
	}
	variable(m, "an empty dbx", "dbx", SECURITY, NULL, 0);
	add_bytes(m, PCR_POLICY, "separator", separator, sizeof(separator));
	if (len <= LIST_HEADER)
		return fail(m->d, KIND_INPUT, "make the folder again with `slipway keys`",
			"the list \"%s/db.esl\" is empty", keys);
	variable(m, "db's certificate that signed", "db", SECURITY, bytes + LIST_HEADER,
		len - LIST_HEADER);
	return 0;
}

/* Linux's EFI stub: the options as UTF-16 with their end, and the initrd. */
static int linux_stub(struct measuring *m, const struct inspect_part *uki)
{
	struct content words, initrd;
	if (!inspect_section(uki, ".cmdline", &words) || words.size > CMDLINE_MAX)
		return fail(m->d, KIND_INPUT, NULL, "the UKI has no command line");
	size_t len = (size_t)words.size;
	char *text = arena_alloc(m->mem, len + 1);
	uint8_t *wide = arena_alloc(m->mem, 2 * (len + 1));
	if (content_read(&words, 0, text, len) != (ssize_t)len)
		return fail_sys(m->d, EIO, "cannot read the command line");
	text[len] = '\0';
	for (size_t c = 0; c <= len; c++) {
		wide[2 * c] = (uint8_t)text[c];
		wide[2 * c + 1] = 0;
	}
	add_bytes(m, PCR_LINUX, "the command line", wide, 2 * (len + 1));
	if (!inspect_section(uki, ".initrd", &initrd))
		return 0;
	return add_content(m, PCR_LINUX, "the initrd", &initrd);
}

/* Later ones measure more sections. */
static bool stub_is_known(const struct inspect_part *uki)
{
	static const char known[] = "#### LoaderInfo: systemd-stub 252";
	char text[sizeof(known)] = "";
	struct content c;
	return inspect_section(uki, ".sdmagic", &c) &&
	       content_read(&c, 0, text, sizeof(known) - 1) == (ssize_t)sizeof(known) - 1 &&
	       strcmp(text, known) == 0;
}

/* systemd-stub(7): of each section its name with its end, and its bytes, in this order. */
static int sections(struct measuring *m, const struct inspect_part *uki)
{
	static const char *const order[] = { ".linux", ".osrel", ".cmdline", ".initrd", ".splash",
		".dtb", ".pcrpkey" };
	if (!stub_is_known(uki))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct content c;
		if (!inspect_section(uki, order[i], &c))
			continue;
		add_bytes(m, PCR_UKI, arena_fmt(m->mem, "the name %s", order[i]), order[i],
			strlen(order[i]) + 1);
		if (add_content(m, PCR_UKI, order[i], &c) < 0)
			return -1;
	}
	return 0;
}

int inspect_pcrs(
	const struct inspected *i, const char *keys, struct pcr_events *out, struct diags *d)
{
	struct measuring m = { .mem = i->mem, .out = out, .d = d };
	const struct inspect_part *uki = NULL;
	vec_each (struct inspect_part *, at, &i->all) {
		if ((*at)->kind == INSPECT_UKI && !uki)
			uki = *at;
	}
	if (!uki)
		return fail(d, KIND_INPUT, "take a format for UEFI: `slipway formats`",
			"\"%s\" has no unified kernel image, whose measurements could be told",
			i->path);
	if (loaders(&m, i, uki, keys != NULL) < 0 || (keys && policy(&m, keys) < 0) ||
		linux_stub(&m, uki) < 0)
		return -1;
	return sections(&m, uki);
}

bool pcr_value(const struct pcr_events *e, unsigned pcr, struct digest *out)
{
	bool any = false;
	enum { SHA256 = 32 };
	*out = (struct digest){ .alg = DIGEST_SHA256 };
	vec_each (struct pcr_event, v, e) {
		uint8_t both[2 * SHA256];
		if (v->pcr != pcr)
			continue;
		memcpy(both, out->bytes, SHA256);
		memcpy(both + SHA256, v->digest.bytes, SHA256);
		digest_of(DIGEST_SHA256, both, sizeof(both), out);
		any = true;
	}
	return any;
}
