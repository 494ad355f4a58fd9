#include "mkimage/lock/lock_impl.h"

#include "base/fd.h"
#include "mkimage/sbom/sbom.h"
#include "yaml/variables.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const char *platform_words(struct arena *a, const struct platform *p)
{
	return arena_fmt(a, "%s/%s%s%s", p->os, p->arch, p->variant ? "/" : "",
		p->variant ? p->variant : "");
}

/* The lines that packages have in their images' labels (mkimage/pkg). */
static int packages_of(struct arena *a, const struct image *i, const char *label, bool source,
	struct lock *l, struct diags *d)
{
	const char *at = image_label(i, label);
	while (at && *at) {
		size_t len = strcspn(at, "\n");
		const char *line = arena_strn(a, at, len);
		const char *space = strchr(line, ' '),
			   *second = space ? strchr(space + 1, ' ') : NULL;
		struct locked_package p;
		/* Sources have no architecture there. */
		if (source && second)
			line = arena_fmt(a, "%.*s source%s", (int)(second - line), line, second);
		if (locked_package_parse(a, line, &p) < 0)
			return fail(d, KIND_INPUT, "build its package again",
				"the label \"%s\" of the image \"%s\" names no Debian package: \"%s\"",
				label, i->name, line);
		vec_push(a, &l->packages, p);
		at += len + (at[len] == '\n');
	}
	return 0;
}

static int sboms_of(struct arena *a, const struct plan *p, struct store *s, const struct image *i,
	struct strings *out, struct diags *d)
{
	const struct plan_pin *pin = plan_pin_of(p, i->name);
	char text[DIGEST_TEXT_SIZE];
	struct referrers all;
	if (pin) {
		*out = pin->sboms;
		return 0;
	}
	if (store_referrers(s, a, i, SBOM_TYPE, &all, d) < 0)
		return -1;
	vec_each (struct referrer, r, &all)
		vec_push(a, out, arena_str(a, digest_text(&r->manifest.digest, text)));
	strings_sort(out);
	return 0;
}

static int add_image(struct arena *a, const struct plan *p, struct store *s, const struct image *i,
	struct lock *l, struct diags *d)
{
	struct locked_image k = { .ref = i->name,
		.digest = i->manifest.digest,
		.size = i->manifest.size,
		.platform = platform_words(a, &i->config.platform) };
	vec_each (struct locked_image, have, &l->images) {
		if (strcmp(have->ref, k.ref) == 0)
			return 0;
	}
	vec_each (struct plan_key, key, &p->keys) {
		if (strcmp(key->ref, k.ref) == 0) {
			k.key = key->key;
			k.has_key = true;
		}
	}
	if (sboms_of(a, p, s, i, &k.sboms, d) < 0)
		return -1;
	vec_push(a, &l->images, k);
	return packages_of(a, i, "io.slipway.debian", false, l, d) < 0
		       ? -1
		       : packages_of(a, i, "io.slipway.source", true, l, d);
}

