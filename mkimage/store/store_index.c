/* index.json: the names of a store. */
#include "mkimage/store/store_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

static const char ref_name[] = "org.opencontainers.image.ref.name";

int index_load(struct store *s, struct arena *a, struct json *root, struct diags *d)
{
	char *text;
	size_t len;
	const char *what = arena_fmt(a, "the file \"%s/index.json\"", s->path);
	if (file_read_at(a, s->dir, "index.json", INDEX_MAX, &text, &len, d) < 0)
		return fail_ctx(d, "reading the names of the store \"%s\"", s->path);
	return json_parse(a, what, text, len, root, d);
}

int store_list(struct store *s, struct arena *a, struct descriptors *out, struct diags *d)
{
	struct json root, list, item;
	struct descriptors all = { 0 };
	if (index_load(s, a, &root, d) < 0 || json_need_array(root, "manifests", &list, d) < 0)
		return -1;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		struct descriptor one;
		if (descriptor_parse(item, &one, d) < 0)
			return -1;
		vec_push(a, &all, one);
	}
	*out = all;
	return 0;
}

static bool named(yyjson_mut_val *entry, const char *name)
{
	yyjson_mut_val *notes = yyjson_mut_obj_get(entry, "annotations");
	return yyjson_mut_equals_str(yyjson_mut_obj_get(notes, ref_name), name);
}

static void drop_named(yyjson_mut_val *list, const char *name)
{
	yyjson_mut_arr_iter it = yyjson_mut_arr_iter_with(list);
	for (yyjson_mut_val *e; (e = yyjson_mut_arr_iter_next(&it));)
		if (named(e, name))
			yyjson_mut_arr_iter_remove(&it);
}

static void add(
	struct arena *a, yyjson_mut_doc *doc, yyjson_mut_val *list, const struct descriptor *desc)
{
	char digest[DIGEST_TEXT_SIZE];
	yyjson_mut_val *e = yyjson_mut_arr_add_obj(doc, list);
	yyjson_mut_obj_add_str(doc, e, "mediaType", desc->media_type);
	yyjson_mut_obj_add_strcpy(doc, e, "digest", digest_text(&desc->digest, digest));
	yyjson_mut_obj_add_uint(doc, e, "size", desc->size);
	if (desc->platform.os) {
		yyjson_mut_val *p = yyjson_mut_obj_add_obj(doc, e, "platform");
		yyjson_mut_obj_add_str(doc, p, "architecture", desc->platform.arch);
		yyjson_mut_obj_add_str(doc, p, "os", desc->platform.os);
		if (desc->platform.variant && *desc->platform.variant)
			yyjson_mut_obj_add_str(doc, p, "variant", desc->platform.variant);
	}
	if (desc->artifact_type)
		yyjson_mut_obj_add_str(doc, e, "artifactType", desc->artifact_type);
	if (!desc->name)
		return;
	yyjson_mut_val *notes = yyjson_mut_obj_add_obj(doc, e, "annotations");
	yyjson_mut_obj_add_str(doc, notes, ref_name, arena_str(a, desc->name));
}

/* The names point to blobs: these must be on the disk before the names are. */
int store_sync_folders(struct store *s, struct diags *d)
{
	static const char *const folders[] = { "blobs/sha256", "blobs/sha512", "blobs", "." };
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		AUTO_FD fd = openat(s->dir, folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
			return store_write_failed(s, errno, folders[i], d);
	}
	return 0;
}

static int replace(struct store *s, struct arena *a, yyjson_mut_doc *doc, struct diags *d)
{
	size_t len;
	const char *text = json_write(a, doc, 0, &len);
	AUTO_TMP t = TMP_NONE;
	if (store_sync_folders(s, d) < 0 || tmp_open(s, "", &t, d) < 0)
		return -1;
	if (fd_write_all(t.fd, text, len) < 0)
		return store_write_failed(s, errno, "index.json", d);
	if (tmp_commit(&t, s->dir, "index.json", d) < 0)
		return -1;
	(void)fsync(
		s->dir); /* the rename is done; at worst a power cut shows the index before it */
	return 0;
}

/* index.json, to be changed: locked against others until the edit is dropped. */
struct edit {
	struct arena *mem;
	int lock;
	yyjson_mut_doc *doc;
	yyjson_mut_val *all;
};

static void edit_drop(struct edit *e)
{
	fd_drop(&e->lock);
	arena_drop(&e->mem);
}
#define AUTO_EDIT __attribute__((cleanup(edit_drop))) struct edit
#define EDIT_NONE ((struct edit){ .lock = -EBADF })

