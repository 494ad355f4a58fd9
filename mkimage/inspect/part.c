/* Ranges of bytes, and what they are recognised as. */
#include "mkimage/inspect/expand.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {
	[INSPECT_UNKNOWN] = "data",
	[INSPECT_DISK] = "disk",
	[INSPECT_ISO] = "iso9660",
	[INSPECT_FAT] = "fat",
	[INSPECT_SQUASHFS] = "squashfs",
	[INSPECT_CPIO] = "cpio",
	[INSPECT_TAR] = "tar",
	[INSPECT_UKI] = "uki",
	[INSPECT_KERNEL] = "kernel",
	[INSPECT_TEXT] = "text",
	[INSPECT_VERITY] = "verity",
	[INSPECT_EROFS] = "erofs",
};

const char *inspect_kind_name(enum inspect_kind kind)
{
	return names[kind];
}

int part_fail(struct inspector *x, const struct inspect_part *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *what = arena_vfmt(x->of->mem, fmt, ap);
	va_end(ap);
	return fail(x->d, KIND_INPUT,
		"the image is damaged, or was not read to its end; build or fetch it again",
		"%s (%s): %s", p->path, names[p->kind], what);
}

int part_read(
	struct inspector *x, const struct inspect_part *p, uint64_t offset, void *buf, size_t len)
{
	ssize_t n = content_read(&p->content, offset, buf, len);
	if (n == (ssize_t)len)
		return 0;
	if (n < 0 && errno != EIO)
		return fail_sys(x->d, errno, "cannot read \"%s\"", p->path);
	return part_fail(x, p, "it ends before byte %llu", (unsigned long long)(offset + len));
}

int part_range(struct inspector *x, const struct inspect_part *p, uint64_t offset, uint64_t size,
	struct content *out)
{
	const struct content *c = &p->content;
	if (offset > c->size || size > c->size - offset)
		return part_fail(x, p, "bytes %llu to %llu lie outside of it",
			(unsigned long long)offset, (unsigned long long)(offset + size));
	*out = (struct content){ .size = size, .fd = c->fd, .offset = c->offset + offset };
	if (c->bytes)
		out->bytes = (const char *)c->bytes + offset;
	return 0;
}

