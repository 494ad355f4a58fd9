#include "mkimage/inspect/inspect_impl.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Keeps a descriptor open as long as what was opened. */
static int keep(struct inspected *i, int fd)
{
	vec_push(i->mem, &i->fds, fd);
	return fd;
}

static int open_content(struct inspector *x, const char *path, struct content *out)
{
	struct stat st;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(x->d, errno, "cannot open the image \"%s\"", path);
	off_t size = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : -1;
	if (size < 0)
		return fail(x->d, KIND_INPUT, "name a file that `slipway build` wrote",
			"\"%s\" is neither a file nor a disk", path);
	*out = (struct content){ .size = (uint64_t)size, .fd = keep(x->of, fd_take(&fd)) };
	return 0;
}

/* The parts of a whole that is no file. */
static int open_prefix(struct inspector *x, const char *prefix, struct inspect_part *whole)
{
	static const char *const files[][2] = { { "kernel", "-kernel" },
		{ "initrd", "-initrd.img" }, { "cmdline", "-cmdline" }, { "disk", "-root.img" },
		{ "root", "-squashfs.img" }, { "root", "-erofs.img" } };
	struct inspected *i = x->of;
	for (size_t n = 0; n < ARRAY_LEN(files); n++) {
		const char *path = arena_fmt(i->mem, "%s%s", prefix, files[n][1]);
		struct content content;
		struct inspect_part *p;
		if (access(path, F_OK) < 0)
			continue;
		if (open_content(x, path, &content) < 0 ||
			part_add(x, whole, files[n][0], path, &content, &p) < 0)
			return -1;
		i->size += content.size;
	}
	/* A part of its own has been read already. */
	bool described = access(arena_fmt(i->mem, "%s-cmdline", prefix), F_OK) < 0 &&
			 (access(arena_fmt(i->mem, "%s.cfg", prefix), F_OK) == 0 ||
				 access(arena_fmt(i->mem, "%s.json", prefix), F_OK) == 0);
	return described ? inspect_cmdline(i->mem, prefix, &i->cmdline, x->d) : 0;
}

static bool has_init(const struct inspect_part *p)
{
	return p->tree &&
	       (tree_find(p->tree->root, "containers") || tree_find(p->tree->root, "sbin/init"));
}

/* Of two slots, or of an initrd and the root inside, the machine's root is the last that fits. */
static void choose(struct inspected *i)
{
	vec_each (struct inspect_part *, at, &i->all) {
		struct inspect_part *p = *at;
		if (has_init(p) &&
			(!i->root || p->kind == INSPECT_SQUASHFS || p->kind == INSPECT_EROFS))
			i->root = p;
		if (p->kind == INSPECT_KERNEL && !i->kernel)
			i->kernel = p;
		if (p->kind == INSPECT_CPIO && !i->initrd && strncmp(p->name, "initrd", 6) == 0)
			i->initrd = p;
		if (p->kind == INSPECT_TEXT && !i->cmdline && strncmp(p->name, "cmdline", 7) == 0)
			i->cmdline = p->content.bytes;
	}
	if (!i->root)
		i->root = i->initrd;
}

/* The partition with that half of the root hash for its GUID (Discoverable Partitions
 * Specification). */
static struct inspect_part *by_half(const struct inspected *i, const char *hex)
{
	vec_each (struct inspect_part *, at, &i->all) {
		const char *h = hex, *g = (*at)->guid;
		if (!g)
			continue;
		while (*g == '-' || (*g && *g == *h))
			h += *g++ != '-';
		if (!*g)
			return *at;
	}
	return NULL;
}

static void choose_hashes(struct inspected *i)
{
	enum { HASH = 64 };
	const char *word = i->cmdline ? strstr(i->cmdline, "roothash=") : NULL;
	if (!word || strspn(word + strlen("roothash="), "0123456789abcdef") != HASH)
		return;
	i->roothash = arena_strn(i->mem, word + strlen("roothash="), HASH);
	i->hashes = by_half(i, i->roothash + HASH / 2);
	struct inspect_part *root = by_half(i, i->roothash);
	if (root && has_init(root))
		i->root = root;
}

int inspect_open(struct arena *a, const char *path, const char *scratch, struct inspected **out,
	struct diags *d)
{
	AUTO_INSPECTED i = ARENA_NEW(a, struct inspected);
	struct inspector x = { .of = i, .scratch = scratch, .d = d };
	struct content content;
	i->mem = a;
	i->path = arena_str(a, path);
	if (access(path, F_OK) < 0 && errno == ENOENT &&
		access(arena_fmt(a, "%s-kernel", path), F_OK) == 0) {
		i->whole = ARENA_NEW(a, struct inspect_part);
		*i->whole = (struct inspect_part){ .name = "image", .path = i->path };
		if (open_prefix(&x, path, i->whole) < 0)
			return -1;
	} else {
		if (open_content(&x, path, &content) < 0 ||
			part_add(&x, NULL, "image", path, &content, &i->whole) < 0)
			return -1;
		i->size = content.size;
		if (i->whole->kind == INSPECT_UNKNOWN && !i->whole->parts.len)
			return fail(d, KIND_INPUT, "`slipway formats` lists what it knows",
				"\"%s\" is no image of a kind that can be looked into", path);
	}
	choose(i);
	choose_hashes(i);
	*out = i;
	i = NULL;
	return 0;
}

void inspect_close(struct inspected **i)
{
	if (!*i)
		return;
	vec_each (struct inspect_closer, c, &(*i)->closers)
		c->close(c->ctx);
	vec_each (int, fd, &(*i)->fds)
		close(*fd);
	*i = NULL;
}
