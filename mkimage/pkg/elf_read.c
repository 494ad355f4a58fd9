#include "mkimage/pkg/elf.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A program of this size would not fit into an image either. */
#define ELF_SIZE_MAX (UINT64_C(1) << 31)

/* A file's content in memory, read only where it is looked at. */
struct view {
	void *map;
	size_t map_len;
	const uint8_t *bytes;
	size_t len;
};

static void view_drop(struct view *v)
{
	if (v->map)
		munmap(v->map, v->map_len);
}

static int view_open(const struct content *c, struct view *out)
{
	uint64_t skip = c->offset % (uint64_t)sysconf(_SC_PAGESIZE);
	struct view v = { .bytes = c->bytes, .len = (size_t)c->size };
	if (!c->bytes) {
		v.map_len = (size_t)(c->size + skip);
		v.map = mmap(
			NULL, v.map_len, PROT_READ, MAP_PRIVATE, c->fd, (off_t)(c->offset - skip));
		if (v.map == MAP_FAILED)
			return -1;
		v.bytes = (const uint8_t *)v.map + skip;
	}
	*out = v;
	return 0;
}

int elf_read(struct arena *a, const struct inode *i, enum elf_result *result, struct elf *out,
	struct diags *d)
{
	const struct content *c = &i->content;
	__attribute__((cleanup(view_drop))) struct view v = { 0 };
	char magic[4];
	*result = ELF_OTHER;
	if (i->type != NODE_FILE || c->size > ELF_SIZE_MAX ||
		content_read(c, 0, magic, sizeof(magic)) != (ssize_t)sizeof(magic) ||
		memcmp(magic, "\177ELF", sizeof(magic)) != 0)
		return 0;
	if (view_open(c, &v) < 0)
		return fail_sys(
			d, errno, "cannot map a file of %llu bytes", (unsigned long long)c->size);
	*result = elf_parse(a, v.bytes, v.len, out);
	return 0;
}
