/* What changed between two locks: everything in them as a list of entries, walked side by side. */
#include "mkimage/lock/lock_impl.h"

#include "base/clock.h"

#include <string.h>

struct entry {
	const char *key; /* what both sides are ordered by */
	const char *what, *value;
	struct pos at;
};

struct entries {
	struct entry *items;
	size_t len, cap;
};

static void add(struct arena *a, struct entries *to, const char *key, const char *what,
	const char *value, struct pos at)
{
	struct entry e = { .key = key, .what = what, .value = value, .at = at };
	vec_push(a, to, e);
}

static void head(struct arena *a, const struct lock *l, struct entries *out)
{
	char time[CLOCK_RFC3339_SIZE];
	clock_rfc3339(l->time, time);
	add(a, out, "1", "version of the plan", arena_fmt(a, "%lld", (long long)l->plan),
		l->plan_at);
	add(a, out, "2", "platform", l->platform, l->platform_at);
	add(a, out, "3", "time", arena_str(a, time), l->time_at);
}

static const char *sboms_text(struct arena *a, const struct strings *all)
{
	const char *text = "";
	vec_each (const char *, one, all)
		text = arena_fmt(
			a, "%s%s %s", text, *text ? "," : ", with the bill of materials", *one);
	return text;
}

static void images(struct arena *a, const struct lock *l, struct entries *out)
{
	char text[DIGEST_TEXT_SIZE], key[DIGEST_TEXT_SIZE];
	vec_each (struct locked_image, i, &l->images)
		add(a, out, i->ref, arena_fmt(a, "image \"%s\"", i->ref),
			arena_fmt(a, "%s %s%s%s%s", digest_text(&i->digest, text), i->platform,
				i->has_key ? ", signed by the key " : "",
				i->has_key ? digest_text(&i->key, key) : "",
				sboms_text(a, &i->sboms)),
			i->at);
}

static void packages(struct arena *a, const struct lock *l, struct entries *out)
{
	vec_each (struct locked_package, p, &l->packages)
		add(a, out, arena_fmt(a, "%s %s", p->name, p->arch),
			arena_fmt(a, "Debian package \"%s\" (%s)", p->name, p->arch),
			arena_fmt(a, "%s %s", p->version, p->digests), p->at);
}

static void files(struct arena *a, const struct lock *l, struct entries *out)
{
	char text[DIGEST_TEXT_SIZE];
	vec_each (struct locked_file, f, &l->files)
		add(a, out, f->source, arena_fmt(a, "file \"%s\"", f->source),
			arena_str(a, digest_text(&f->digest, text)), f->at);
}

static void values(struct arena *a, const struct lock *l, struct entries *out)
{
	char text[DIGEST_TEXT_SIZE];
	vec_each (struct locked_value, v, &l->values)
		add(a, out, v->name, arena_fmt(a, "value of \"%s\"", v->name),
			arena_str(a, digest_text(&v->digest, text)), v->at);
}

static void side_by_side(struct arena *a, const struct entries *was, const struct entries *is,
	struct lock_changes *out)
{
	size_t i = 0, k = 0;
	while (i < was->len || k < is->len) {
		int order = i == was->len  ? 1
			    : k == is->len ? -1
					   : strcmp(was->items[i].key, is->items[k].key);
		struct lock_change c = { 0 };
		if (order >= 0) {
			c.what = is->items[k].what;
			c.is = is->items[k++].value;
		}
		if (order <= 0) {
			c.what = was->items[i].what;
			c.at = was->items[i].at;
			c.was = was->items[i++].value;
		}
		if (!c.was || !c.is || strcmp(c.was, c.is) != 0)
			vec_push(a, out, c);
	}
}

void lock_compare(
	struct arena *a, const struct lock *was, const struct lock *is, struct lock_changes *out)
{
	static void (*const parts[])(struct arena *, const struct lock *,
		struct entries *) = { head, images, packages, files, values };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct entries old = { 0 }, new = { 0 };
		parts[i](a, was, &old);
		parts[i](a, is, &new);
		side_by_side(a, &old, &new, out);
	}
}
