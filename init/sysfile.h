/* Small files of /proc, /sys and /etc; big ones mapped; folders without a heap. */
#ifndef INIT_SYSFILE_H
#define INIT_SYSFILE_H

#include "init/span.h"

#include <stdint.h>
#include <sys/types.h>

/* Up to size - 1 bytes with a NUL, trailing newline cut. The length, or -1 with errno. */
ssize_t sysfile_read(const char *path, char *out, size_t size);
ssize_t sysfile_read_at(int dir, const char *path, char *out, size_t size);
/* The kernel's command line; empty before /proc is there. */
struct span sysfile_cmdline(void);
/* One write(2), as sysfs and procfs want it. 0, or -1 with errno. */
int sysfile_write(const char *path, const char *text);
/* Decimal. False when the file is missing or is something else. */
bool sysfile_number_at(int dir, const char *path, uint64_t *out);

/* A read-only mapping of a whole file up to 16 MB; an empty span when it is missing or empty. */
struct span sysfile_map(const char *path);
void sysfile_unmap(struct span map);

/* Walks the entries of an open folder, "." and ".." left out. visit returns false to stop. The
 * folder's position moves. -1 with errno when reading fails. */
int sysdir_each(int dir, bool (*visit)(void *ctx, int dir, const char *name, unsigned char type),
	void *ctx);
/* The same for a path; a missing folder is an empty one. */
int sysdir_each_path(const char *path,
	bool (*visit)(void *ctx, int dir, const char *name, unsigned char type), void *ctx);

#endif
