/* The unpacked layers as a whole. All of them can be made again, as long as their blobs are there.
 */
#include "mkimage/layer/layer_impl.h"

#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* ".pack" or ".index" behind a digest. */
static bool unpacked_name(const char *alg, const char *name, struct digest *out)
{
	char text[DIGEST_TEXT_SIZE];
	const char *dot = strchr(name, '.');
	if (!dot || (strcmp(dot, ".pack") != 0 && strcmp(dot, ".index") != 0))
		return false;
	int n = snprintf(text, sizeof(text), "%s:%.*s", alg, (int)(dot - name), name);
	return n > 0 && (size_t)n < sizeof(text) && digest_parse(text, out) == 0;
}

/* Both files; the index first, for with it the layer is there. One that is being made stays. */
static int remove_layer(const char *folder, const struct digest *id, bool dry, uint64_t *size,
	bool *removed, struct diags *d)
{
	static const char *const ends[] = { "index", "pack" };
	AUTO_FD lock = -EBADF;
	AUTO_ARENA a = arena_new();
	char text[DIGEST_TEXT_SIZE];
	const char *hex = digest_hex(id, text);
	*size = 0;
	*removed = false;
	int rc = layer_lock(folder, id, false, &lock, d);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < 2; i++) {
		struct stat st;
		const char *path = arena_fmt(a, "%s/%s.%s", folder, hex, ends[i]);
		if (lstat(path, &st) < 0)
			continue;
		*size += (uint64_t)st.st_size;
		*removed = true;
		if (!dry && unlink(path) < 0 && errno != ENOENT)
			return fail_sys(d, errno, "cannot remove \"%s\"", path);
	}
	return 0;
}

static int list_folder(struct arena *a, const char *folder, const char *alg,
	struct digest_set *seen, struct diags *d)
{
	DIR *dir = opendir(folder);
	if (!dir)
		return errno == ENOENT ? 0 : fail_sys(d, errno, "cannot list \"%s\"", folder);
	for (struct dirent *e; (e = readdir(dir));) {
		struct digest id;
		if (unpacked_name(alg, e->d_name, &id))
			(void)digest_set_add(a, seen, &id);
	}
	closedir(dir);
	return 0;
}

int layer_gc(struct store *s, bool dry, struct arena *a, const struct digest_set *keep,
	struct garbage_list *out, struct diags *d)
{
	for (enum digest_alg alg = DIGEST_SHA256; alg <= DIGEST_SHA512; alg++) {
		struct digest_set seen = { 0 };
		const char *folder = arena_fmt(
			a, "%s/unpacked/%s", store_path(s), digest_alg_name(alg));
		if (list_folder(a, folder, digest_alg_name(alg), &seen, d) < 0)
			return -1;
		for (size_t i = 0; i < seen.cap; i++) {
			struct garbage one = { .kind = GARBAGE_UNPACKED };
			bool removed;
			if (!seen.used[i] || digest_set_has(keep, &seen.items[i]))
				continue;
			one.digest = seen.items[i];
			if (remove_layer(folder, &one.digest, dry, &one.size, &removed, d) < 0)
				return -1;
			if (removed)
				vec_push(a, out, one);
		}
	}
	return 0;
}
