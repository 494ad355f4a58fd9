/* An image of the store to a registry: blobs side by side, then manifests, the name last. */
#include "mkimage/registry/push_impl.h"

#include "mkimage/registry/subject.h"

#include <string.h>

static int put_blob(struct channel *c, void *ctx, size_t i, uint64_t *done, struct diags *d)
{
	const struct push *p = ctx;
	return blob_put(c, &p->upload, p->store, &p->blobs.items[i], done, d);
}

static int put_blobs(struct push *p, struct diags *d)
{
	struct jobs j = { .n = p->blobs.len, .run = put_blob, .ctx = p };
	vec_each (struct descriptor, b, &p->blobs)
		j.total += b->size;
	if (!j.n)
		return 0;
	if (p->c->r->o.say)
		p->c->r->o.say(
			p->c->r->o.ctx, arena_fmt(p->c->mem, "pushing %s: %zu blobs, %.1f MB",
						p->name, j.n, (double)j.total / 1e6));
	return jobs_run(p->c->r, &j, d);
}

/* Inner ones by digest, the outermost under its tag too. */
static int put_manifests(struct push *p, const char *tag, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	bool knows;
	for (size_t i = p->texts.len; i--;) {
		const struct manifest_text *t = &p->texts.items[i];
		const char *ref = i ? digest_text(&t->desc.digest, text) : tag;
		struct subject about;
		if (manifest_put(p->c, &p->to, ref, t, &knows, d) < 0 ||
			subject_parse(p->c->mem, t, &about, d) < 0)
			return -1;
		if (about.given && !knows && referrers_tag_add(p->c, &p->to, t, &about, d) < 0)
			return -1;
	}
	return 0;
}

/* "host/repo" of the image's own name, when it lies on the registry that we push to. */
static const char *mount_source(struct push *p, const char *name)
{
	const char *full, *why;
	struct reference ref;
	if (reference_normalise(p->c->mem, name, &full, &why) < 0)
		return NULL;
	reference_split(p->c->mem, full, &ref);
	size_t host = strcspn(ref.repository, "/");
	if (strlen(p->to.host) != host || strncmp(ref.repository, p->to.host, host) != 0)
		return NULL;
	const char *path = ref.repository + host + 1;
	return strcmp(path, p->to.repository) == 0 ? NULL : path;
}

static int target(struct push *p, const char *to, struct reference *ref, struct diags *d)
{
	struct endpoints all;
	if (registry_name(p->c, to, ref, d) < 0)
		return -1;
	if (*ref->digest)
		return fail(d, KIND_INPUT, "write it like HOST/NAME:TAG",
			"\"%s\" names a digest: an image is pushed under a tag", to);
	p->name = arena_fmt(p->c->mem, "%s:%s", ref->repository, ref->tag);
	if (endpoints_of(p->c, ref->repository, &all, d) < 0 || endpoints_settle(p->c, &all, d) < 0)
		return -1;
	p->to = all.items[all.len - 1]; /* the registry itself; a mirror only of what has none */
	return 0;
}

static int run(struct push *p, const char *name, const char *to, struct registry_moved *out,
	struct diags *d)
{
	struct reference ref;
	if (target(p, to, &ref, d) < 0 || push_plan(p, name, d) < 0)
		return -1;
	p->upload = (struct upload){ .to = &p->to, .mount_from = mount_source(p, name) };
	if (put_blobs(p, d) < 0 || put_manifests(p, ref.tag, d) < 0)
		return -1;
	out->name = arena_str(p->c->r->mem, p->name);
	out->root = p->texts.items[0].desc;
	out->root.media_type = arena_str(p->c->r->mem, out->root.media_type);
	out->blobs = p->blobs.len;
	vec_each (struct descriptor, b, &p->blobs)
		out->bytes += b->size;
	return 0;
}

int registry_push(struct registry *r, struct store *s, const char *name, const char *to,
	const struct platform *want, struct registry_moved *out, struct diags *d)
{
	struct registry_moved moved = { 0 };
	AUTO_CHANNEL c = channel_open(r, NULL);
	struct push p = { .c = &c, .store = s, .want = want };
	if (run(&p, name, to ? to : name, &moved, d) < 0)
		return fail_ctx(d, "pushing the image \"%s\"", name);
	*out = moved;
	return 0;
}
