/*
 * Checking a whole store. Nothing is mended: what is damaged may be all that there is. lock is
 * held shared meanwhile, so that nothing is collected under us.
 */
#include "mkimage/store/garbage_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { CHUNK = 1 << 20, PROBLEMS_MAX = 1000 };

struct verify {
	struct store *store;
	struct arena *mem;
	struct verified *out;
	struct diags *d;
	struct digest_set seen, diff_ids, bad; /* bad: blobs whose bytes are not theirs */
	char *buf;
};

static const char again[] = "remove it and get the image again: slipway image import PATH";

/* A problem of another kind is one of integrity here. */
static void pass_on(struct verify *v, const struct diags *from, const char *where)
{
	for (const struct diag *e = from->first; e; e = e->next) {
		(void)fail(v->d, KIND_INTEGRITY, e->hint ? e->hint : again, "%s", e->what);
		if (where)
			(void)fail_ctx(v->d, "checking %s", where);
	}
}

static int hash_blob(struct verify *v, int fd, enum digest_alg alg, uint64_t *size,
	struct digest *out, const char *path)
{
	AUTO_HASHER h = hasher_new(alg);
	for (*size = 0;;) {
		ssize_t n = fd_pread_full(fd, v->buf, CHUNK, *size);
		if (n < 0)
			return fail_sys(v->d, errno, "cannot read \"%s/%s\"", v->store->path, path);
		if (n == 0)
			break;
		hasher_add(h, v->buf, (size_t)n);
		*size += (uint64_t)n;
	}
	hasher_take(h, out);
	return 0;
}

static void check_blob(struct verify *v, enum digest_alg alg, const char *hex)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest want, is;
	struct stat st;
	uint64_t size;
	const char *path = arena_fmt(v->mem, "blobs/%s/%s", digest_alg_name(alg), hex);
	if (digest_parse(arena_fmt(v->mem, "%s:%s", digest_alg_name(alg), hex), &want) < 0) {
		(void)fail(v->d, KIND_INTEGRITY, "remove it",
			"\"%s/%s\" is no blob: its name is no digest", v->store->path, path);
		return;
	}
	/* Not to hang on a pipe that somebody put there. */
	AUTO_FD fd = openat(v->store->dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)fail_sys(v->d, errno, "cannot open \"%s/%s\"", v->store->path, path);
		return;
	}
	v->out->blobs++;
	if (!S_ISREG(st.st_mode)) {
		(void)digest_set_add(v->mem, &v->bad, &want);
		(void)fail(v->d, KIND_INTEGRITY, again, "\"%s/%s\" is no regular file",
			v->store->path, path);
		return;
	}
	if (hash_blob(v, fd, alg, &size, &is, path) < 0)
		return;
	v->out->bytes += size;
	if (digest_equal(&want, &is))
		return;
	(void)digest_set_add(v->mem, &v->bad, &want);
	(void)fail(v->d, KIND_INTEGRITY,
		arena_fmt(v->d->mem,
			"remove \"%s/%s\" and get the image again: slipway image import PATH",
			v->store->path, path),
		"the blob %s:%s is damaged: its bytes give %s", digest_alg_name(alg), hex,
		digest_text(&is, text));
}

static int check_blobs(struct verify *v)
{
	for (enum digest_alg alg = DIGEST_SHA256; alg <= DIGEST_SHA512; alg++) {
		struct strings names;
		const char *folder = arena_fmt(v->mem, "blobs/%s", digest_alg_name(alg));
		if (store_names(v->store, v->mem, folder, &names, v->d) < 0)
			return -1;
		vec_each (const char *, name, &names)
			check_blob(v, alg, *name);
	}
	return 0;
}

/* It is there and as long as said; that its bytes are its digest's was checked, and said, before.
 */
static bool check_leaf(struct verify *v, const struct descriptor *desc, const char *where)
{
	struct diags mine;
	AUTO_FD fd = -EBADF;
	diags_init(&mine, v->d->mem);
	if (store_blob_open(v->store, desc, &fd, &mine) == 0)
		return !digest_set_has(&v->bad, &desc->digest);
	if (!digest_set_has(&v->bad, &desc->digest))
		pass_on(v, &mine, where);
	return false;
}

