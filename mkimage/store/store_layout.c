/* The fixed files of an OCI image layout (image-spec image-layout.md). */
#include "mkimage/store/store_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static const char empty_index[] = "{\"schemaVersion\":2,"
				  "\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
				  "\"manifests\":[]}";

int layout_version_check(
	struct arena *a, const char *what, const char *text, size_t len, struct diags *d)
{
	struct json root;
	const char *version;
	if (json_parse(a, what, text, len, &root, d) < 0 ||
		json_need_str(root, "imageLayoutVersion", &version, d) < 0)
		return -1;
	if (strncmp(version, "1.", 2) != 0)
		return json_fail(root, "imageLayoutVersion", d,
			"is \"%s\", and only version 1 is known", version);
	return 0;
}

/* What a store may hold before its oci-layout is written: the rest of a run that was cut off;
 * and the oci-layout itself, when another run makes the store while this one lists it. */
static bool ours(const char *name)
{
	static const char *const names[] = { ".", "..", "blobs", "tmp", "lock", "index.lock",
		"names.lock", "index.json", "oci-layout", "partial", "unpacked", "debs", "apt",
		"run", "lost+found" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* A store is not made in the middle of somebody's files. */
static int refuse_foreign(struct store *s, struct diags *d)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int sys = errno;
		fd_drop(&fd);
		return fail_sys(d, sys, "cannot list \"%s\"", s->path);
	}
	const char *foreign = NULL;
	for (struct dirent *e; !foreign && (e = readdir(dir));)
		if (!ours(e->d_name))
			foreign = arena_str(d->mem, e->d_name);
	closedir(dir);
	if (foreign)
		return fail(d, KIND_USAGE, "name an empty folder, or one that does not exist yet",
			"\"%s\" is no store: it has no \"oci-layout\", but \"%s\"", s->path,
			foreign);
	return 0;
}

static int folder(struct store *s, const char *name, struct diags *d)
{
	if (mkdirat(s->dir, name, 0777) < 0 && errno != EEXIST)
		return store_write_failed(s, errno, name, d);
	return 0;
}

static int put_file(struct store *s, const char *name, const char *text, struct diags *d)
{
	AUTO_TMP t = TMP_NONE;
	if (tmp_open(s, "", &t, d) < 0)
		return -1;
	if (fd_write_all(t.fd, text, strlen(text)) < 0)
		return store_write_failed(s, errno, name, d);
	return tmp_commit(&t, s->dir, name, d);
}

static int make(struct store *s, struct diags *d)
{
	AUTO_FD lock = -EBADF;
	if (refuse_foreign(s, d) < 0 || store_lock(s, "index.lock", LOCK_EX, &lock, d) < 0)
		return -1;
	/* Whoever held the lock before us may have made it. */
	if (faccessat(s->dir, "oci-layout", F_OK, 0) == 0)
		return 0;
	if (folder(s, "blobs", d) < 0 || folder(s, "blobs/sha256", d) < 0 ||
		folder(s, "tmp", d) < 0)
		return -1;
	s->tmp = openat(s->dir, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->tmp < 0)
		return fail_sys(d, errno, "cannot open \"%s/tmp\"", s->path);
	int rc = 0;
	if (faccessat(s->dir, "index.json", F_OK, 0) < 0)
		rc = put_file(s, "index.json", empty_index, d);
	if (rc == 0)
		rc = put_file(s, "oci-layout", layout_version_text, d);
	fd_drop(&s->tmp);
	return rc;
}

int store_layout(struct store *s, struct diags *d)
{
	if (faccessat(s->dir, "oci-layout", F_OK, 0) < 0 && make(s, d) < 0)
		return -1;
	char *text;
	size_t len;
	AUTO_ARENA a = arena_new();
	const char *what = arena_fmt(a, "the file \"%s/oci-layout\"", s->path);
	if (file_read_at(a, s->dir, "oci-layout", 4096, &text, &len, d) < 0 ||
		layout_version_check(a, what, text, len, d) < 0)
		return -1;
	/* A layout that another tool made has no tmp/ yet, and another user's store may not be
	 * written. */
	if (mkdirat(s->dir, "tmp", 0777) < 0 && errno != EEXIST && errno != EROFS &&
		errno != EACCES)
		return store_write_failed(s, errno, "tmp", d);
	return 0;
}
