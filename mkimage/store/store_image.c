/* From a name to one platform's manifest and config. */
#include "mkimage/store/store_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Indexes that name each other over and over end here. */
enum { LOOK_MAX = 10000 };

/* The search through an index: the best manifest so far, and what there was to choose from. */
struct search {
	struct store *store;
	struct arena *mem;
	const struct platform *want;
	const char *name;
	struct descriptor best;
	unsigned score;
	struct strings seen; /* platforms, for the message */
	unsigned looked_at;
	bool missing; /* one that fits is named, but its blob is not here */
};

static const char *what_is(struct arena *a, const char *kind, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_fmt(a, "the %s %s", kind, digest_text(&desc->digest, text));
}

static int manifest_read(struct store *s, struct arena *a, const struct descriptor *desc,
	struct manifest *out, struct diags *d)
{
	char *text;
	size_t len;
	if (store_blob_read(s, a, desc, MANIFEST_MAX, &text, &len, d) < 0)
		return -1;
	return manifest_parse(a, what_is(a, "manifest", desc), text, len, out, d);
}

static int config_read(struct store *s, struct arena *a, const struct descriptor *desc,
	struct image_config *out, struct diags *d)
{
	char *text;
	size_t len;
	if (!media_is_image_config(desc->media_type))
		return fail(d, KIND_INPUT, NULL, "it is no container image but holds a \"%s\"",
			desc->media_type);
	if (store_blob_read(s, a, desc, CONFIG_MAX, &text, &len, d) < 0)
		return -1;
	return image_config_parse(a, what_is(a, "image config", desc), text, len, out, d);
}

/* Some tools give no platform in the index: then the config says it. */
static int platform_of(struct search *q, struct descriptor *desc, struct diags *d)
{
	struct manifest m;
	struct image_config c;
	if (desc->platform.os || !store_has(q->store, &desc->digest))
		return 0;
	if (manifest_read(q->store, q->mem, desc, &m, d) < 0)
		return -1;
	if (!media_is_image_config(m.config.media_type) || !store_has(q->store, &m.config.digest))
		return 0;
	if (config_read(q->store, q->mem, &m.config, &c, d) < 0)
		return -1;
	desc->platform = c.platform;
	return 0;
}

static int consider(struct search *q, struct descriptor one, struct diags *d)
{
	if (platform_of(q, &one, d) < 0)
		return -1;
	if (!one.platform.os)
		return 0;
	if (strcmp(one.platform.os, "unknown") != 0)
		vec_push(q->mem, &q->seen, platform_text(q->mem, &one.platform));
	unsigned score = platform_match(q->want, &one.platform);
	if (score && !store_has(q->store, &one.digest)) {
		q->missing = true;
	} else if (score > q->score) {
		q->score = score;
		q->best = one;
	}
	return 0;
}

