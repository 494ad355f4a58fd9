/* A finished image: partition tables, file systems, archives, PE files, nested. */
#include "tests/fuzz/fuzz.h"

#include "base/fd.h"
#include "mkimage/inspect/pcrs.h"

#include <stdio.h>
#include <sys/mman.h>

feeder feed_image;

static int read_some(void *ctx, struct node *n, const char *path)
{
	static char buf[4096];
	(void)ctx;
	(void)path;
	if (n->inode->type == NODE_FILE)
		(void)!content_read(&n->inode->content, 0, buf, sizeof(buf));
	return 0;
}

int feed_image(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	char path[64];
	diags_init(&d, a);
	AUTO_FD fd = memfd_create("image", MFD_CLOEXEC);
	if (fd < 0 || fd_write_all(fd, data, len) < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	AUTO_INSPECTED i = NULL;
	struct inspect_signatures signatures = { 0 };
	struct pcr_events events = { 0 };
	if (inspect_open(a, path, "/tmp", &i, &d) < 0)
		return 0;
	if (i->root && i->root->tree)
		(void)tree_walk(i->root->tree->root, read_some, NULL);
	inspect_signatures(i, &signatures);
	(void)!inspect_pcrs(i, NULL, &events, &d);
	return 0;
}
