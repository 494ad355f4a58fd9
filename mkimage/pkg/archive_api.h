/* libarchive, which reads the tars of Debian packages; loaded when the first of them is opened. */
#ifndef PKG_ARCHIVE_API_H
#define PKG_ARCHIVE_API_H

#include "base/diag.h"

#include <archive.h>
#include <archive_entry.h>

struct archive_api {
	__typeof__(archive_read_new) *read_new;
	__typeof__(archive_read_free) *read_free;
	__typeof__(archive_read_support_filter_bzip2) *bzip2;
	__typeof__(archive_read_support_filter_gzip) *gzip;
	__typeof__(archive_read_support_filter_xz) *xz;
	__typeof__(archive_read_support_filter_zstd) *zstd;
	__typeof__(archive_read_support_format_tar) *tar;
	__typeof__(archive_read_open) *open;
	__typeof__(archive_read_open_memory) *open_memory;
	__typeof__(archive_read_next_header) *next_header;
	__typeof__(archive_read_data) *data;
	__typeof__(archive_read_data_block) *data_block;
	__typeof__(archive_error_string) *error_string;
	__typeof__(archive_set_error) *set_error;
	__typeof__(archive_entry_filetype) *filetype;
	__typeof__(archive_entry_gid) *gid;
	__typeof__(archive_entry_hardlink) *hardlink;
	__typeof__(archive_entry_mtime) *mtime;
	__typeof__(archive_entry_pathname) *pathname;
	__typeof__(archive_entry_pathname_utf8) *pathname_utf8;
	__typeof__(archive_entry_perm) *perm;
	__typeof__(archive_entry_rdevmajor) *rdevmajor;
	__typeof__(archive_entry_rdevminor) *rdevminor;
	__typeof__(archive_entry_size) *size;
	__typeof__(archive_entry_symlink) *symlink;
	__typeof__(archive_entry_symlink_utf8) *symlink_utf8;
	__typeof__(archive_entry_uid) *uid;
};

/* The same for the whole process; to be called from one thread first. */
CHECK int archive_api_load(const struct archive_api **out, struct diags *d);

/* A reader for tars as .debs have them. */
CHECK int archive_tar_new(const struct archive_api *api, struct archive **out, struct diags *d);

#endif
