/* An image from a registry into the store: its texts first, then its blobs side by side, then its
 * names. */
#include "mkimage/registry/pull_impl.h"

#include "base/fd.h"

#include <string.h>
#include <sys/statvfs.h>

/* An index alone is no image. */
static int has_manifest(struct pull *p, struct diags *d)
{
	vec_each (struct manifest_text, t, &p->texts)
		if (media_is_manifest(t->desc.media_type))
			return 0;
	if (!p->want)
		return 0;
	return fail(d, KIND_INPUT,
		p->platforms.len
			? arena_fmt(d->mem, "it has %s", strings_join(d->mem, &p->platforms, ", "))
			: NULL,
		"the image \"%s\" has nothing for %s", p->name, platform_text(d->mem, p->want));
}

/* Better said now than after the first gigabyte. */
static int room_for(struct pull *p, uint64_t bytes, struct diags *d)
{
	struct statvfs fs;
	if (statvfs(store_path(p->store), &fs) < 0)
		return fail_sys(d, errno, "cannot tell how full \"%s\" is", store_path(p->store));
	uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (bytes <= room)
		return 0;
	return fail(d, KIND_SYSTEM,
		arena_fmt(d->mem,
			"make room below \"%s\", or set SLIPWAY_STORE to a folder elsewhere",
			store_path(p->store)),
		"the image \"%s\" needs %llu MiB more, and %llu are free", p->name,
		(unsigned long long)(bytes >> 20), (unsigned long long)(room >> 20));
}

static int get_blob(struct channel *c, void *ctx, size_t i, uint64_t *done, struct diags *d)
{
	const struct pull *p = ctx; /* its endpoints are known when jobs run */
	return blob_get(c, &p->from, p->store, &p->blobs.items[i], done, d);
}

static int get_blobs(struct pull *p, struct diags *d)
{
	struct jobs j = { .n = p->blobs.len, .run = get_blob, .ctx = p };
	const struct endpoints *from;
	vec_each (struct descriptor, b, &p->blobs)
		if (__builtin_add_overflow(j.total, b->size, &j.total))
			return fail(d, KIND_INPUT, NULL, "its blobs are larger than any disk");
	if (!j.n)
		return 0;
	if (pull_from(p, &from, d) < 0 || room_for(p, j.total, d) < 0)
		return -1;
	if (p->c->r->o.say)
		p->c->r->o.say(
			p->c->r->o.ctx, arena_fmt(p->c->mem, "pulling %s: %zu blobs, %.1f MB",
						p->name, j.n, (double)j.total / 1e6));
	p->bytes += j.total;
	return jobs_run(p->c->r, &j, d);
}

static int put_text(struct pull *p, const struct manifest_text *t, struct diags *d)
{
	struct digest got;
	uint64_t size;
	AUTO_BLOB_IN in = NULL;
	if (store_has(p->store, &t->desc.digest))
		return 0;
	if (blob_in_open(p->store, &in, d) < 0 ||
		blob_in_write(in, t->text, (size_t)t->desc.size, d) < 0)
		return -1;
	return blob_in_commit(&in, &t->desc.digest, &got, &size, d);
}

/* Whatever is in the store is whole: what is referred to comes before what refers to it. */
static int put_texts(struct pull *p, struct diags *d)
{
	vec_each (struct manifest_text, t, &p->configs)
		if (put_text(p, t, d) < 0)
			return -1;
	for (size_t i = p->texts.len; i--;)
		if (put_text(p, &p->texts.items[i], d) < 0)
			return -1;
	return 0;
}

/* Whether the name points there already: then nothing is written. */
static int is_tagged(struct pull *p, const struct descriptor *root, bool *out, struct diags *d)
{
	struct descriptors all;
	*out = false;
	if (store_list(p->store, p->c->mem, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all)
		*out |= one->name && strcmp(one->name, p->name) == 0 &&
			digest_equal(&one->digest, &root->digest);
	return 0;
}

int pull_from(struct pull *p, const struct endpoints **out, struct diags *d)
{
	*out = &p->from;
	if (p->from.len)
		return 0;
	return endpoints_of(p->c, p->ref->repository, &p->from, d) < 0
		       ? -1
		       : endpoints_settle(p->c, &p->from, d);
}

static int root_text(struct pull *p, struct manifest_text *out, struct diags *d)
{
	const struct reference *ref = p->ref;
	struct digest g, *want = NULL;
	size_t len;
	if (*ref->digest) {
		if (digest_parse(ref->digest, &g) < 0)
			return fail(d, KIND_INPUT, NULL, "\"%s\" is no digest", ref->digest);
		want = &g;
		if (store_has(p->store, want)) {
			*out = (struct manifest_text){ 0 };
			return store_resolve(p->store, p->c->mem, p->name, &out->desc, d) < 0
				       ? -1
				       : store_blob_read(p->store, p->c->mem, &out->desc,
						 MANIFEST_MAX, &out->text, &len, d);
		}
	}
	if (endpoints_of(p->c, ref->repository, &p->from, d) < 0 ||
		manifest_get_first(p->c, &p->from, want ? ref->digest : ref->tag, want, out, d) < 0)
		return -1;
	p->bytes += out->desc.size;
	return 0;
}

static int run(struct pull *p, struct registry_moved *out, struct diags *d)
{
	struct manifest_text root;
	bool tagged;
	if (root_text(p, &root, d) < 0 || is_tagged(p, &root.desc, &tagged, d) < 0)
		return -1;
	if (tagged)
		root.from = NULL; /* what is about it came with it */
	if (pull_plan(p, &root, d) < 0 || has_manifest(p, d) < 0 || pull_plan_referrers(p, d) < 0 ||
		get_blobs(p, d) < 0 || put_texts(p, d) < 0 ||
		store_note_referrers(p->store, &p->about, d) < 0)
		return -1;
	out->root = root.desc;
	out->bytes = p->bytes;
	out->blobs = p->blobs.len;
	return tagged ? 0 : store_tag(p->store, p->name, &root.desc, d);
}

int registry_pull(struct registry *r, struct store *s, const char *name,
	const struct platform *want, struct registry_moved *out, struct diags *d)
{
	struct reference ref;
	struct registry_moved moved = { 0 };
	AUTO_CHANNEL c = channel_open(r, NULL);
	if (registry_name(&c, name, &ref, d) < 0)
		return -1;
	const char *full = *ref.digest ? arena_fmt(r->mem, "%s@%s", ref.repository, ref.digest)
				       : arena_fmt(r->mem, "%s:%s", ref.repository, ref.tag);
	struct pull p = { .c = &c, .store = s, .want = want, .name = full, .ref = &ref };
	if (run(&p, &moved, d) < 0)
		return fail_ctx(d, "pulling the image \"%s\"", full);
	moved.name = full;
	moved.root.media_type = arena_str(r->mem, moved.root.media_type);
	*out = moved;
	return 0;
}
