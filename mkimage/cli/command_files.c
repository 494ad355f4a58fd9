/* Files of a finished image: ls, cat, extract. */
#include "mkimage/cli/image_report.h"
#include "mkimage/cli/listing.h"

#include "base/fd.h"
#include "mkimage/out/out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 128 * 1024 };

int command_ls(struct cli *c)
{
	AUTO_INSPECTED i = NULL;
	struct inspect_part *part;
	struct node *n;
	const char *path = c->words.len > 1 ? c->words.items[1] : "/";
	if (cli_image(c, c->words.items[0], &i) < 0)
		return -1;
	size_t len = strlen(path);
	if (len && path[len - 1] == ':') /* "esp:" is its root here */
		path = arena_fmt(c->mem, "%s/", path);
	if (inspect_find(i, path, &part, &n, &c->d) < 0)
		return -1;
	const char *prefix = tree_path(c->mem, n);
	if (*prefix && n->inode->type == NODE_DIR)
		prefix = arena_fmt(c->mem, "%s/", prefix);
	print_tree(c, n, prefix, cli_flag(c, "recursive"));
	return 0;
}

struct copy {
	const struct content *from;
	const char *path; /* for messages */
	int fd;		  /* where to; or */
	struct out *out;
};

static int copy_content(struct cli *c, const struct copy *to)
{
	static char buf[CHUNK]; /* one for all files of a folder */
	for (uint64_t at = 0; at < to->from->size;) {
		ssize_t n = content_read(to->from, at, buf, sizeof(buf));
		if (n <= 0)
			return fail_sys(&c->d, n < 0 ? errno : EIO,
				"cannot read \"%s\" in the image", to->path);
		if (to->out && out_write(to->out, buf, (size_t)n, &c->d) < 0)
			return -1;
		if (!to->out && fd_write_all(to->fd, buf, (size_t)n) < 0)
			return fail_sys(
				&c->d, errno, "cannot write the content of \"%s\"", to->path);
		at += (uint64_t)n;
	}
	return 0;
}

/* What a path names, when it has bytes: a file, or a part as a whole. */
static const struct content *bytes_of(const struct inspect_part *part, const struct node *n)
{
	if (!n)
		return &part->content;
	return n->inode->type == NODE_FILE ? &n->inode->content : NULL;
}

int command_cat(struct cli *c)
{
	AUTO_INSPECTED i = NULL;
	struct inspect_part *part;
	struct node *n;
	const char *path = c->words.items[1];
	if (cli_image(c, c->words.items[0], &i) < 0 || inspect_find(i, path, &part, &n, &c->d) < 0)
		return -1;
	const struct content *content = bytes_of(part, n);
	if (!content)
		return fail(
			&c->d, KIND_INPUT, "`slipway ls` lists folders", "\"%s\" is no file", path);
	return copy_content(c, &(struct copy){ content, path, STDOUT_FILENO, NULL });
}

struct extract {
	struct cli *c;
	int to;
	unsigned skipped;
};

static int extract_file(struct extract *x, const struct inode *i, const char *path)
{
	AUTO_FD fd = openat(
		x->to, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_sys(&x->c->d, errno, "cannot create \"%s\"", path);
	if (copy_content(x->c, &(struct copy){ &i->content, path, fd, NULL }) < 0)
		return -1;
	/* Set-id bits would be those of whoever extracts. */
	if (fchmod(fd, i->mode & 0777) < 0)
		return fail_sys(&x->c->d, errno, "cannot set the mode of \"%s\"", path);
	return 0;
}

/* Folders come before what is in them, and links are never gone through: all is new below to. */
static int extract_node(void *ctx, struct node *n, const char *path)
{
	struct extract *x = ctx;
	const struct inode *i = n->inode;
	switch (i->type) {
	case NODE_DIR:
		if (mkdirat(x->to, path, 0777) < 0)
			return fail_sys(&x->c->d, errno, "cannot create the folder \"%s\"", path);
		return 0;
	case NODE_FILE:
		return extract_file(x, i, path);
	case NODE_SYMLINK:
		if (symlinkat(i->target, x->to, path) < 0)
			return fail_sys(&x->c->d, errno, "cannot create the link \"%s\"", path);
		return 0;
	case NODE_CHAR:
	case NODE_BLOCK:
	case NODE_FIFO:
		break;
	}
	x->skipped++;
	return 0;
}

static int extract_folder(struct cli *c, const struct node *n, const char *to)
{
	struct extract x = { .c = c };
	if (mkdir(to, 0777) < 0)
		return fail_sys(&c->d, errno, "cannot create the folder \"%s\"", to);
	AUTO_FD fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_sys(&c->d, errno, "cannot open the folder \"%s\"", to);
	x.to = fd;
	if (tree_walk(n, extract_node, &x) < 0) {
		if (dir_remove(to, &c->d) < 0)
			return fail_ctx(&c->d, "removing what was extracted so far");
		return -1;
	}
	if (x.skipped)
		cli_say(c, arena_fmt(c->mem, "%u devices and pipes were left out", x.skipped));
	return 0;
}

int command_extract(struct cli *c)
{
	AUTO_INSPECTED i = NULL;
	struct inspect_part *part;
	struct node *n;
	const char *path = c->words.items[1], *to = c->words.items[2];
	if (cli_image(c, c->words.items[0], &i) < 0 || inspect_find(i, path, &part, &n, &c->d) < 0)
		return -1;
	if (n && n->inode->type == NODE_DIR)
		return extract_folder(c, n, to);
	const struct content *content = bytes_of(part, n);
	if (!content)
		return fail(&c->d, KIND_INPUT, NULL, "\"%s\" is neither a file nor a folder", path);
	AUTO_OUT out = NULL;
	if (out_create(to, n && n->inode->mode & 0111 ? 0777 : 0666, &out, &c->d) < 0)
		return -1;
	if (copy_content(c, &(struct copy){ content, path, -1, out }) < 0)
		return -1;
	return out_commit(&out, &c->d);
}
