/* The config's own files. */
#include "mkimage/build/build_impl.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A folder can be entered by those who may do anything with the file in it. */
static uint32_t with_search(uint32_t mode)
{
	mode |= mode & 0700 ? 0100 : 0;
	mode |= mode & 0070 ? 0010 : 0;
	mode |= mode & 0007 ? 0001 : 0;
	return mode & 0777;
}

/* Leading folders that are not there yet; those that are keep what they have. */
static int leading(struct build *b, const struct planned_file *f, const char *path,
	struct origin from, struct diags *d)
{
	for (const char *p = path; (p = strchr(p, '/')); p++) {
		const char *part = arena_strn(b->mem, path, (size_t)(p - path));
		struct node *n = tree_find(b->tree->root, part);
		if (!part[strspn(part, "/.")] || n)
			continue;
		if (put_folder(b, b->tree, b->tree->root, part, with_search(f->mode), from, &n, d) <
			0)
			return -1;
		n->inode->uid = f->uid;
		n->inode->gid = f->gid;
	}
	return 0;
}

enum { PSEUDO_MAX = 1 << 20 };

/* Files of /proc and /sys say that they have no bytes; only reading tells. */
static int read_unsized(
	struct build *b, const struct planned_file *f, int fd, struct content *out, struct diags *d)
{
	char first;
	ssize_t len = fd_read_full(fd, &first, 1);
	if (len == 1) {
		char *bytes = arena_alloc(b->mem, PSEUDO_MAX + 1);
		bytes[0] = first;
		len = fd_read_full(fd, bytes + 1, PSEUDO_MAX);
		*out = (struct content){ .size = (uint64_t)len + 1, .bytes = bytes, .fd = -1 };
	} else {
		*out = (struct content){ .bytes = "", .fd = -1 };
	}
	if (len < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", f->source);
	if (out->size > PSEUDO_MAX)
		return fail(d, KIND_INPUT, NULL, "\"%s\" has no size and does not end", f->source);
	return 0;
}

static int open_source(
	struct build *b, const struct planned_file *f, struct content *out, struct diags *d)
{
	AUTO_FD fd = open(f->source, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", f->source);
	if (!S_ISREG(st.st_mode))
		return fail(d, KIND_INPUT, NULL, "\"%s\" is no regular file", f->source);
	if (!st.st_size)
		return read_unsized(b, f, fd, out, d);
	*out = (struct content){ .size = (uint64_t)st.st_size, .fd = fd };
	vec_push(b->mem, &b->fds, fd_take(&fd));
	return 0;
}

static int contents(
	struct build *b, const struct planned_file *f, struct content *out, struct diags *d)
{
	const struct file_item *y = f->item;
	const char *text = y->contents.v;
	size_t len = text ? strlen(text) : 0;
	if (f->source)
		return open_source(b, f, out, d);
	if (y->metadata.v && metadata_text(b->mem, b->plan, y->metadata.v, &text, &len, d) < 0)
		return -1;
	*out = (struct content){ .size = len, .bytes = text, .fd = -1 };
	return 0;
}

/* An image's /usr must not vanish behind a file of that name. */
static int spare_folder(struct build *b, const char *path, enum node_type type, struct diags *d)
{
	const struct node *n = tree_find(b->tree->root, path);
	if (!n || n->inode->type != NODE_DIR || type == NODE_DIR || !n->len)
		return 0;
	return fail(d, KIND_INPUT, "name a path that is free, or a file in the folder",
		"\"%s\" would replace a folder and all that is in it", path);
}

static int file(struct build *b, const struct planned_file *f, struct origin from, struct diags *d)
{
	const struct file_item *y = f->item;
	const char *path = y->path.v + strspn(y->path.v, "/");
	enum node_type type = y->directory.v ? NODE_DIR : y->symlink.v ? NODE_SYMLINK : NODE_FILE;
	struct inode *i = tree_inode(b->tree, type, type == NODE_SYMLINK ? 0777 : f->mode, f->uid,
		f->gid, b->plan->epoch);
	i->ref = from.ref;
	i->loc = from.loc;
	i->target = y->symlink.v;
	if (type == NODE_FILE && contents(b, f, &i->content, d) < 0)
		return -1;
	if (spare_folder(b, path, type, d) < 0 || leading(b, f, path, from, d) < 0)
		return -1;
	return tree_put(b->tree, b->tree->root, path, i, NULL, d);
}

int build_files(struct build *b, struct diags *d)
{
	for (size_t i = 0; i < b->plan->files_len; i++) {
		const struct planned_file *f = &b->plan->files[i];
		size_t index = (size_t)(f->item - b->plan->config->files.items);
		struct origin from = { "linuxkit.files", arena_fmt(b->mem, "files[%zu]", index) };
		unsigned before = d->errors;
		if (file(b, f, from, d) < 0) {
			(void)errors_at(d, before, f->item->path.at);
			return fail_ctx(d, "adding the file \"%s\"", f->item->path.v);
		}
	}
	return 0;
}
