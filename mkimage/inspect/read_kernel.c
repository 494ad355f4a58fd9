/* What a kernel says of itself (Linux Documentation/arch/x86/boot.rst and arm64/booting.rst). */
#include "mkimage/inspect/inspect_impl.h"

#include <string.h>

enum { VERSION_MAX = 128, CHUNK = 1 << 20, ELF_MAX = 128 << 20 };

static int bzimage_version(struct inspector *x, struct inspect_part *p)
{
	uint8_t at[2];
	char text[VERSION_MAX + 1] = { 0 };
	if (part_read(x, p, 0x20e, at, sizeof(at)) < 0)
		return -1;
	if (!get_le16(at))
		return 0;
	ssize_t n = content_read(&p->content, 0x200 + (uint64_t)get_le16(at), text, VERSION_MAX);
	if (n > 0)
		x->of->version = arena_strn(x->of->mem, text, strcspn(text, " \n"));
	return 0;
}

/* Uncompressed, it holds what it says when it boots. */
static int elf_version(struct inspector *x, struct inspect_part *p)
{
	static const char banner[] = "Linux version ";
	char *buf = arena_alloc(x->of->mem, CHUNK + VERSION_MAX + 1);
	for (uint64_t at = 0; at < p->content.size && at < ELF_MAX; at += CHUNK) {
		uint64_t left = p->content.size - at;
		size_t len = left < CHUNK + VERSION_MAX ? (size_t)left : CHUNK + VERSION_MAX;
		if (part_read(x, p, at, buf, len) < 0)
			return -1;
		buf[len] = '\0';
		const char *found = memmem(buf, len, banner, strlen(banner));
		/* Its twin, the format of /proc/version, has a '%' there. */
		if (found && found[strlen(banner)] != '%') {
			found += strlen(banner);
			x->of->version = arena_strn(x->of->mem, found, strcspn(found, " \n"));
			return 0;
		}
	}
	return 0;
}

int read_kernel(struct inspector *x, struct inspect_part *p)
{
	uint8_t magic[4];
	if (x->of->arch)
		return 0;
	if (part_read(x, p, 0, magic, sizeof(magic)) < 0)
		return -1;
	if (memcmp(magic, "\177ELF", sizeof(magic)) == 0) {
		x->of->arch = "amd64";
		return elf_version(x, p);
	}
	if (part_read(x, p, 56, magic, sizeof(magic)) < 0)
		return -1;
	if (memcmp(magic, "ARM\x64", sizeof(magic)) == 0) {
		x->of->arch = "arm64"; /* the version lies somewhere in the compressed rest */
		return 0;
	}
	x->of->arch = "amd64";
	return bzimage_version(x, p);
}
