#include "mkimage/store/layout_read.h"

#include <string.h>

int import_name(struct arena *a, const char *text, const char **out, struct diags *d)
{
	const char *full, *why = NULL;
	struct reference parts;
	if (reference_normalise(a, text, &full, &why) < 0)
		return fail(d, KIND_INPUT,
			"give it a name: slipway image import --name NAME:TAG PATH",
			"\"%s\" is no image name: %s", text, why);
	reference_split(a, full, &parts);
	if (*parts.digest)
		return fail(d, KIND_INPUT,
			"give it a name: slipway image import --name NAME:TAG PATH",
			"\"%s\" names a digest, and an image's name cannot hold one", text);
	*out = *parts.tag ? full : arena_fmt(a, "%s:latest", full);
	return 0;
}

static int entry_read(struct json item, struct layout_root *out, struct diags *d)
{
	struct json notes;
	struct layout_root f = { 0 };
	if (descriptor_parse(item, &f.desc, d) < 0 ||
		json_object(item, "annotations", &notes, d) < 0 ||
		json_str(notes, "io.containerd.image.name", &f.name, d) < 0)
		return -1;
	if (!f.name)
		f.name = f.desc.name;
	if (f.name && !*f.name)
		f.name = NULL;
	*out = f;
	return 0;
}

int layout_roots_read(struct layout *l, struct layout_roots *out, struct diags *d)
{
	char *text;
	size_t len;
	struct json root, list, item;
	const char *what = arena_fmt(l->mem, "the file \"%s/index.json\"", l->path);
	if (layout_text(l, "oci-layout", 4096, &text, &len, d) < 0 ||
		layout_version_check(l->mem,
			arena_fmt(l->mem, "the file \"%s/oci-layout\"", l->path), text, len,
			d) < 0 ||
		layout_text(l, "index.json", INDEX_MAX, &text, &len, d) < 0 ||
		json_parse(l->mem, what, text, len, &root, d) < 0 ||
		json_need_array(root, "manifests", &list, d) < 0)
		return -1;
	if (!yyjson_arr_size(list.val))
		return fail(d, KIND_INPUT, NULL, "\"%s\" holds no image", l->path);
	if (yyjson_arr_size(list.val) > MANIFESTS_MAX)
		return json_fail(list, NULL, d, "has more than %d entries", MANIFESTS_MAX);
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		struct layout_root f;
		if (entry_read(item, &f, d) < 0)
			return -1;
		vec_push(l->mem, out, f);
	}
	return 0;
}

/* "1.27" says which of several in one layout, not what it is. */
static bool only_a_tag(const char *name)
{
	return !strpbrk(name, "/:@");
}

/*
 * The names of one image: what its annotations say, and the one that was given. With a given name
 * an annotation that is only a tag completes it.
 */
static int name_one(struct layout *l, const struct layout_root *f, const char *given,
	struct descriptors *tags, struct diags *d)
{
	struct descriptor one = f->desc;
	bool tag_only = f->name && given && only_a_tag(f->name);
	if (f->name && !tag_only) {
		if (import_name(l->mem, f->name, &one.name, d) < 0)
			return -1;
		vec_push(l->mem, tags, one);
	}
	if (!given)
		return 0;
	const char *last = strrchr(given, '/');
	if (tag_only && !strpbrk(last ? last : given, ":@"))
		given = arena_fmt(l->mem, "%s:%s", given, f->name);
	const char *full;
	if (import_name(l->mem, given, &full, d) < 0)
		return -1;
	if (one.name && strcmp(one.name, full) == 0 && f->name && !tag_only)
		return 0;
	one.name = full;
	vec_push(l->mem, tags, one);
	return 0;
}

int import_oci(struct store *s, struct layout *l, const char *name, struct descriptors *tags,
	struct diags *d)
{
	struct layout_roots all = { 0 };
	if (layout_roots_read(l, &all, d) < 0)
		return -1;
	size_t nameless = 0;
	vec_each (struct layout_root, f, &all)
		nameless += f->name == NULL;
	if (nameless && !name)
		return fail(d, KIND_USAGE, "give it one: slipway image import --name NAME:TAG PATH",
			"an image in \"%s\" has no name", l->path);
	if (nameless > 1)
		return fail(d, KIND_INPUT,
			"name them in the layout: org.opencontainers.image.ref.name",
			"\"%s\" holds %zu images without a name", l->path, nameless);
	vec_each (struct layout_root, f, &all)
		if (name_one(l, f, all.len == 1 || !f->name ? name : NULL, tags, d) < 0)
			return -1;
	/* All of them, before any name moves. */
	vec_each (struct descriptor, t, tags)
		if (import_copy(s, l, t,
			    arena_fmt(l->mem, "the image \"%s\"", reference_short(t->name)), d) < 0)
			return -1;
	return 0;
}

static int has(struct layout *l, const char *name, struct diags *d)
{
	AUTO_PART p = { .fd = -EBADF };
	return layout_find(l, name, &p, d);
}

int store_import(struct store *s, const char *path, const char *name, struct strings *names,
	struct arena *a, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	AUTO_LAYOUT l = LAYOUT_NONE;
	struct descriptors tags = { 0 };
	if (layout_open(s, mem, path, &l, d) < 0)
		return -1;
	int oci = has(&l, "oci-layout", d);
	int docker = oci == 0 ? has(&l, "manifest.json", d) : 0;
	if (oci < 0 || docker < 0)
		return -1;
	if (!oci && !docker)
		return fail(d, KIND_INPUT,
			"make one with skopeo: skopeo copy SOURCE oci:FOLDER:TAG",
			"\"%s\" is no OCI image layout: it has no \"oci-layout\"", path);
	int rc = oci ? import_oci(s, &l, name, &tags, d) : import_docker(s, &l, name, &tags, d);
	if (rc < 0 || store_tag_all(s, &tags, d) < 0)
		return -1;
	vec_each (struct descriptor, t, &tags) {
		const char *full = arena_str(a, t->name);
		vec_push(a, names, full);
	}
	return 0;
}