static int edit_open(struct store *s, struct edit *e, struct diags *d)
{
	struct json root, list;
	e->mem = arena_new();
	if (store_lock(s, "index.lock", LOCK_EX, &e->lock, d) < 0 ||
		index_load(s, e->mem, &root, d) < 0 ||
		json_need_array(root, "manifests", &list, d) < 0)
		return -1;
	e->doc = json_copy(e->mem, root);
	e->all = yyjson_mut_obj_get(yyjson_mut_doc_get_root(e->doc), "manifests");
	return 0;
}

static bool digest_of_entry(yyjson_mut_val *entry, struct digest *out)
{
	const char *text = yyjson_mut_get_str(yyjson_mut_obj_get(entry, "digest"));
	return text && digest_parse(text, out) == 0;
}

int store_forget(struct store *s, const struct digest_set *gone, struct diags *d)
{
	AUTO_EDIT edit = EDIT_NONE;
	if (edit_open(s, &edit, d) < 0)
		return -1;
	yyjson_mut_arr_iter it = yyjson_mut_arr_iter_with(edit.all);
	bool changed = false;
	for (yyjson_mut_val *e; (e = yyjson_mut_arr_iter_next(&it));) {
		struct digest g;
		if (!digest_of_entry(e, &g) || !digest_set_has(gone, &g))
			continue;
		yyjson_mut_arr_iter_remove(&it);
		changed = true;
	}
	return changed ? replace(s, edit.mem, edit.doc, d) : 0;
}

int store_note_referrers(struct store *s, const struct descriptors *all, struct diags *d)
{
	AUTO_EDIT edit = EDIT_NONE;
	struct digest_set listed = { 0 };
	if (!all->len)
		return 0;
	if (edit_open(s, &edit, d) < 0)
		return -1;
	yyjson_mut_arr_iter it = yyjson_mut_arr_iter_with(edit.all);
	for (yyjson_mut_val *e; (e = yyjson_mut_arr_iter_next(&it));) {
		struct digest g;
		if (digest_of_entry(e, &g))
			(void)digest_set_add(edit.mem, &listed, &g);
	}
	bool changed = false;
	vec_each (struct descriptor, one, all) {
		struct descriptor bare = *one;
		bare.name = NULL;
		if (!digest_set_add(edit.mem, &listed, &one->digest))
			continue;
		add(edit.mem, edit.doc, edit.all, &bare);
		changed = true;
	}
	return changed ? replace(s, edit.mem, edit.doc, d) : 0;
}

/* What other tools wrote into index.json stays: only entries of the given names change. */
static int change(
	struct store *s, const struct descriptors *tags, const char *untag, struct diags *d)
{
	AUTO_EDIT edit = EDIT_NONE;
	if (edit_open(s, &edit, d) < 0)
		return -1;
	size_t before = yyjson_mut_arr_size(edit.all);
	if (untag) {
		drop_named(edit.all, untag);
		if (yyjson_mut_arr_size(edit.all) == before)
			return fail(d, KIND_INPUT, "list the images: slipway image ls",
				"there is no image \"%s\"", reference_short(untag));
	}
	vec_each (struct descriptor, t, tags) {
		drop_named(edit.all, t->name);
		add(edit.mem, edit.doc, edit.all, t);
	}
	return replace(s, edit.mem, edit.doc, d);
}

int store_tag_all(struct store *s, const struct descriptors *all, struct diags *d)
{
	return all->len ? change(s, all, NULL, d) : 0;
}

/* g: what it names, or NULL. */
static int full_name(struct arena *a, const char *name, const struct digest *g, const char **out,
	struct diags *d)
{
	const char *why = NULL;
	struct reference parts;
	struct digest is;
	if (reference_normalise(a, name, out, &why) < 0)
		return fail(d, KIND_INPUT, "write it like NAME:TAG", "\"%s\" is no image name: %s",
			name, why);
	reference_split(a, *out, &parts);
	if (*parts.digest && (!*parts.repository || digest_parse(parts.digest, &is) < 0 ||
				     (g && !digest_equal(g, &is))))
		return fail(d, KIND_INPUT, "write it like NAME:TAG",
			"\"%s\" names another digest than its image's", name);
	if (!*parts.tag && !*parts.digest)
		*out = arena_fmt(a, "%s:latest", *out);
	return 0;
}

int store_tag(struct store *s, const char *name, const struct descriptor *desc, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct descriptor one = *desc;
	if (full_name(a, name, &desc->digest, &one.name, d) < 0)
		return -1;
	struct descriptors all = { .items = &one, .len = 1, .cap = 1 };
	return store_tag_all(s, &all, d);
}

int store_untag(struct store *s, const char *name, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	const char *full;
	struct descriptors none = { 0 };
	if (full_name(a, name, NULL, &full, d) < 0)
		return -1;
	return change(s, &none, full, d);
}

int store_names_lock(struct store *s, int *fd, struct diags *d)
{
	return store_lock(s, "names.lock", LOCK_EX, fd, d);
}
