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
	bool no_sharing; /* these file systems share no extents */
	char *buffer;	 /* of copies; NULL: there was none yet */
};

/* The temporary name of an output, and the folder of path. */
const char *out_temp_name(struct arena *a, const char *name, const char *unique);
const char *out_folder_path(struct arena *a, const char *path);
int out_write_failed(struct out *to, int sys, struct diags *d);

#endif