static int add_file(
	struct arena *a, const char *source, const char *path, struct lock *l, struct diags *d)
{
	struct locked_file k = { .source = source };
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	char buf[16384];
	ssize_t n = fd < 0 ? -1 : 1;
	vec_each (struct locked_file, have, &l->files) {
		if (strcmp(have->source, k.source) == 0)
			return 0;
	}
	while (n > 0) {
		n = fd_read_full(fd, buf, sizeof(buf));
		if (n > 0)
			hasher_add(h, buf, (size_t)n);
		k.size += n > 0 ? (uint64_t)n : 0;
	}
	if (n < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", path);
	hasher_take(h, &k.digest);
	vec_push(a, &l->files, k);
	return 0;
}

static int by_ref(const void *x, const void *y)
{
	return strcmp(((const struct locked_image *)x)->ref, ((const struct locked_image *)y)->ref);
}

static int by_package(const void *x, const void *y)
{
	return locked_package_order(x, y);
}

static int by_source(const void *x, const void *y)
{
	return strcmp(
		((const struct locked_file *)x)->source, ((const struct locked_file *)y)->source);
}

static void sort(struct lock *l)
{
	size_t kept = 0;
	if (l->images.len)
		qsort(l->images.items, l->images.len, sizeof(*l->images.items), by_ref);
	if (l->files.len)
		qsort(l->files.items, l->files.len, sizeof(*l->files.items), by_source);
	if (!l->packages.len)
		return;
	qsort(l->packages.items, l->packages.len, sizeof(*l->packages.items), by_package);
	for (size_t i = 0; i < l->packages.len; i++) {
		if (!kept || locked_package_order(
				     &l->packages.items[kept - 1], &l->packages.items[i]) != 0)
			l->packages.items[kept++] = l->packages.items[i];
	}
	l->packages.len = kept;
}

/* What the lock says of an image is for one platform. */
static int one_platform(const struct planned_volume *v, struct diags *d)
{
	for (size_t i = 0; i < v->oci_len; i++) {
		if (!digest_equal(&v->oci[i]->manifest.digest, &v->image->manifest.digest))
			return fail_at(d, v->at, "leave `platforms:` out, or build without a lock",
				"a lock holds images for one platform, and the volume \"%s\" wants others",
				v->name);
	}
	return 0;
}

static int images(
	struct arena *a, const struct plan *p, struct store *s, struct lock *l, struct diags *d)
{
	if (p->kernel && add_image(a, p, s, p->kernel, l, d) < 0)
		return -1;
	for (size_t i = 0; i < p->init_len; i++) {
		if (add_image(a, p, s, p->init[i], l, d) < 0)
			return -1;
	}
	for (size_t i = 0; i < p->volumes_len; i++) {
		const struct planned_volume *v = &p->volumes[i];
		if (v->image && (one_platform(v, d) < 0 || add_image(a, p, s, v->image, l, d) < 0))
			return -1;
	}
	for (size_t i = 0; i < p->services_len; i++) {
		if (add_image(a, p, s, p->services[i].image, l, d) < 0)
			return -1;
	}
	return 0;
}

static int files(struct arena *a, const struct plan *p, struct lock *l, struct diags *d)
{
	for (size_t i = 0; i < p->files_len; i++) {
		const struct planned_file *f = &p->files[i];
		if (f->source && add_file(a, f->item->source.v, f->source, l, d) < 0)
			return -1;
	}
	for (size_t i = 0; i < p->services_len; i++) {
		const struct service *s = &p->services[i];
		if (s->seccomp_file && add_file(a, s->seccomp_file, s->seccomp_path, l, d) < 0)
			return -1;
	}
	return 0;
}

static int by_name(const void *x, const void *y)
{
	return strcmp(
		((const struct locked_value *)x)->name, ((const struct locked_value *)y)->name);
}

void lock_values(struct arena *a, const struct config *c, struct locked_values *out)
{
	if (!c->variables)
		return;
	vec_each (struct variable, v, c->variables) {
		struct locked_value k = { .name = v->name };
		AUTO_HASHER h = hasher_new(DIGEST_SHA256);
		if (!v->used)
			continue;
		hasher_add(h, v->value, strlen(v->value));
		hasher_take(h, &k.digest);
		vec_push(a, out, k);
	}
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), by_name);
}

int lock_make(
	struct arena *a, const struct plan *p, struct store *s, struct lock *out, struct diags *d)
{
	struct lock l = {
		.plan = PLAN_VERSION, .platform = platform_words(a, &p->platform), .time = p->epoch
	};
	if (images(a, p, s, &l, d) < 0)
		return -1;
	if (files(a, p, &l, d) < 0)
		return -1;
	sort(&l);
	lock_values(a, p->config, &l.values);
	*out = l;
	return 0;
}

void lock_pin(struct arena *a, const struct lock *l, struct plan_options *out)
{
	struct plan_pin *pins = arena_array(a, l->images.len, sizeof(*pins));
	for (size_t i = 0; i < l->images.len; i++)
		pins[i] = (struct plan_pin){ .ref = l->images.items[i].ref,
			.digest = l->images.items[i].digest,
			.key = l->images.items[i].key,
			.has_key = l->images.items[i].has_key,
			.sboms = l->images.items[i].sboms };
	struct plan_file_pin *files = arena_array(a, l->files.len, sizeof(*files));
	for (size_t i = 0; i < l->files.len; i++)
		files[i] = (struct plan_file_pin){ l->files.items[i].source,
			l->files.items[i].digest };
	out->file_pins = files;
	out->file_pins_len = l->files.len;
	out->pins = pins;
	out->pins_len = l->images.len;
	out->epoch = &l->time;
}
