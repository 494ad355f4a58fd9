/* data.tar.* into the tree, by libarchive. */
#include "base/fd.h"
#include "mkimage/pkg/archive_api.h"
#include "mkimage/pkg/deb_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 128 << 10, ENTRIES_MAX = 1 << 20 };
/* The largest packages of Debian (debug symbols, games' data) stay below. */
#define UNPACKED_MAX (UINT64_C(8) << 30)

struct unpack {
	const struct archive_api *api;
	struct tree *tree;
	struct archive *archive;
	struct out *scratch;
	const char *what;
	int fd;
	uint64_t at, end; /* of what is left of data.tar */
	int read_error;
	uint64_t unpacked;
	int64_t newest; /* for what is in no package */
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
		u->api->set_error(archive, errno, "cannot be read");
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

static int contents_read(struct unpack *u, uint64_t size, struct content *out, struct diags *d)
{
	const void *bytes;
	size_t len;
	int64_t offset;
	struct content c = { .fd = out_fd(u->scratch), .offset = out_size(u->scratch) };
	if (size > UNPACKED_MAX || (u->unpacked += size) > UNPACKED_MAX)
		return broken(u, "its files are larger than any package's", d);
	for (;;) {
		int rc = u->api->data_block(u->archive, &bytes, &len, &offset);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK)
			return broken(u, u->api->error_string(u->archive), d);
		/* Sparse files have holes between their blocks. */
		if (offset < 0 || (uint64_t)offset < c.size || (uint64_t)offset > size ||
			len > size - (uint64_t)offset)
			return broken(u, "a file's parts do not fit its size", d);
		if (out_skip(u->scratch, (uint64_t)offset - c.size, d) < 0 ||
			out_write(u->scratch, bytes, len, d) < 0)
			return -1;
		c.size = (uint64_t)offset + len;
	}
	if (out_skip(u->scratch, size - c.size, d) < 0)
		return -1;
	c.size = size;
	*out = c;
	return 0;
}

static int type_of(unsigned file, enum node_type *out)
{
	static const struct {
		unsigned file;
		enum node_type node;
	} types[] = { { AE_IFDIR, NODE_DIR }, { AE_IFREG, NODE_FILE }, { AE_IFLNK, NODE_SYMLINK },
		{ AE_IFCHR, NODE_CHAR }, { AE_IFBLK, NODE_BLOCK }, { AE_IFIFO, NODE_FIFO } };
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (file == types[i].file) {
			*out = types[i].node;
			return 0;
		}
	return -1;
}

static int link_put(struct unpack *u, const char *path, const char *target, struct diags *d)
{
	struct node *n = tree_find(u->tree->root, deb_merged_path(u->tree->mem, target));
	if (!n || n->inode->type == NODE_DIR)
		return broken(u, "a hard link leads nowhere", d);
	struct node *there = tree_find(u->tree->root, path);
	return there == n ? 0 : tree_link(u->tree, u->tree->root, path, n, d);
}

/* Linux's numbers: 12 bits of major, 20 of minor. */
static int device_set(
	const struct unpack *u, struct archive_entry *e, struct inode *i, struct diags *d)
{
	uint64_t major = (uint64_t)u->api->rdevmajor(e);
	uint64_t minor = (uint64_t)u->api->rdevminor(e);
	if (major > 0xfff || minor > 0xfffff)
		return broken(u, "a device has numbers that Linux does not have", d);
	i->major = (uint32_t)major;
	i->minor = (uint32_t)minor;
	return 0;
}

static int inode_fill(struct unpack *u, struct archive_entry *e, struct inode *i, struct diags *d)
{
	const char *target;
	switch (i->type) {
	case NODE_FILE:
		i->mode &= ~(uint32_t)06000;
		return contents_read(u, (uint64_t)u->api->size(e), &i->content, d);
	case NODE_SYMLINK:
		target = u->api->symlink(e);
		if (!target)
			target = u->api->symlink_utf8(e);
		if (!target || !*target || strlen(target) > 4095)
			return broken(u, "a symbolic link has no usable target", d);
		i->target = arena_str(u->tree->mem, target);
		return 0;
	case NODE_CHAR:
	case NODE_BLOCK:
		return device_set(u, e, i, d);
	case NODE_DIR:
	case NODE_FIFO:
		return 0;
	}
	return 0;
}

/* A link of the root itself, as base-files has it, stays where it is. */
static const char *place(struct arena *a, const char *name, enum node_type type)
{
	const char *path = deb_merged_path(a, name);
	bool below = strncmp(path, "usr/", 4) == 0;
	for (size_t i = 0; below && type == NODE_SYMLINK && deb_merged[i]; i++)
		if (strcmp(path + 4, deb_merged[i]) == 0 && !strstr(name, "usr/"))
			return path + 4;
	return path;
}

static int entry_put(struct unpack *u, struct archive_entry *e, struct diags *d)
{
	const char *name = u->api->pathname(e), *link = u->api->hardlink(e);
	int64_t uid = u->api->uid(e), gid = u->api->gid(e);
	enum node_type type = NODE_FILE;
	if (!name)
		name = u->api->pathname_utf8(e);
	if (!name)
		return broken(u, "a file has no readable name", d);
	if (!link && type_of(u->api->filetype(e), &type) < 0)
		return broken(u, "it holds a socket or something unknown", d);
	const char *path = place(u->tree->mem, name, type);
	if (!path[0])
		return 0;
	if (link)
		return link_put(u, path, link, d);
	if (uid < 0 || uid > UINT32_MAX - 1 || gid < 0 || gid > UINT32_MAX - 1)
		return broken(u, "an owner's number is out of range", d);
	struct inode *i = tree_inode(u->tree, type, u->api->perm(e) & 07777, (uint32_t)uid,
		(uint32_t)gid, u->api->mtime(e));
	i->ref = u->what;
	if (i->mtime > u->newest)
		u->newest = i->mtime;
	if (inode_fill(u, e, i, d) < 0)
		return -1;
	return tree_put(u->tree, u->tree->root, path, i, NULL, d);
}

static int entries_read(struct unpack *u, struct diags *d)
{
	struct archive_entry *e;
	for (;;) {
		int rc = u->api->next_header(u->archive, &e);
		if (rc == ARCHIVE_EOF)
			return deb_merged_links(u->tree, u->newest, d);
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return broken(u, u->api->error_string(u->archive), d);
		if (++u->entries > ENTRIES_MAX)
			return broken(u, "it has too many files", d);
		if (entry_put(u, e, d) < 0)
			return -1;
	}
}

static int data_unpack(struct unpack *u, struct diags *d)
{
	if (archive_api_load(&u->api, d) < 0 || archive_tar_new(u->api, &u->archive, d) < 0)
		return -1;
	int rc = u->api->open(u->archive, u, NULL, next_bytes, NULL) == ARCHIVE_OK
			 ? entries_read(u, d)
			 : broken(u, u->api->error_string(u->archive), d);
	u->api->read_free(u->archive);
	return rc;
}

int deb_unpack(struct arena *a, const char *path, const char *what, struct out *scratch,
	struct tree *t, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct deb_part data;
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	if (deb_part_find(fd, (uint64_t)st.st_size, what, "data.tar", &data, d) < 0)
		return -1;
	struct unpack *u = ARENA_NEW(mem, struct unpack);
	u->tree = t;
	u->scratch = scratch;
	u->what = arena_str(a, what);
	u->fd = fd;
	u->at = data.offset;
	u->end = data.offset + data.len;
	if (data_unpack(u, d) < 0)
		return fail_ctx(d, "unpacking %s", what);
	return 0;
}
