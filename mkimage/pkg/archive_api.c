#include "mkimage/pkg/archive_api.h"

#include "base/library.h"

static struct archive_api api;
static const struct library_symbol symbols[] = {
	{ "archive_read_new", &api.read_new },
	{ "archive_read_free", &api.read_free },
	{ "archive_read_support_filter_bzip2", &api.bzip2 },
	{ "archive_read_support_filter_gzip", &api.gzip },
	{ "archive_read_support_filter_xz", &api.xz },
	{ "archive_read_support_filter_zstd", &api.zstd },
	{ "archive_read_support_format_tar", &api.tar },
	{ "archive_read_open", &api.open },
	{ "archive_read_open_memory", &api.open_memory },
	{ "archive_read_next_header", &api.next_header },
	{ "archive_read_data", &api.data },
	{ "archive_read_data_block", &api.data_block },
	{ "archive_error_string", &api.error_string },
	{ "archive_set_error", &api.set_error },
	{ "archive_entry_filetype", &api.filetype },
	{ "archive_entry_gid", &api.gid },
	{ "archive_entry_hardlink", &api.hardlink },
	{ "archive_entry_mtime", &api.mtime },
	{ "archive_entry_pathname", &api.pathname },
	{ "archive_entry_pathname_utf8", &api.pathname_utf8 },
	{ "archive_entry_perm", &api.perm },
	{ "archive_entry_rdevmajor", &api.rdevmajor },
	{ "archive_entry_rdevminor", &api.rdevminor },
	{ "archive_entry_size", &api.size },
	{ "archive_entry_symlink", &api.symlink },
	{ "archive_entry_symlink_utf8", &api.symlink_utf8 },
	{ "archive_entry_uid", &api.uid },
};

int archive_api_load(const struct archive_api **out, struct diags *d)
{
	static bool loaded;
	if (!loaded && library_load("libarchive.so.13", "libarchive13", symbols, ARRAY_LEN(symbols),
			       d) < 0)
		return -1;
	loaded = true;
	*out = &api;
	return 0;
}

int archive_tar_new(const struct archive_api *a, struct archive **out, struct diags *d)
{
	struct archive *ar = a->read_new();
	if (!ar)
		return fail(d, KIND_SYSTEM, NULL, "libarchive does not start");
	a->bzip2(ar);
	a->gzip(ar);
	a->xz(ar);
	a->zstd(ar);
	a->tar(ar);
	*out = ar;
	return 0;
}
