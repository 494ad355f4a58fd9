/* What people write for ports, disks and images. */
#include "mkimage/run/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHARE_TAG_MAX = 35 }; /* virtio 1.2, 5.11.4: 36 bytes */

static bool port(const char *text, size_t len, uint16_t *out)
{
	unsigned v = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || v > 6553)
			return false;
		v = v * 10 + (unsigned)(text[i] - '0');
	}
	*out = (uint16_t)v;
	return len > 0 && v > 0 && v <= UINT16_MAX;
}

/* Nothing that would end QEMU's option. */
static bool address(const char *text, size_t len)
{
	return strspn(text, "0123456789.") >= len;
}

int run_port_parse(struct arena *a, const char *text, struct run_port *out, struct diags *d)
{
	struct run_port p = { .address = "127.0.0.1" };
	size_t len = strcspn(text, "/");
	const char *kind = text + len, *last = NULL, *middle = NULL;
	for (const char *c = text; c < kind; c++) {
		if (*c == ':') {
			middle = last;
			last = c;
		}
	}
	bool fine = last && port(last + 1, (size_t)(kind - last - 1), &p.guest);
	const char *host = middle ? middle + 1 : text;
	fine = fine && port(host, (size_t)(last - host), &p.host);
	if (fine && middle) {
		p.address = arena_strn(a, text, (size_t)(middle - text));
		fine = *p.address && address(p.address, strlen(p.address));
	}
	p.udp = strcmp(kind, "/udp") == 0;
	if (!fine || (*kind && !p.udp && strcmp(kind, "/tcp") != 0))
		return fail(d, KIND_USAGE, "as in 8080:80, 5353:53/udp or 0.0.0.0:8080:80",
			"\"%s\" is no HOST:GUEST of ports", text);
	*out = p;
	return 0;
}

static bool size(const char *text, uint64_t *out)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	static const char units[] = "KMGT";
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	if (*text < '1' || *text > '9' || errno || (*end && (!unit || end[1])) ||
		v > UINT64_MAX >> 20 >> shift)
		return false;
	*out = (uint64_t)v << shift;
	return true;
}

static bool ends(const char *text, const char *with)
{
	size_t len = strlen(text), with_len = strlen(with);
	return len > with_len && strcmp(text + len - with_len, with) == 0;
}

int run_disk_parse(struct arena *a, const char *text, struct run_disk *out, struct diags *d)
{
	size_t len = strcspn(text, ",");
	struct run_disk disk = { .path = arena_strn(a, text, len) };
	bool fine = len > 0;
	disk.format = ends(disk.path, ".qcow2") ? "qcow2" : "raw";
	for (const char *p = text + len; *p && fine; p += len) {
		p++;
		len = strcspn(p, ",");
		const char *word = arena_strn(a, p, len);
		if (strncmp(word, "size=", 5) == 0)
			fine = size(word + 5, &disk.size);
		else if (strcmp(word, "format=raw") == 0 || strcmp(word, "format=qcow2") == 0)
			disk.format = word + 7;
		else
			fine = false;
	}
	if (!fine)
		return fail(d, KIND_USAGE, "as in data.img,size=1G", "\"%s\" is no disk", text);
	*out = disk;
	return 0;
}

int run_share_parse(struct arena *a, const char *text, struct run_share *out, struct diags *d)
{
	struct run_share s = { .path = arena_str(a, text) };
	const char *colon = strrchr(s.path, ':'), *tag = colon ? colon + 1 : NULL;
	if (!tag) {
		const char *slash = strrchr(s.path, '/');
		tag = slash && slash[1] ? slash + 1 : s.path;
	} else {
		s.path = arena_strn(a, s.path, (size_t)(colon - s.path));
	}
	s.tag = tag;
	static const char fine[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	if (!*s.path || !*tag || strlen(tag) > SHARE_TAG_MAX || tag[strspn(tag, fine)])
		return fail(d, KIND_USAGE,
			"as in ~/src:src; a tag has at most 35 of letters, digits, \".\", \"_\" and \"-\"",
			"\"%s\" is no FOLDER:TAG to share", text);
	*out = s;
	return 0;
}

const char *run_image_kind(const char *path, enum run_media *media)
{
	static const struct {
		const char *end, *kind;
	} kinds[] = {
		{ ".iso", "raw" },
		{ ".img", "raw" },
		{ ".raw", "raw" },
		{ ".qcow2", "qcow2" },
		{ ".vmdk", "vmdk" },
		{ ".vhd", "vpc" },
	};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!ends(path, kinds[i].end))
			continue;
		*media = i == 0 ? MEDIA_CD : MEDIA_DISK;
		return kinds[i].kind;
	}
	return NULL;
}
