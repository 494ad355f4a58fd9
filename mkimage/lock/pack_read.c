#include "mkimage/lock/pack_impl.h"

#include "base/fd.h"
#include "base/json.h"
#include "mkimage/out/out.h"
#include "mkimage/store/oci.h"

#include <string.h>
#include <sys/stat.h>

enum { TEXT_MAX = 8 << 20, LAYERS = 100000 };

/* One layer of the artefact. */
struct piece {
	struct descriptor desc;
	const char *title;
	const char *text; /* of a config and the lock */
};
struct pieces {
	struct piece *items;
	size_t len, cap;
};

struct reading {
	struct arena *mem;
	struct store *store;
	struct archive *archive;
	const char *path, *folder;
	struct descriptors images; /* and the artefact, which comes first */
	struct pieces pieces;
	struct lock lock;
};

static int no_bundle(struct reading *r, struct diags *d, const char *why)
{
	return fail(d, KIND_INPUT, "`slipway bundle` makes one", "\"%s\" is no bundle: %s", r->path,
		why);
}

static int layer_read(struct reading *r, struct json v, struct diags *d)
{
	struct piece p = { 0 };
	struct json notes;
	if (descriptor_parse(v, &p.desc, d) < 0 ||
		json_need_object(v, "annotations", &notes, d) < 0 ||
		json_need_str(notes, PACK_TITLE, &p.title, d) < 0)
		return -1;
	bool file = strcmp(p.desc.media_type, PACK_FILE) == 0;
	bool lock = strcmp(p.desc.media_type, PACK_LOCK) == 0;
	if (!file && !lock && strcmp(p.desc.media_type, PACK_CONFIG) != 0)
		return json_fail(v, "mediaType", d, "is not known: \"%s\"", p.desc.media_type);
	/* Local files go by their digest, and are written nowhere. */
	if (!file && !pack_path_is_safe(p.title))
		return json_fail(
			v, NULL, d, "would be written outside of the folder, to \"%s\"", p.title);
	char *text;
	if (!file) {
		if (archive_text(r->archive, r->mem, &p.desc, TEXT_MAX, &text, d) < 0)
			return -1;
		p.text = text;
	}
	vec_push(r->mem, &r->pieces, p);
	return 0;
}

static int artefact_read(struct reading *r, struct diags *d)
{
	const struct descriptor *desc = archive_root(r->archive);
	char *text;
	struct json root, layers, item;
	const char *type;
	if (!media_is_index(desc->media_type))
		return no_bundle(r, d, "it holds an image");
	if (archive_text(r->archive, r->mem, desc, MANIFEST_MAX, &text, d) < 0 ||
		index_parse(r->mem, "the bundle's index", text, (size_t)desc->size, &r->images, d) <
			0)
		return -1;
	if (!r->images.len)
		return no_bundle(r, d, "it is empty");
	desc = &r->images.items[0];
	if (archive_text(r->archive, r->mem, desc, MANIFEST_MAX, &text, d) < 0 ||
		json_parse(r->mem, "the bundle's manifest", text, (size_t)desc->size, &root, d) <
			0 ||
		json_str(root, "artifactType", &type, d) < 0)
		return -1;
	if (!type || strcmp(type, PACK_ARTIFACT) != 0)
		return no_bundle(r, d, "it has only images");
	if (json_need_array(root, "layers", &layers, d) < 0)
		return -1;
	if (yyjson_arr_size(layers.val) > LAYERS)
		return json_fail(layers, NULL, d, "has more than %d entries", LAYERS);
	for (struct json_each e = json_each(layers); json_next(&e, NULL, &item);) {
		if (layer_read(r, item, d) < 0)
			return -1;
	}
	return 0;
}

static bool has_image(const struct reading *r, const struct digest *g)
{
	for (size_t i = 1; i < r->images.len; i++) {
		if (digest_equal(&r->images.items[i].digest, g))
			return true;
	}
	return false;
}

static bool has_file(const struct reading *r, const struct digest *g)
{
	vec_each (struct piece, p, &r->pieces) {
		if (strcmp(p->desc.media_type, PACK_FILE) == 0 && digest_equal(&p->desc.digest, g))
			return true;
	}
	return false;
}

/* The bundle holds what its lock names. */
static int lock_read(struct reading *r, struct diags *d)
{
	const struct piece *lock = NULL;
	vec_each (struct piece, p, &r->pieces) {
		if (strcmp(p->desc.media_type, PACK_LOCK) != 0)
			continue;
		if (lock)
			return no_bundle(r, d, "it has two locks");
		lock = p;
	}
	if (!lock)
		return no_bundle(r, d, "it has no lock");
	if (lock_parse(r->mem, lock->title, lock->text, (size_t)lock->desc.size, &r->lock, d) < 0)
		return -1;
	vec_each (struct locked_image, i, &r->lock.images) {
		if (!has_image(r, &i->digest))
			return no_bundle(r, d,
				arena_fmt(r->mem, "it lacks the image \"%s\" of its lock", i->ref));
	}
	vec_each (struct locked_file, f, &r->lock.files) {
		if (!has_file(r, &f->digest))
			return no_bundle(r, d,
				arena_fmt(
					r->mem, "it lacks the file \"%s\" of its lock", f->source));
	}
	return 0;
}

static const char *target(struct reading *r, const struct piece *p)
{
	return arena_fmt(r->mem, "%s/%s", r->folder, p->title);
}

static int targets_free(struct reading *r, struct diags *d)
{
	struct stat st;
	vec_each (struct piece, p, &r->pieces) {
		if (p->text && lstat(target(r, p), &st) == 0)
			return fail(d, KIND_INPUT, "name another folder: -o FOLDER",
				"\"%s\" exists already", target(r, p));
	}
	return 0;
}

/* All get their names at the end, one after the other. */
static int write_all(struct reading *r, struct strings *paths, struct diags *d)
{
	vec_each (struct piece, p, &r->pieces) {
		if (!p->text)
			continue;
		AUTO_OUT out = NULL;
		const char *path = target(r, p), *slash = strrchr(path, '/');
		const char *folder = arena_strn(r->mem, path, (size_t)(slash - path));
		if (dir_make(folder, 0777, d) < 0 || out_create(path, 0666, &out, d) < 0 ||
			out_write(out, p->text, (size_t)p->desc.size, d) < 0 ||
			out_commit(&out, d) < 0)
			return -1;
		vec_push(r->mem, paths, path);
	}
	return 0;
}

static int read_it(struct reading *r, struct strings *paths, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	if (artefact_read(r, d) < 0 || lock_read(r, d) < 0 || targets_free(r, d) < 0 ||
		archive_check(r->archive, d) < 0)
		return -1;
	/* Images are used by digest; the name only keeps a collector of garbage away. */
	digest_text(&archive_root(r->archive)->digest, text);
	const char *name = arena_fmt(
		r->mem, "localhost/slipway-bundle:%.12s", strchr(text, ':') + 1);
	if (archive_take(r->archive, name, d) < 0)
		return -1;
	return write_all(r, paths, d);
}

int pack_read(struct arena *a, struct store *s, const char *archive, const char *folder,
	struct strings *paths, struct diags *d)
{
	struct reading r = { .mem = a, .store = s, .path = archive, .folder = folder };
	AUTO_ARCHIVE opened = NULL;
	if (archive_open(s, a, archive, &opened, d) < 0)
		return -1;
	r.archive = opened;
	return read_it(&r, paths, d);
}
