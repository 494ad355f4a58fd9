/* What is on its way into an output, a piece at a time. */
#include "mkimage/out/out_impl.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>

/* Of memory that disks read by themselves; no disk asks for more. */
enum { ALIGN = 4096 };

/* Pieces that go past the page cache cost neither its pages, nor their removal with an older output
 * of that name; out_commit() waits for the disk either way. */
void out_stream(struct out *to)
{
	char self[40];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", to->fd);
	to->streams = true;
	if (to->direct < 0 && to->name)
		to->direct = open(self, O_WRONLY | O_DIRECT | O_CLOEXEC);
}

size_t out_room(struct out *to, char **at)
{
	size_t begin = to->size % OUT_PIECE;
	if (!to->buffer) {
		char *memory = arena_alloc(to->mem, OUT_PIECE + ALIGN);
		to->buffer = memory + (ALIGN - (uintptr_t)memory % ALIGN);
	}
	*at = to->buffer + begin;
	return OUT_PIECE - begin;
}

int out_filled(struct out *to, size_t len, struct diags *d)
{
	to->size += len;
	return to->size % OUT_PIECE ? 0 : out_flush(to, d);
}

/* 1: it is there; 0: the file system does not do this; -1 with errno. */
static int write_direct(struct out *to, const char *from, size_t len)
{
	if (to->direct < 0 || len < OUT_PIECE)
		return 0;
	if (fd_pwrite_all(to->direct, from, len, to->written) == 0)
		return 1;
	if (errno != EINVAL)
		return -1;
	fd_drop(&to->direct);
	return 0;
}

int out_flush(struct out *to, struct diags *d)
{
	size_t len = (size_t)(to->size - to->written);
	if (!len)
		return 0;
	const char *from = to->buffer + to->written % OUT_PIECE;
	int done = write_direct(to, from, len);
	if (done < 0 || (!done && fd_pwrite_all(to->fd, from, len, to->written) < 0))
		return out_write_failed(to, errno, d);
	to->written = to->size;
	return 0;
}
