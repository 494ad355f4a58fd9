/*
 * What is about an image and in none of its indexes: with --referrers all of it, else what the
 * session brings along, an SBOM.
 */
#include "mkimage/registry/pull_impl.h"

#include "mkimage/registry/subject.h"
#include "mkimage/store/digest_set.h"

#include <string.h>

enum { BROUGHT_MAX = 16 };

static int take(struct pull *p, const struct registry_referrer *one, uint64_t max, struct diags *d)
{
	struct manifest_text t;
	struct manifest m;
	struct descriptor note = one->desc;
	struct subject about;
	if (pull_text_of(p, &one->desc, &t, d) < 0 ||
		manifest_parse(p->c->mem, "what refers to it", t.text, (size_t)t.desc.size, &m, d) <
			0)
		return -1;
	vec_each (struct descriptor, l, &m.layers)
		if (l->size > max)
			return fail(d, KIND_INPUT, NULL,
				"it has %llu bytes, and at most %llu are taken",
				(unsigned long long)l->size, (unsigned long long)max);
	if (subject_parse(p->c->mem, &t, &about, d) < 0)
		return -1;
	note.platform.os = NULL;
	if (about.given) /* one of cosign's tags has none, and would stay for ever */
		vec_push(p->c->mem, &p->about, note);
	return pull_plan_manifest(p, &t, d);
}

static int take_all(struct pull *p, struct diags *d)
{
	const struct endpoints *from;
	if (pull_from(p, &from, d) < 0)
		return -1;
	for (size_t i = 0, n = p->texts.len; i < n; i++) {
		const struct digest g = p->texts.items[i].desc.digest;
		struct registry_referrers all = { 0 };
		if (referrers_of(p->c, &from->items[from->len - 1], &g, true, &all, d) < 0)
			return -1;
		vec_each (struct registry_referrer, one, &all)
			if (media_is_manifest(one->desc.media_type) &&
				take(p, one, BLOB_SIZE_MAX, d) < 0)
				return -1;
	}
	return 0;
}

static int bring(
	struct pull *p, const struct endpoint *from, const struct digest *g, struct diags *d)
{
	struct registry_referrers all = { 0 };
	const struct registry_options *o = &p->c->r->o;
	unsigned n = 0;
	if (referrers_of(p->c, from, g, false, &all, d) < 0)
		return -1;
	vec_each (struct registry_referrer, one, &all)
		if (media_is_manifest(one->desc.media_type) && one->desc.artifact_type &&
			strcmp(one->desc.artifact_type, o->brings) == 0 && n++ < BROUGHT_MAX &&
			take(p, one, o->brings_max, d) < 0)
			return -1;
	return 0;
}

/* Nothing of it is taken when something of it cannot be had; the image comes without it. */
static void bring_or_say(struct pull *p, const struct endpoint *from, const struct digest *g)
{
	const size_t texts = p->texts.len, blobs = p->blobs.len, configs = p->configs.len,
		     about = p->about.len;
	const struct registry_options *o = &p->c->r->o;
	struct diags quiet;
	diags_init(&quiet, p->c->mem);
	if (bring(p, from, g, &quiet) == 0)
		return;
	p->texts.len = texts;
	p->blobs.len = blobs;
	p->configs.len = configs;
	p->about.len = about;
	if (o->say)
		o->say(o->ctx, arena_fmt(p->c->mem, "%s: no \"%s\" comes along: %s", p->name,
				       o->brings, quiet.first ? quiet.first->what : "it failed"));
}

/* What is about another, and the others: whose index has brought it. */
static int covered_find(struct pull *p, struct digest_set *out, struct diags *d)
{
	vec_each (struct manifest_text, t, &p->texts) {
		struct subject about;
		if (!media_is_manifest(t->desc.media_type))
			continue;
		if (subject_parse(p->c->mem, t, &about, d) < 0)
			return -1;
		if (!about.given)
			continue;
		(void)digest_set_add(p->c->mem, out, &t->desc.digest);
		if (about.artifact_type && strcmp(about.artifact_type, p->c->r->o.brings) == 0)
			(void)digest_set_add(p->c->mem, out, &about.digest);
	}
	return 0;
}

int pull_plan_referrers(struct pull *p, struct diags *d)
{
	struct digest_set covered = { 0 };
	if (p->c->r->o.referrers)
		return take_all(p, d);
	if (!p->c->r->o.brings)
		return 0;
	if (covered_find(p, &covered, d) < 0)
		return -1;
	for (size_t i = 0, n = p->texts.len; i < n; i++) {
		const struct manifest_text t = p->texts.items[i];
		if (t.from && media_is_manifest(t.desc.media_type) &&
			!digest_set_has(&covered, &t.desc.digest))
			bring_or_say(p, t.from, &t.desc.digest);
	}
	return 0;
}
