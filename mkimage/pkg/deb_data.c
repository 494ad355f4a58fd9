/* The common ar format, as deb(5) restricts it: a 60-byte text header per member, even offsets. */
#include "base/fd.h"
#include "mkimage/pkg/deb_impl.h"

#include <string.h>

enum { AR_MAGIC = 8, AR_HEADER = 60, AR_SIZE_AT = 48, AR_SIZE_LEN = 10, MEMBERS_MAX = 16 };

static int broken(const char *what, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT, NULL, "%s is no Debian package: %s", what, why);
}

static int read_at(int fd, void *to, size_t len, uint64_t at, const char *what, struct diags *d)
{
	ssize_t n = fd_pread_full(fd, to, len, at);
	if (n < 0)
		return fail_sys(d, errno, "cannot read %s", what);
	return (size_t)n < len ? broken(what, "it ends too early", d) : 0;
}

/* A decimal number, padded with spaces. */
static int size_parse(const char *h, uint64_t *out)
{
	size_t i = 0;
	uint64_t v = 0;
	for (; i < AR_SIZE_LEN && h[i] >= '0' && h[i] <= '9'; i++)
		v = v * 10 + (uint64_t)(h[i] - '0');
	if (!i)
		return -1;
	for (; i < AR_SIZE_LEN; i++)
		if (h[i] != ' ')
			return -1;
	*out = v;
	return 0;
}

int deb_part_find(int fd, uint64_t size, const char *what, const char *name, struct deb_part *out,
	struct diags *d)
{
	char header[AR_HEADER];
	if (read_at(fd, header, AR_MAGIC, 0, what, d) < 0)
		return -1;
	if (memcmp(header, "!<arch>\n", AR_MAGIC) != 0)
		return broken(what, "it does not start as an ar archive", d);
	uint64_t at = AR_MAGIC;
	for (unsigned i = 0; i < MEMBERS_MAX && at + AR_HEADER <= size; i++) {
		struct deb_part p = { .offset = at + AR_HEADER };
		if (read_at(fd, header, AR_HEADER, at, what, d) < 0)
			return -1;
		if (memcmp(header + AR_HEADER - 2, "`\n", 2) != 0 ||
			size_parse(header + AR_SIZE_AT, &p.len) < 0)
			return broken(what, "a member's header is garbled", d);
		if (p.len > size - p.offset)
			return broken(what, "a member is cut off", d);
		for (size_t k = 0; k < 16 && header[k] != ' ' && header[k] != '/'; k++)
			p.name[k] = header[k];
		if (i == 0 && strcmp(p.name, "debian-binary") != 0)
			return broken(what, "its first member is not debian-binary", d);
		if (strncmp(p.name, name, strlen(name)) == 0) {
			*out = p;
			return 0;
		}
		at = p.offset + p.len + (p.len & 1);
	}
	return broken(what, arena_fmt(d->mem, "it has no %s", name), d);
}