static int search_index(
	struct search *q, const struct descriptor *desc, unsigned depth, struct diags *d)
{
	char *text;
	size_t len;
	struct descriptors all;
	if (depth > INDEX_DEPTH)
		return fail(d, KIND_INPUT, NULL, "its indexes nest deeper than %d", INDEX_DEPTH);
	if (store_blob_read(q->store, q->mem, desc, MANIFEST_MAX, &text, &len, d) < 0 ||
		index_parse(q->mem, what_is(q->mem, "index", desc), text, len, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		int rc = 0;
		if (++q->looked_at > LOOK_MAX)
			return fail(d, KIND_INPUT, NULL, "its indexes name more than %d manifests",
				LOOK_MAX);
		if (media_is_manifest(one->media_type))
			rc = consider(q, *one, d);
		else if (media_is_index(one->media_type) && store_has(q->store, &one->digest))
			rc = search_index(q, one, depth + 1, d);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int select_manifest(
	struct search *q, const struct descriptor *desc, struct descriptor *out, struct diags *d)
{
	if (media_is_manifest(desc->media_type)) {
		*out = *desc;
		return 0;
	}
	if (!media_is_index(desc->media_type))
		return fail(d, KIND_INPUT, NULL, "the media type \"%s\" is no image's",
			desc->media_type);
	if (search_index(q, desc, 1, d) < 0)
		return -1;
	const char *want = platform_text(q->mem, q->want);
	if (!q->score && q->missing)
		return fail(d, KIND_INPUT,
			arena_fmt(d->mem, "import it with the platform %s", want),
			"the image \"%s\" came without its parts for %s", q->name, want);
	if (!q->score)
		return fail(d, KIND_INPUT,
			q->seen.len ? arena_fmt(d->mem, "it has %s",
					      strings_join(q->mem, &q->seen, ", "))
				    : NULL,
			"the image \"%s\" has nothing for %s", q->name, want);
	*out = q->best;
	return 0;
}

/* A blob that only its digest is known of: what it is stands in it. */
static int describe(struct store *s, struct arena *a, const char *name, const struct digest *g,
	struct descriptor *out, struct diags *d)
{
	char path[BLOB_PATH_SIZE], *text;
	size_t len;
	struct stat st;
	struct json root;
	struct descriptor desc = { .digest = *g };
	if (!store_has(s, g) || fstatat(s->dir, blob_path(g, path), &st, 0) < 0)
		return fail(d, KIND_INPUT,
			!strchr(name, '@')
				? "import it: slipway image import PATH"
				: arena_fmt(a,
					  "get it: slipway image pull %s; or slipway image import PATH",
					  reference_short(name)),
			"the store has no image %s", digest_text(g, path));
	desc.size = (uint64_t)st.st_size;
	if (store_blob_read(s, a, &desc, MANIFEST_MAX, &text, &len, d) < 0 ||
		json_parse(a, what_is(a, "blob", &desc), text, len, &root, d) < 0 ||
		json_as_object(root, d) < 0 || json_str(root, "mediaType", &desc.media_type, d) < 0)
		return -1;
	if (!desc.media_type)
		desc.media_type = yyjson_obj_get(root.val, "manifests")
					  ? "application/vnd.oci.image.index.v1+json"
					  : "application/vnd.oci.image.manifest.v1+json";
	*out = desc;
	return 0;
}

static bool is_name(
	struct arena *a, const char *have, const char *written, const char *full, bool tagged)
{
	const char *why, *norm;
	if (strcmp(have, written) == 0 || strcmp(have, full) == 0)
		return true;
	/* Names that other tools wrote are as people write them. */
	if (reference_normalise(a, have, &norm, &why) < 0)
		return false;
	if (strcmp(norm, full) == 0)
		return true;
	return !tagged && strcmp(norm, arena_fmt(a, "%s:latest", full)) == 0;
}

static int look_up(struct store *s, struct arena *a, const char *name, const char *full,
	bool tagged, struct descriptor *out, struct diags *d)
{
	struct descriptors all;
	if (store_list(s, a, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all)
		if (one->name && is_name(a, one->name, name, full, tagged)) {
			*out = *one;
			return 0;
		}
	return fail(d, KIND_INPUT, near_names_hint(d->mem, &all, full), "there is no image \"%s\"",
		name);
}

/* No collector runs between the reading of a name and the holding of what it names. */
int store_resolve(
	struct store *s, struct arena *a, const char *name, struct descriptor *out, struct diags *d)
{
	const char *full, *why = NULL;
	struct reference parts;
	struct digest g;
	if (reference_normalise(a, name, &full, &why) < 0)
		return fail(d, KIND_INPUT, "write it like NAME:TAG", "\"%s\" is no image name: %s",
			name, why);
	reference_split(a, full, &parts);
	if (*parts.digest)
		return digest_parse(parts.digest, &g) < 0 ? -1 : describe(s, a, full, &g, out, d);
	lease_enter(s);
	int rc = look_up(s, a, name, full, *parts.tag != '\0', out, d);
	if (rc == 0)
		lease_hold(s, &out->digest);
	lease_leave(s);
	return rc;
}

static int load(struct store *s, struct arena *a, const struct platform *want, struct image *i,
	struct diags *d)
{
	struct manifest m;
	struct search q = { .store = s, .mem = a, .want = want, .name = i->name };
	if (select_manifest(&q, &i->index, &i->manifest, d) < 0 ||
		manifest_read(s, a, &i->manifest, &m, d) < 0 ||
		config_read(s, a, &m.config, &i->config, d) < 0)
		return -1;
	const struct platform *is = &i->config.platform;
	if (is->os && *is->os && is->arch && *is->arch && !platform_match(want, is))
		return fail(d, KIND_INPUT,
			"build for that platform with --arch, or import another image",
			"the image \"%s\" is for %s, not for %s", i->name, platform_text(a, is),
			platform_text(a, want));
	/* An image that does not say what it is for is taken for what was asked. */
	if (!is->os || !*is->os || !is->arch || !*is->arch)
		i->config.platform = *want;
	if (m.layers.len != i->config.diff_ids_len)
		return fail(d, KIND_INPUT, NULL,
			"the manifest of \"%s\" has %zu layers, and its config has %zu", i->name,
			m.layers.len, i->config.diff_ids_len);
	i->config_desc = m.config;
	i->layers = m.layers;
	return 0;
}

int store_image(struct store *s, struct arena *a, const char *name, const struct platform *want,
	struct image *out, struct diags *d)
{
	struct platform host = platform_host();
	struct image i = { .name = arena_str(a, name) };
	if (store_resolve(s, a, name, &i.index, d) < 0)
		return -1;
	if (load(s, a, want ? want : &host, &i, d) < 0)
		return fail_ctx(d, "reading the image \"%s\"", name);
	*out = i;
	return 0;
}
