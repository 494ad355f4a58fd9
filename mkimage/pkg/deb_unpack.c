/* data.tar.* into the tree, by libarchive. */
#include "base/fd.h"
#include "mkimage/pkg/deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { CHUNK = 128 << 10, ENTRIES_MAX = 1 << 20 };
/* The largest packages of Debian (debug symbols, games' data) stay below. */
#define UNPACKED_MAX (UINT64_C(8) << 30)

struct unpack {
	struct tree *tree;
	struct archive *archive;
	struct out *pack;
	const char *what, *ref;
	int fd;
	uint64_t at, end; /* of what is left of data.tar */
	int read_error;
	uint64_t unpacked;
	unsigned entries;
	char buf[CHUNK];
};

static ssize_t next_bytes(struct archive *archive, void *ctx, const void **bytes)
{
	struct unpack *u = ctx;
	size_t want = u->end - u->at < CHUNK ? (size_t)(u->end - u->at) : CHUNK;
	ssize_t n = fd_pread_full(u->fd, u->buf, want, u->at);
	if (n < 0) {
		u->read_error = errno;
		archive_set_error(archive, errno, "cannot be read");
		return -1;
	}
	u->at += (uint64_t)n;
	*bytes = u->buf;
	return n;
}

static int broken(const struct unpack *u, const char *why, struct diags *d)
{
	if (u->read_error)
		return fail_sys(d, u->read_error, "cannot read %s", u->what);
	return fail(d, KIND_INPUT, NULL, "%s cannot be unpacked: %s", u->what, why);
}

/* "./bin/x" -> "usr/bin/x": without base-files there are no links that would lead there. */
static const char *merged_path(struct arena *a, const char *path)
{
	static const char *const moved[] = { "bin", "sbin", "lib", "lib64" };
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	size_t len = strcspn(path, "/");
	for (size_t i = 0; i < ARRAY_LEN(moved); i++)
		if (strlen(moved[i]) == len && strncmp(path, moved[i], len) == 0)
			return arena_fmt(a, "usr/%s", path);
	return strcmp(path, ".") == 0 ? "" : arena_str(a, path);
}

static int contents_read(struct unpack *u, struct content *out, struct diags *d)
{
	const void *bytes;
	size_t len;
	int64_t offset;
	struct content c = { .fd = out_fd(u->pack), .offset = out_size(u->pack) };
	for (;;) {
		int rc = archive_read_data_block(u->archive, &bytes, &len, &offset);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK)
			return broken(u, archive_error_string(u->archive), d);
		/* Sparse files have holes between their blocks. */
		uint64_t hole = (uint64_t)offset - c.size;
		if ((uint64_t)offset < c.size || hole > UNPACKED_MAX ||
			(u->unpacked += hole + len) > UNPACKED_MAX)
			return broken(u, "its files are larger than any package's", d);
		if (out_skip(u->pack, hole, d) < 0 || out_write(u->pack, bytes, len, d) < 0)
			return -1;
		c.size += hole + len;
	}
	*out = c;
	return 0;
}

static int type_of(const struct archive_entry *e, enum node_type *out)
{
	switch (archive_entry_filetype((struct archive_entry *)(uintptr_t)e)) {
	case AE_IFDIR:
		*out = NODE_DIR;
		return 0;
	case AE_IFREG:
		*out = NODE_FILE;
		return 0;
	case AE_IFLNK:
		*out = NODE_SYMLINK;
		return 0;
	default:
		return -1;
	}
}

static int link_put(struct unpack *u, const char *path, const char *target, struct diags *d)
{
	struct node *n = tree_find(u->tree->root, merged_path(u->tree->mem, target));
	if (!n || n->inode->type == NODE_DIR)
		return broken(u, "a hard link leads nowhere", d);
	return tree_link(u->tree, u->tree->root, path, n, d);
}

static int entry_put(struct unpack *u, struct archive_entry *e, struct diags *d)
{
	const char *name = archive_entry_pathname(e), *link = archive_entry_hardlink(e);
	enum node_type type;
	struct node *node;
	if (!name)
		return broken(u, "a file has no readable name", d);
	const char *path = merged_path(u->tree->mem, name);
	if (!path[0])
		return 0;
	if (link)
		return link_put(u, path, link, d);
	if (type_of(e, &type) < 0)
		return broken(u, "it holds a device or a socket", d);
	struct inode *i = tree_inode(u->tree, type, archive_entry_perm(e) & 07777,
		(uint32_t)archive_entry_uid(e), (uint32_t)archive_entry_gid(e),
		archive_entry_mtime(e));
	i->ref = u->ref;
	if (type == NODE_FILE && contents_read(u, &i->content, d) < 0)
		return -1;
	if (type == NODE_SYMLINK) {
		if (!archive_entry_symlink(e))
			return broken(u, "a symbolic link has no readable target", d);
		i->target = arena_str(u->tree->mem, archive_entry_symlink(e));
	}
	return tree_put(u->tree, u->tree->root, path, i, &node, d);
}

static int entries_read(struct unpack *u, struct diags *d)
{
	struct archive_entry *e;
	for (;;) {
		int rc = archive_read_next_header(u->archive, &e);
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return broken(u, archive_error_string(u->archive), d);
		if (++u->entries > ENTRIES_MAX)
			return broken(u, "it has too many files", d);
		if (entry_put(u, e, d) < 0)
			return fail_ctx(d, "while unpacking %s", u->what);
	}
}

static void archive_drop(struct archive **ar)
{
	archive_read_free(*ar);
}

int deb_unpack(struct tree *t, int fd, uint64_t size, const char *what, const char *ref,
	struct out *pack, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct deb_part data;
	if (deb_data_find(fd, size, what, &data, d) < 0)
		return -1;
	__attribute__((cleanup(archive_drop))) struct archive *ar = archive_read_new();
	struct unpack *u = ARENA_NEW(a, struct unpack);
	*u = (struct unpack){ .tree = t,
		.archive = ar,
		.pack = pack,
		.what = what,
		.ref = ref,
		.fd = fd,
		.at = data.offset,
		.end = data.offset + data.len };
	archive_read_support_filter_gzip(ar);
	archive_read_support_filter_xz(ar);
	archive_read_support_filter_zstd(ar);
	archive_read_support_format_tar(ar);
	archive_read_support_format_gnutar(ar);
	if (archive_read_open(ar, u, NULL, next_bytes, NULL) != ARCHIVE_OK)
		return broken(u, archive_error_string(ar), d);
	return entries_read(u, d);
}