int part_keep(struct inspector *x, struct out *from, struct content *out)
{
	int fd = fcntl(out_fd(from), F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return fail_sys(x->d, errno, "cannot keep a temporary file open");
	vec_push(x->of->mem, &x->of->fds, fd);
	*out = (struct content){ .size = out_size(from), .fd = fd };
	return 0;
}

/* ELF-64 of an amd64 machine, a part of which lies where Linux maps its own text. */
static bool is_elf_kernel(const uint8_t *h, size_t len)
{
	enum { HEADER = 64, PROGRAM_HEADER = 56, EXEC = 2, X86_64 = 62 };
	static const uint64_t text = UINT64_C(0xffffffff80000000);
	if (len < HEADER || memcmp(h, "\177ELF\2\1", 6) != 0 || get_le16(h + 16) != EXEC ||
		get_le16(h + 18) != X86_64 || get_le64(h + 32) != HEADER)
		return false;
	for (size_t i = 0, at = HEADER; i < get_le16(h + 56) && at + PROGRAM_HEADER <= len; i++) {
		if (get_le64(h + at + 16) >= text)
			return true;
		at += PROGRAM_HEADER;
	}
	return false;
}

static bool is_kernel(const uint8_t *h, size_t len)
{
	return (len >= 0x210 && memcmp(h + 0x202, "HdrS", 4) == 0) ||
	       (len >= 64 && memcmp(h + 56, "ARM\x64", 4) == 0) || is_elf_kernel(h, len);
}

static enum inspect_kind recognise(struct inspector *x, const struct inspect_part *p)
{
	uint8_t h[1024] = { 0 };
	ssize_t n = content_read(&p->content, 0, h, sizeof(h));
	size_t len = n > 0 ? (size_t)n : 0;
	if (memcmp(h, "hsqs", 4) == 0)
		return INSPECT_SQUASHFS;
	if (memcmp(h, "verity\0\0\1\0\0", 12) == 0)
		return INSPECT_VERITY;
	if (memcmp(h, "07070", 5) == 0 && (h[5] == '1' || h[5] == '2'))
		return INSPECT_CPIO;
	if (is_erofs(x, p))
		return INSPECT_EROFS;
	if (is_gpt(x, p))
		return INSPECT_DISK;
	if (is_iso(x, p))
		return INSPECT_ISO;
	if (is_uki(x, p))
		return INSPECT_UKI;
	if (is_kernel(h, len))
		return INSPECT_KERNEL;
	if (is_fat(x, p))
		return INSPECT_FAT;
	if (memcmp(h + 257, "ustar", 5) == 0)
		return INSPECT_TAR;
	return INSPECT_UNKNOWN;
}

static int look(struct inspector *x, struct inspect_part *p)
{
	static int (*const readers[])(struct inspector *, struct inspect_part *) = {
		[INSPECT_DISK] = read_gpt,
		[INSPECT_ISO] = read_iso,
		[INSPECT_FAT] = read_fat,
		[INSPECT_SQUASHFS] = read_squashfs,
		[INSPECT_CPIO] = read_cpio,
		[INSPECT_TAR] = read_tar,
		[INSPECT_UKI] = read_uki,
		[INSPECT_KERNEL] = read_kernel,
		[INSPECT_EROFS] = read_erofs,
	};
	if (p->kind >= ARRAY_LEN(readers) || !readers[p->kind] || x->depth >= INSPECT_DEPTH)
		return 0;
	x->depth++;
	int rc = readers[p->kind](x, p);
	x->depth--;
	return rc;
}

/* A text that is short enough to be shown, without its last newlines and NULs. */
static int take_text(struct inspector *x, struct inspect_part *p)
{
	size_t len = (size_t)p->content.size;
	char *text = arena_alloc(x->of->mem, len + 1);
	if (part_read(x, p, 0, text, len) < 0)
		return -1;
	while (len && (text[len - 1] == '\n' || !text[len - 1]))
		text[--len] = '\0';
	p->kind = INSPECT_TEXT;
	p->content = (struct content){ .size = len, .bytes = text, .fd = -1 };
	return 0;
}

/* "initrd", "initrd2", … */
static const char *unique(const struct inspected *i, const char *name)
{
	const char *try = arena_str(i->mem, name);
	for (unsigned n = 2;; n++) {
		bool taken = false;
		vec_each (struct inspect_part *, p, &i->all)
			taken |= strcmp((*p)->name, try) == 0;
		if (!taken)
			return try;
		try = arena_fmt(i->mem, "%s%u", name, n);
	}
}

static bool is_text(const char *name)
{
	return strcmp(name, "cmdline") == 0 || strcmp(name, "osrel") == 0 ||
	       strcmp(name, "uname") == 0;
}

int part_add(struct inspector *x, struct inspect_part *in, const char *name, const char *path,
	const struct content *content, struct inspect_part **out)
{
	struct inspected *i = x->of;
	struct inspect_part *p = ARENA_NEW(i->mem, struct inspect_part);
	*p = (struct inspect_part){
		.name = unique(i, name), .path = arena_str(i->mem, path), .content = *content
	};
	if (i->all.len >= INSPECT_PARTS_MAX)
		return part_fail(x, p, "the image has more than %d parts", INSPECT_PARTS_MAX);
	vec_push(i->mem, &i->all, p);
	if (in)
		vec_push(i->mem, &in->parts, p);
	*out = p;
	if (is_text(name) && content->size <= INSPECT_TEXT_MAX)
		return take_text(x, p);
	if (expand(x, p) < 0)
		return -1;
	p->kind = recognise(x, p);
	return look(x, p);
}

/* What a file of that kind is called as a part. */
static const char *const file_names[] = { [INSPECT_SQUASHFS] = "root",
	[INSPECT_CPIO] = "initrd",
	[INSPECT_UKI] = "uki",
	[INSPECT_KERNEL] = "kernel",
	[INSPECT_EROFS] = "root" };

struct files {
	struct inspector *x;
	struct inspect_part *in;
};

/* What syslinux gives the kernel: its line of settings, as build writes it. */
static int add_syslinux(struct files *f, const struct content *c, const char *path)
{
	static const char append[] = "\n  APPEND ";
	char text[4096] = "";
	struct content words = *c;
	struct inspect_part *p;
	ssize_t n = content_read(c, 0, text, sizeof(text) - 1);
	const char *at = n > 0 ? strstr(text, append) : NULL;
	if (!at)
		return 0;
	at += strlen(append);
	words.size = strcspn(at, "\n");
	words.offset += (uint64_t)(at - text);
	if (c->bytes)
		words.bytes = (const char *)c->bytes + (at - text);
	return part_add(f->x, f->in, "cmdline",
		arena_fmt(f->x->of->mem, "%s:%s", f->in->name, path), &words, &p);
}

static int add_file(void *ctx, struct node *n, const char *path)
{
	struct files *f = ctx;
	struct inspect_part probe = { .path = path, .content = n->inode->content }, *p;
	if (n->inode->type != NODE_FILE || probe.content.reader)
		return 0;
	enum inspect_kind kind = recognise(f->x, &probe);
	if (strcasecmp(path, "SYSLINUX.CFG") == 0)
		return add_syslinux(f, &probe.content, path);
	if (strcmp(path, "boot/cmdline") == 0 || strcmp(path, "cmdline") == 0 ||
		strcasecmp(path, "cmdline.txt") == 0)
		return part_add(f->x, f->in, "cmdline",
			arena_fmt(f->x->of->mem, "%s:%s", f->in->name, path), &n->inode->content,
			&p);
	if (kind >= ARRAY_LEN(file_names) || !file_names[kind])
		return 0;
	return part_add(f->x, f->in, file_names[kind],
		arena_fmt(f->x->of->mem, "%s:%s", f->in->name, path), &n->inode->content, &p);
}

int part_add_files(struct inspector *x, struct inspect_part *in)
{
	return tree_walk(in->tree->root, add_file, &(struct files){ x, in });
}