static void add_layers(
	struct verify *v, const struct manifest *m, const struct image_config *c, const char *where)
{
	if (m->layers.len != c->diff_ids_len) {
		(void)fail(v->d, KIND_INTEGRITY, again, "%s has %zu layers, and its config has %zu",
			where, m->layers.len, c->diff_ids_len);
		return;
	}
	for (size_t i = 0; i < m->layers.len; i++) {
		struct verify_layer one = { m->layers.items[i], c->diff_ids[i] };
		if (digest_set_has(&v->bad, &one.desc.digest) ||
			!digest_set_add(v->mem, &v->diff_ids, &one.diff_id))
			continue;
		one.desc.media_type = arena_str(v->mem, one.desc.media_type);
		vec_push(v->mem, v->out, one);
	}
}

static int read_config(struct verify *v, struct arena *a, const struct descriptor *desc,
	struct image_config *out, struct diags *d)
{
	char *text, name[DIGEST_TEXT_SIZE];
	size_t len;
	if (store_blob_read(v->store, a, desc, CONFIG_MAX, &text, &len, d) < 0)
		return -1;
	return image_config_parse(a,
		arena_fmt(a, "the image config %s", digest_text(&desc->digest, name)), text, len,
		out, d);
}

static void check_manifest(struct verify *v, struct arena *a, const char *where, const char *text,
	size_t len, struct diags *mine)
{
	struct manifest m;
	struct image_config c;
	if (manifest_parse(a, where, text, len, &m, mine) < 0) {
		pass_on(v, mine, NULL);
		return;
	}
	bool whole = check_leaf(v, &m.config, where);
	vec_each (struct descriptor, l, &m.layers)
		whole &= check_leaf(v, l, where);
	if (!whole || !media_is_image_config(m.config.media_type))
		return;
	if (read_config(v, a, &m.config, &c, mine) < 0)
		pass_on(v, mine, where);
	else
		add_layers(v, &m, &c, where);
}

static void check_any(struct verify *v, const struct descriptor *desc, unsigned depth);

static void check_index(struct verify *v, struct arena *a, const char *where, const char *text,
	size_t len, unsigned depth, struct diags *mine)
{
	struct descriptors all;
	if (depth > INDEX_DEPTH) {
		(void)fail(v->d, KIND_INTEGRITY, again, "%s is an index in more than %d others",
			where, INDEX_DEPTH);
		return;
	}
	if (index_parse(a, where, text, len, &all, mine) < 0) {
		pass_on(v, mine, NULL);
		return;
	}
	/* An index may name platforms that never came. */
	vec_each (struct descriptor, one, &all)
		if (store_has(v->store, &one->digest))
			check_any(v, one, depth + 1);
}

static void check_any(struct verify *v, const struct descriptor *desc, unsigned depth)
{
	AUTO_ARENA a = arena_new();
	char name[DIGEST_TEXT_SIZE], *text;
	size_t len;
	struct diags mine;
	bool index = media_is_index(desc->media_type);
	if (!digest_set_add(v->mem, &v->seen, &desc->digest))
		return;
	const char *where = arena_fmt(
		a, "the %s %s", index ? "index" : "manifest", digest_text(&desc->digest, name));
	diags_init(&mine, v->d->mem);
	if (!index && !media_is_manifest(desc->media_type)) {
		(void)check_leaf(v, desc, "index.json");
	} else if (store_blob_read(v->store, a, desc, MANIFEST_MAX, &text, &len, &mine) < 0) {
		if (!digest_set_has(&v->bad, &desc->digest))
			pass_on(v, &mine, depth ? NULL : "index.json");
	} else if (index) {
		check_index(v, a, where, text, len, depth, &mine);
	} else {
		check_manifest(v, a, where, text, len, &mine);
	}
}

int store_verify(struct store *s, struct arena *a, struct verified *out, struct diags *d)
{
	AUTO_FD lock = -EBADF;
	struct verify v = { .store = s, .mem = a, .out = out, .d = d };
	struct descriptors names;
	*out = (struct verified){ 0 };
	v.buf = arena_alloc(a, CHUNK);
	d->limit = PROBLEMS_MAX;
	if (store_lock(s, "lock", LOCK_SH, &lock, d) < 0 || check_blobs(&v) < 0 ||
		store_list(s, a, &names, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &names)
		check_any(&v, one, 0);
	return d->errors ? -1 : 0;
}
