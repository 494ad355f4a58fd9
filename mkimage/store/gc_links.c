/* What blobs lead to. Lenient: whatever could be meant as a reference is one, for what is kept too
 * long harms nobody. */
#include "mkimage/store/garbage_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char *str(yyjson_val *object, const char *key)
{
	return yyjson_get_str(yyjson_obj_get(object, key));
}

static void add(struct arena *a, struct descriptors *to, yyjson_val *item)
{
	const char *text = str(item, "digest"), *media = str(item, "mediaType");
	struct descriptor desc = { .media_type = media ? media : "" };
	if (text && digest_parse(text, &desc.digest) == 0)
		vec_push(a, to, desc);
}

static void add_all(struct arena *a, struct descriptors *to, yyjson_val *list)
{
	size_t i, n;
	yyjson_val *item;
	yyjson_arr_foreach(list, i, n, item) add(a, to, item);
}

static void add_diff_ids(struct arena *a, struct descriptors *to, yyjson_val *rootfs)
{
	size_t i, n;
	yyjson_val *item, *list = yyjson_obj_get(rootfs, "diff_ids");
	yyjson_arr_foreach(list, i, n, item)
	{
		struct descriptor desc = { .media_type = "" };
		const char *text = yyjson_get_str(item);
		if (text && digest_parse(text, &desc.digest) == 0)
			vec_push(a, to, desc);
	}
}

/* Members of one name may come twice; readers differ in which they take. */
static void take(struct arena *a, struct links *l, yyjson_val *root)
{
	size_t i, n;
	yyjson_val *key, *v;
	yyjson_obj_foreach(root, i, n, key, v)
	{
		const char *name = yyjson_get_str(key);
		const char *text = str(v, "digest");
		if (strcmp(name, "manifests") == 0 || strcmp(name, "layers") == 0 ||
			strcmp(name, "blobs") == 0) {
			l->is_list = true;
			add_all(a, &l->down, v);
		} else if (strcmp(name, "config") == 0) {
			add(a, &l->down, v);
		} else if (strcmp(name, "rootfs") == 0) {
			add_diff_ids(a, &l->diff_ids, v);
		} else if (strcmp(name, "subject") == 0 && text) {
			l->has_subject = digest_parse(text, &l->subject) == 0;
		}
	}
}

static int damaged(const char *what, struct diags *d)
{
	return fail(d, KIND_INTEGRITY, "see what is wrong: slipway image verify",
		"%s is damaged, so it is not known what it needs", what);
}

int links_read(struct store *s, struct arena *a, const struct digest *g, bool must,
	struct links *out, struct diags *d)
{
	char path[BLOB_PATH_SIZE], text[DIGEST_TEXT_SIZE];
	const char *what = arena_fmt(a, "the blob %s", digest_text(g, text));
	struct links l = { 0 };
	struct json root;
	struct digest is;
	AUTO_FD fd = openat(
		s->dir, blob_path(g, path), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot open %s", what);
	char first = 0;
	if (!S_ISREG(st.st_mode) || st.st_size > CONFIG_MAX)
		return must ? damaged(what, d) : 0;
	if (fd_pread_full(fd, &first, 1, 0) < 0)
		return fail_sys(d, errno, "cannot read %s", what);
	if (first != '{' && !must)
		return 0;
	size_t len = (size_t)st.st_size;
	char *bytes = arena_alloc(a, len + 1);
	if (fd_pread_full(fd, bytes, len, 0) != (ssize_t)len)
		return fail_sys(d, errno, "cannot read %s", what);
	digest_of(g->alg, bytes, len, &is);
	if (must && !digest_equal(g, &is))
		return damaged(what, d);
	struct diags unheard;
	diags_init(&unheard, a);
	if (json_parse(a, what, bytes, len, &root, &unheard) < 0)
		return must ? damaged(what, d) : 0;
	take(a, &l, root.val);
	*out = l;
	return 1;
}
