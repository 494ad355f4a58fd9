/*
 * Outputs that appear whole or not at all: bytes go to an unnamed or temporary file in the target's
 * own folder and get their name only in out_commit. Dropping an output without a commit leaves
 * nothing.
 */
#ifndef OUT_OUT_H
#define OUT_OUT_H

#include "base/diag.h"
#include "base/digest.h"

#include <stdint.h>

struct out;

/* path's folder exists. mode as for open(2), less the umask. */
CHECK int out_create(const char *path, unsigned mode, struct out **to, struct diags *d);
/* A scratch output without a name, below folder; read it back through out_fd. */
CHECK int out_scratch(const char *folder, struct out **to, struct diags *d);

/*
 * For an output that grows at its end: pieces are gathered, and those of what is to be named go to
 * the disk past the page cache, where the file system can. out_fd() shows what is written after
 * out_flush() alone.
 */
void out_stream(struct out *to);
CHECK int out_flush(struct out *to, struct diags *d);

CHECK int out_write(struct out *to, const void *bytes, size_t len, struct diags *d);
CHECK int out_pwrite(
	struct out *to, const void *bytes, size_t len, uint64_t offset, struct diags *d);
/* Zeros: a hole where the file system has them. */
CHECK int out_skip(struct out *to, uint64_t len, struct diags *d);
/* Zeros up to the next multiple of unit. */
CHECK int out_align(struct out *to, uint64_t unit, struct diags *d);
/* Takes back what lies behind size; the next out_write goes there. */
CHECK int out_truncate(struct out *to, uint64_t size, struct diags *d);
/* A range of an open file; where the file system can, its extents are shared. */
CHECK int out_copy(struct out *to, int fd, uint64_t offset, uint64_t len, struct diags *d);
/* The same; where the file has holes, there are zeros as out_skip makes them. */
CHECK int out_copy_sparse(struct out *to, int fd, uint64_t offset, uint64_t len, struct diags *d);

uint64_t out_size(const struct out *to);    /* = the position of the next out_write */
int out_fd(const struct out *to);	    /* borrowed; open for reading too */
const char *out_path(const struct out *to); /* what it is to be called; for messages */

/* Syncs and names the file. On failure nothing is there. */
CHECK int out_commit(struct out **to, struct diags *d);
/* For what may be lost or damaged when the machine stops. */
CHECK int out_commit_unsynced(struct out **to, struct diags *d);
/* Accepts NULL. */
void out_drop(struct out **to);
#define AUTO_OUT __attribute__((cleanup(out_drop))) struct out *

#endif
