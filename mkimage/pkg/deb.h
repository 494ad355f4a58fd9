/*
 * A .deb (deb(5): an ar archive of debian-binary, control.tar.* and data.tar.*) -> a tree, through
 * libarchive; no maintainer script runs. The machine has merged /usr: what packages put into bin,
 * sbin, lib, lib32 and lib64 lands below usr/, and the root gets links. Set-user-ID and
 * set-group-ID bits of files go: services run with noNewPrivileges, where they mean nothing, and
 * must not mean anything elsewhere.
 */
#ifndef PKG_DEB_H
#define PKG_DEB_H

#include "mkimage/out/out.h"
#include "mkimage/tree/tree.h"

/*
 * Contents are appended to scratch, which outlives the tree. what names the package in messages and
 * becomes the inodes' ref. KIND_INPUT: it is no package, is cut off, or leads outside.
 */
CHECK int deb_unpack(struct arena *a, const char *path, const char *what, struct out *scratch,
	struct tree *t, struct diags *d);

/* What a package says about itself (deb-control(5)). */
struct deb_control {
	const char *maintainer;		     /* "Name <address>", or NULL */
	const char *source, *source_version; /* its own name and version when it names none */
};
/* The fields of a control file; name and version are the package's own. KIND_INPUT: it is none. */
CHECK int deb_control_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct deb_control *out, struct diags *d);
CHECK int deb_control_read(struct arena *a, const char *path, const char *what,
	struct deb_control *out, struct diags *d);

/*
 * Keeps only what the globs name, and what that needs; without keep all but drop stays. drop goes
 * first, so that what it names is as if no package had it.
 *
 * A glob names files and folders with all below them ("usr/sbin/nginx", "etc/nginx/",
 * "usr/share/zoneinfo/Eur*"); '*' and '?' do not match '/', a part that is "**" matches any
 * number of folders. One that matches nothing is an error.
 *
 * Needed are: targets of symbolic links (a folder without what is in it); of ELF files the
 * interpreter and the libraries (PT_INTERP, DT_NEEDED, transitively), from RUNPATH and the
 * dynamic linker's own folders. A library that is nowhere is an error. What programs open
 * otherwise (dlopen, scripts' interpreters, data) must be named. Folders that are left empty go.
 */
CHECK int deb_select(struct arena *a, struct tree *t, const struct strings *keep,
	const struct strings *drop, struct diags *d);

#endif
