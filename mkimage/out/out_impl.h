/* What an output is made of. */
#ifndef OUT_OUT_IMPL_H
#define OUT_OUT_IMPL_H

#include "mkimage/out/out.h"

#include <stdbool.h>

struct out {
	struct arena *mem; /* owns this too */
	int fd;
	int folder; /* the target's, so that renaming stays inside it whatever happens to the path
		     */
	const char *path; /* as given */
	const char *name; /* its last part; NULL: a scratch output */
	const char *temp; /* the file's present name; NULL: it has none (O_TMPFILE) */
	uint64_t size;
	uint64_t written; /* the file's part of size; the rest is in the buffer, all in one piece */
	bool streams;
	int direct;	 /* the file again, past the page cache; or negative */
	bool no_sharing; /* these file systems share no extents */
	char *buffer; /* one piece, its bytes where they are in the file's; NULL: there was none yet
		       */
};

/* The size and alignment of pieces: any file system writes such in one go. */
enum { OUT_PIECE = 1 << 20 };

/* Where the next bytes are to be put, and how many there is room for; then that they are there. */
size_t out_room(struct out *to, char **at);
CHECK int out_filled(struct out *to, size_t len, struct diags *d);

/* The temporary name of an output, and the folder of path. */
const char *out_temp_name(struct arena *a, const char *name, const char *unique);
const char *out_folder_path(struct arena *a, const char *path);
int out_write_failed(struct out *to, int sys, struct diags *d);

#endif
