/*
 * What refers to an image: manifests with a subject (image-spec 1.1 manifest.md). They are listed
 * in an index beside the image, or, when a registry kept them apart, in index.json without a name.
 */
#include "mkimage/store/store_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK_MAX = 10000 };

/* A manifest with a subject. */
struct about {
	struct digest subject;
	const char *type;
	struct descriptor manifest;
	const char *text;
	size_t len;
};

struct abouts {
	struct about *items;
	size_t len, cap;
};

/* What index.json leads to, as long as it is the same file. */
struct around {
	struct abouts all;
	ino_t file;
	struct timespec changed;
};

struct look {
	struct store *store;
	struct arena *mem;
	unsigned looked;
	struct abouts *found;
};

static const char what[] = "a manifest that may refer to an image";

static int read_about(struct look *l, struct about *one, bool *fits, struct diags *d)
{
	struct json root, subject;
	struct descriptor about;
	if (json_parse(l->mem, what, one->text, one->len, &root, d) < 0 ||
		json_as_object(root, d) < 0 || json_str(root, "artifactType", &one->type, d) < 0 ||
		json_object(root, "subject", &subject, d) < 0)
		return -1;
	*fits = subject.val && one->type;
	if (!*fits)
		return 0;
	if (descriptor_parse(subject, &about, d) < 0)
		return -1;
	one->subject = about.digest;
	return 0;
}

/* Of a platform that runs something, it is an image itself. */
static bool possible(const struct descriptor *one)
{
	return media_is_manifest(one->media_type) &&
	       (!one->platform.os || strcmp(one->platform.os, "unknown") == 0);
}

static int look_at(struct look *l, const struct descriptor *desc, struct diags *d)
{
	struct about one = { .manifest = *desc };
	char *text;
	bool fits = false;
	if (l->looked >= LOOK_MAX || !possible(desc) || !store_has(l->store, &desc->digest))
		return 0;
	l->looked++;
	if (store_blob_read(l->store, l->mem, desc, MANIFEST_MAX, &text, &one.len, d) < 0)
		return -1;
	one.text = text;
	if (read_about(l, &one, &fits, d) < 0)
		return -1;
	if (fits)
		vec_push(l->mem, l->found, one);
	return 0;
}

static int look_into(struct look *l, const struct descriptor *index, struct diags *d)
{
	char *text;
	size_t len;
	struct descriptors all;
	l->looked++;
	if (store_blob_read(l->store, l->mem, index, MANIFEST_MAX, &text, &len, d) < 0 ||
		index_parse(l->mem, "an index of the store", text, len, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all)
		if (look_at(l, one, d) < 0)
			return -1;
	return 0;
}

/* Everything that index.json lists. What is damaged there is another image's trouble. */
static int look_around(struct store *s, struct abouts *out, struct diags *d)
{
	struct look l = { .store = s, .mem = s->mem, .found = out };
	struct descriptors all;
	if (store_list(s, s->mem, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		struct diags unheard;
		diags_init(&unheard, s->mem);
		if (media_is_index(one->media_type) && l.looked < LOOK_MAX &&
			store_has(s, &one->digest))
			(void)!look_into(&l, one, &unheard);
		else if (!one->name)
			(void)!look_at(&l, one, &unheard);
	}
	return 0;
}

/* Once for all images, since whoever asks asks for each image of a machine. */
static int around(struct store *s, const struct abouts **out, struct diags *d)
{
	struct around *r = s->around;
	struct stat st;
	if (fstatat(s->dir, "index.json", &st, 0) < 0)
		return fail_sys(d, errno, "cannot look at \"%s/index.json\"", s->path);
	if (!r || r->file != st.st_ino || r->changed.tv_sec != st.st_mtim.tv_sec ||
		r->changed.tv_nsec != st.st_mtim.tv_nsec) {
		r = ARENA_NEW(s->mem, struct around);
		*r = (struct around){ .file = st.st_ino, .changed = st.st_mtim };
		if (look_around(s, &r->all, d) < 0)
			return -1;
		s->around = r;
	}
	*out = &r->all;
	return 0;
}

static bool found_already(const struct referrers *found, const struct digest *g)
{
	vec_each (struct referrer, r, found)
		if (digest_equal(&r->manifest.digest, g))
			return true;
	return false;
}

/* Those of that type about that image: what they carry. */
static int take(struct store *s, struct arena *a, const struct abouts *all, const struct image *i,
	const char *type, struct referrers *found, struct diags *d)
{
	vec_each (struct about, one, all) {
		struct manifest m;
		if (strcmp(one->type, type) != 0 ||
			!digest_equal(&one->subject, &i->manifest.digest) ||
			found_already(found, &one->manifest.digest))
			continue;
		if (manifest_parse(a, what, one->text, one->len, &m, d) < 0)
			return -1;
		struct referrer r = { .manifest = one->manifest };
		if (!m.layers.len || !store_has(s, &m.layers.items[0].digest))
			continue;
		r.blob = m.layers.items[0];
		vec_push(a, found, r);
	}
	return 0;
}

static int by_digest(const void *x, const void *y)
{
	const struct referrer *a = x, *b = y;
	return memcmp(a->manifest.digest.bytes, b->manifest.digest.bytes,
		sizeof(a->manifest.digest.bytes));
}

int store_referrers(struct store *s, struct arena *a, const struct image *i,
	const char *artifact_type, struct referrers *out, struct diags *d)
{
	struct referrers found = { 0 };
	struct abouts beside = { 0 };
	const struct abouts *others;
	struct diags unheard;
	struct look l = { .store = s, .mem = a, .found = &beside };
	if (media_is_index(i->index.media_type) &&
		(look_into(&l, &i->index, d) < 0 ||
			take(s, a, &beside, i, artifact_type, &found, d) < 0))
		return -1;
	if (!found.len) {
		if (around(s, &others, d) < 0)
			return -1;
		vec_each (struct about, one, others) {
			const struct abouts alone = { one, 1, 1 };
			diags_init(&unheard, a);
			(void)!take(s, a, &alone, i, artifact_type, &found, &unheard);
		}
	}
	if (found.len)
		qsort(found.items, found.len, sizeof(*found.items), by_digest);
	*out = found;
	return 0;
}
