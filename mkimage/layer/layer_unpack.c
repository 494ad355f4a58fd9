#include "mkimage/layer/layer_impl.h"

#include "base/fd.h"
#include "mkimage/store/decode.h"

#include <string.h>
#include <sys/stat.h>

struct unpack {
	struct arena *mem;
	const char *what;
	struct decoder *decoder;
	struct hasher *hasher;
	struct tar_reader *tar;
	struct layer_pack pack;
	struct layer_index index;
	char path[TAR_PATH_MAX + 1], target[TAR_PATH_MAX + 1];
};

/* The tar's bytes are hashed on their way to its reader: the diff id is theirs. */
static int source_next(void *ctx, const void **bytes, size_t *len, struct diags *d)
{
	struct unpack *u = ctx;
	if (decoder_next(u->decoder, bytes, len, d) < 0)
		return -1;
	hasher_add(u->hasher, *bytes, *len);
	return 0;
}

static int file_add(struct unpack *u, struct layer_entry *e, struct diags *d)
{
	e->offset = u->pack.size;
	for (;;) {
		const void *bytes;
		size_t len;
		if (tar_content(u->tar, &bytes, &len, d) < 0)
			return -1;
		if (!len)
			break;
		if (layer_pack_add(&u->pack, u->what, bytes, len, d) < 0)
			return -1;
	}
	e->size = u->pack.size - e->offset;
	return 0;
}

/* overlayfs reads its own marks on whatever lies below it: those of a layer must not reach it. */
static bool xattr_kept(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) != 0 &&
	       strncmp(name, "user.overlay.", 13) != 0;
}

static size_t xattrs_sorted(struct tar_xattr *to, const struct tar_entry *from)
{
	size_t n = 0;
	for (size_t i = 0; i < from->xattrs_len; i++) {
		if (!xattr_kept(from->xattrs[i].name))
			continue;
		size_t at = n++;
		for (; at && strcmp(to[at - 1].name, from->xattrs[i].name) > 0; at--)
			to[at] = to[at - 1];
		to[at] = from->xattrs[i];
	}
	return n;
}

static enum layer_kind kind_of(enum tar_type type)
{
	switch (type) {
	case TAR_FILE:
		return LAYER_FILE;
	case TAR_LINK:
		return LAYER_LINK;
	case TAR_SYMLINK:
		return LAYER_SYMLINK;
	case TAR_CHAR:
		return LAYER_CHAR;
	case TAR_BLOCK:
		return LAYER_BLOCK;
	case TAR_DIR:
		return LAYER_DIR;
	case TAR_FIFO:
		return LAYER_FIFO;
	}
	return LAYER_KINDS;
}

static int bad_entry(struct unpack *u, const char *path, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT,
		"have the image built again, or leave it alone: it may be hostile",
		"%s has an entry \"%s\" that %s", u->what, path, why);
}

/* The path and what it is; 0: leave it out. */
static int place(
	struct unpack *u, const struct tar_entry *t, struct layer_entry *e, struct diags *d)
{
	const char *why = NULL;
	if (layer_path(t->path, u->path, &why) < 0)
		return bad_entry(u, t->path, why, d);
	e->path = u->path;
	e->kind = kind_of(t->type);
	e->target = "";
	switch (layer_mark(u->path)) {
	case MARK_NONE:
		break;
	case MARK_WHITEOUT:
		e->kind = LAYER_WHITEOUT;
		return 1;
	case MARK_OPAQUE:
		e->kind = LAYER_OPAQUE;
		return 1;
	case MARK_SKIP:
		return 0;
	case MARK_BAD:
		return bad_entry(u, t->path, "is a malformed whiteout", d);
	}
	if (!*u->path && e->kind != LAYER_DIR)
		return bad_entry(u, t->path, "is to replace the root and is no folder", d);
	if (e->kind == LAYER_SYMLINK)
		e->target = t->target;
	if (e->kind == LAYER_LINK) {
		if (layer_path(t->target, u->target, &why) < 0)
			return bad_entry(u, t->path,
				arena_fmt(d->mem, "is a hard link to \"%s\", which %s", t->target,
					why),
				d);
		e->target = u->target;
	}
	return 1;
}

