/* The private apt root, and what apt prints about files. */
#ifndef PKG_APT_IMPL_H
#define PKG_APT_IMPL_H

#include "base/spawn.h"
#include "mkimage/pkg/apt.h"

struct apt {
	struct arena *mem;
	const char *suite, *arch; /* arch as Debian names it */
	const char *components;	  /* "main", or more words */
	const char *root;	  /* <store>/apt/SUITE-ARCH */
	const char *config;	  /* root/apt.conf, for APT_CONFIG */
	const char *debs;	  /* <store>/debs */
	bool updated;		  /* in this process: no use in trying again */
};

/* Debian Policy 5.6.1: what a package may be called. Also keeps options and apt's "name-" away. */
bool apt_name_valid(const char *name);
/* A suite or a codename; it becomes part of paths and of apt's configuration. */
bool apt_suite_valid(const char *suite);

/* The folders, apt.conf and sources.list of apt->root. */
CHECK int apt_root_make(struct apt *apt, struct diags *d);
/* Builds that share a store take turns at the index. Open it until the work is done. */
CHECK int apt_lock(struct apt *apt, int *fd, struct diags *d);
/* Under the lock. force: whatever its age. A failure is a warning when there is an index already.
 */
CHECK int apt_update(struct apt *apt, int lock, bool force, struct diags *d);

/* A program of apt's, with our configuration. argv[0] is there already. */
struct spawn apt_spawn(struct apt *apt, const char *program);
/* What the program complained of in its first error, on one line. */
const char *apt_said(struct arena *a, const struct diags *failed);

/*
 * One line of --print-uris, 'URI' FILE SIZE SHA256:HEX, into uri, digest, size and name (the file
 * name as it stands, percent-encoded). NULL when it is one, else what is wrong with it.
 */
const char *apt_line_parse(struct arena *a, const char *line, size_t len, struct apt_file *out);
/* "openssh-server_1%3a10.0p1-7_amd64.deb" -> name, version, arch. -1: it is no such name. */
CHECK int apt_deb_name(struct arena *a, const char *file, struct apt_file *out);
/* All lines; empty ones are left out. KIND_SYSTEM: apt does not speak as we know it. */
CHECK int apt_lines_parse(
	struct arena *a, const char *text, struct apt_files *out, struct diags *d);

#endif
