/* Whole reads and writes, and whole files and folders, for the builder. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include "base/auto_fd.h"
#include "base/diag.h"

#include <errno.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

/* All len bytes, whatever signals and short writes come. 0, or -1 with errno. */
int fd_write_all(int fd, const void *bytes, size_t len);
int fd_pwrite_all(int fd, const void *bytes, size_t len, uint64_t offset);
/* Up to len bytes, fewer only at the end of the file. The count, or -1 with errno. */
ssize_t fd_read_full(int fd, void *bytes, size_t len);
ssize_t fd_pread_full(int fd, void *bytes, size_t len, uint64_t offset);
/* len bytes from in (at offset) to out's position. -1 with errno; EIO when in ends before. */
int fd_copy_range(int in, uint64_t offset, uint64_t len, int out);

/* A whole file into the arena, NUL-terminated; refused above max bytes. KIND_SYSTEM errors. */
/*
 * The first range of [from, end) that is not known to be a hole: [*data, *stop); both are end when
 * there is none. A file system that knows no holes has data everywhere.
 */
void fd_data(int fd, uint64_t from, uint64_t end, uint64_t *data, uint64_t *stop);
CHECK int file_read(
	struct arena *a, const char *path, size_t max, char **text, size_t *len, struct diags *d);
CHECK int file_read_at(struct arena *a, int dir, const char *path, size_t max, char **text,
	size_t *len, struct diags *d);
/* mkdir -p; existing folders are fine. */
CHECK int dir_make(const char *path, mode_t mode, struct diags *d);
/* Removes a folder and all below it, never following a link. A missing one is fine. */
CHECK int dir_remove(const char *path, struct diags *d);

#endif