static int entry_add(struct unpack *u, const struct tar_entry *t, struct diags *d)
{
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
	struct layer_entry e = {
		.mode = t->mode,
		.uid = t->uid,
		.gid = t->gid,
		.mtime = t->mtime,
		.major = t->major,
		.minor = t->minor,
		.xattrs = xattrs,
	};
	int rc = place(u, t, &e, d);
	if (rc <= 0)
		return rc;
	if (e.kind < LAYER_LINK)
		e.xattrs_len = xattrs_sorted(xattrs, t);
	if (e.kind == LAYER_FILE && file_add(u, &e, d) < 0)
		return -1;
	if (u->index.entries == LAYER_ENTRIES_MAX || layer_index_add(&u->index, &e) < 0)
		return fail(d, KIND_INPUT, NULL,
			"%s has more than %d entries, or more than %d MiB of paths", u->what,
			LAYER_ENTRIES_MAX, LAYER_INDEX_MAX >> 20);
	return 0;
}

static int read_all(struct unpack *u, struct diags *d)
{
	struct tar_entry e;
	int rc;
	while ((rc = tar_next(u->tar, &e, d)) > 0)
		if (entry_add(u, &e, d) < 0)
			return -1;
	if (rc < 0 || tar_finish(u->tar, d) < 0)
		return -1;
	return layer_pack_flush(&u->pack, d);
}

static int diff_id_check(struct unpack *u, const struct digest *want, struct diags *d)
{
	struct digest got;
	char is[DIGEST_TEXT_SIZE], said[DIGEST_TEXT_SIZE];
	hasher_take(u->hasher, &got);
	if (digest_equal(&got, want))
		return 0;
	return fail(d, KIND_INTEGRITY, "get the image again from where it comes from",
		"%s unpacks to %s, and the image's config says %s", u->what, digest_text(&got, is),
		digest_text(want, said));
}

/* Everything but the files: u->pack is where the contents go. */
static int read_layer(struct unpack *u, struct store *s, const struct descriptor *desc,
	const struct digest *diff_id, struct diags *d)
{
	AUTO_FD blob = -EBADF;
	AUTO_DECODER decoder = NULL;
	AUTO_HASHER hasher = hasher_new(diff_id->alg);
	if (store_blob_open(s, desc, &blob, d) < 0 ||
		decoder_open(blob, 0, desc->size, u->what, &decoder, d) < 0 ||
		layer_media_check(u->what, desc->media_type, decoder_encoding(decoder), d) < 0)
		return -1;
	u->decoder = decoder;
	u->hasher = hasher;
	u->tar = tar_reader_new(
		u->mem, (struct tar_source){ .next = source_next, .ctx = u }, u->what);
	layer_index_begin(&u->index, u->mem);
	if (read_all(u, d) < 0 || diff_id_check(u, diff_id, d) < 0)
		return -1;
	layer_index_seal(&u->index, diff_id, u->pack.size);
	return 0;
}

static int unpack(struct unpack *u, struct store *s, const struct descriptor *desc,
	const struct digest *diff_id, const char *pack, const char *index, struct diags *d)
{
	AUTO_OUT to = NULL;
	AUTO_OUT list = NULL;
	if (out_create(pack, 0644, &to, d) < 0)
		return -1;
	u->pack.out = to;
	if (read_layer(u, s, desc, diff_id, d) < 0)
		return -1;
	/* The index comes last: with it, the layer is there. */
	if (out_commit(&to, d) < 0 || out_create(index, 0644, &list, d) < 0 ||
		out_write(list, u->index.bytes, u->index.len, d) < 0)
		return -1;
	return out_commit(&list, d);
}

static struct unpack *unpack_new(struct arena *a, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	struct unpack *u = ARENA_NEW(a, struct unpack);
	u->mem = a;
	u->what = arena_fmt(a, "the layer %s", digest_text(&desc->digest, text));
	u->pack.check = -EBADF;
	return u;
}

int layer_unpack(struct store *s, const struct descriptor *desc, const struct digest *diff_id,
	const char *pack, const char *index, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct unpack *u = unpack_new(a, desc);
	struct diags mine;
	diags_init(&mine, d->mem);
	if (unpack(u, s, desc, diff_id, pack, index, &mine) == 0)
		return 0;
	return layer_blame(s, desc, &mine, d);
}

int layer_compare(struct store *s, const struct descriptor *desc, const struct digest *diff_id,
	int pack, const uint8_t *index, size_t len, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct unpack *u = unpack_new(a, desc);
	struct stat st;
	u->pack.check = pack;
	if (read_layer(u, s, desc, diff_id, d) < 0)
		return -1;
	if (fstat(pack, &st) < 0)
		return fail_sys(d, errno, "cannot look at an unpacked layer");
	return !u->pack.differs && (uint64_t)st.st_size == u->pack.size && len == u->index.len &&
	       memcmp(index, u->index.bytes, len) == 0;
}
