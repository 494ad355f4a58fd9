/* What the writers share: numbering inodes, and content on its way out. */
#ifndef FS_FS_IMPL_H
#define FS_FS_IMPL_H

#include "mkimage/fs/fs.h"

/* Linux opens no longer path, and no longer link (PATH_MAX less the NUL). */
enum { SYMLINK_LIMIT = 4095 };

/* S_IFREG and its like, with the permission bits. */
uint32_t fs_mode(const struct inode *i);

/*
 * Sets every serial to 0 (an earlier writer may have used them) and refuses what no format can
 * hold. Counts the inodes that have extended attributes.
 */
CHECK int fs_begin(const struct tree *t, size_t *with_xattrs, struct diags *d);

/* A regular file's bytes. */
CHECK int fs_content(const struct content *c, struct out *to, struct diags *d);

#endif
