/*
 * Debian binary packages (deb(5)): an ar archive of debian-binary, control.tar.* and data.tar.*.
 * Only the data is looked at; nothing of the package runs. Hostile input, although apt's index
 * vouches for its digest.
 */
#ifndef PKG_DEB_H
#define PKG_DEB_H

#include "mkimage/out/out.h"
#include "mkimage/tree/tree.h"

struct deb_part {
	uint64_t offset, len;
	char name[17];
};

/* Finds data.tar.* in fd's size bytes; what names the file in messages. */
CHECK int deb_data_find(
	int fd, uint64_t size, const char *what, struct deb_part *out, struct diags *d);

/*
 * Puts the files of data.tar.* into the tree with their modes, owners and times; contents are
 * appended to pack, which must outlive the tree. ref goes into every inode (borrowed). Old paths
 * (/bin, /sbin, /lib, /lib64) become those of the merged /usr.
 */
CHECK int deb_unpack(struct tree *t, int fd, uint64_t size, const char *what, const char *ref,
	struct out *pack, struct diags *d);

#endif
