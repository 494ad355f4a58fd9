#include "mkimage/store/tar_impl.h"

#include <string.h>

static bool is_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

struct tar_reader *tar_reader_new(struct arena *mem, struct tar_source src, const char *what)
{
	struct tar_reader *t = ARENA_NEW(mem, struct tar_reader);
	t->mem = mem;
	t->src = src;
	t->what = what;
	return t;
}

/* 1: a header; 0: the end. */
static int header_read(
	struct tar_reader *t, uint8_t h[TAR_BLOCK_SIZE], bool inside, struct diags *d)
{
	size_t got;
	if (tar_read(t, h, TAR_BLOCK_SIZE, &got, d) < 0)
		return -1;
	if (got == TAR_BLOCK_SIZE && !is_zero(h, TAR_BLOCK_SIZE)) {
		if (!tar_sum_ok(h))
			return tar_fail(
				t, d, "is no tar, or is damaged: a header's checksum is wrong");
		return 1;
	}
	if (inside || (got && got < TAR_BLOCK_SIZE))
		return tar_fail(t, d, "is cut off");
	if (!got)
		return 0;
	/* Two empty blocks end it; one is enough at the end of the stream. */
	if (tar_read(t, h, TAR_BLOCK_SIZE, &got, d) < 0)
		return -1;
	if (!is_zero(h, got))
		return tar_fail(t, d, "has an empty block in the middle");
	return 0;
}

static void body_set(struct tar_reader *t, uint64_t size)
{
	t->body = size;
	t->pad = (unsigned)(-size % TAR_BLOCK_SIZE);
}

static int body_skip(struct tar_reader *t, struct diags *d)
{
	uint64_t n = t->body + t->pad;
	body_set(t, 0);
	return tar_skip(t, n, d);
}

/* A GNU long name: the body of an entry of its own. */
static int long_name(struct tar_reader *t, uint64_t size, char *to, bool *flag, struct diags *d)
{
	if (*flag)
		return tar_fail(t, d, "has two long names for one entry");
	if (size > TAR_PATH_MAX + 1)
		return tar_fail(t, d, "has a path of more than %d bytes", TAR_PATH_MAX);
	memset(to, 0, TAR_PATH_MAX + 1);
	if (tar_read_all(t, to, (size_t)size, d) < 0)
		return -1;
	if (to[TAR_PATH_MAX])
		return tar_fail(t, d, "has a path of more than %d bytes", TAR_PATH_MAX);
	*flag = true;
	return 0;
}

static int content_start(
	struct tar_reader *t, const uint8_t *h, uint64_t size, struct tar_entry *e, struct diags *d)
{
	bool gnu = h[AT_TYPE] == 'S';
	if (gnu && tar_sparse_gnu(t, h, d) < 0)
		return -1;
	body_set(t, size);
	e->size = size;
	e->sparse = gnu || t->pax.sparse;
	if (e->sparse) {
		e->size = t->pax.sparse_size;
		if ((t->pax.sparse_in_body && tar_sparse_body(t, d) < 0) ||
			tar_sparse_check(t, e->size, d) < 0)
			return -1;
	}
	e->offset = t->at;
	return 0;
}

static int entry(struct tar_reader *t, const uint8_t *h, uint64_t size, struct tar_entry *out,
	struct diags *d)
{
	struct tar_entry e = { .path = tar_path_of(t, h) };
	if (!*e.path)
		return tar_fail(t, d, "has an entry without a name");
	if (strlen(e.path) > TAR_PATH_MAX)
		return tar_fail(t, d, "has a path of more than %d bytes", TAR_PATH_MAX);
	if (tar_type_of(t, h, e.path, &e.type, d) < 0 || tar_metadata(t, h, &e, d) < 0)
		return -1;
	if (e.type == TAR_LINK || e.type == TAR_SYMLINK) {
		e.target = tar_target_of(t, h);
		if (!*e.target || strlen(e.target) > TAR_PATH_MAX)
			return tar_fail(t, d, "has a link \"%s\" whose target is empty or too long",
				e.path);
	}
	if (t->pax.has_size)
		size = t->pax.size;
	if (e.type == TAR_FILE && content_start(t, h, size, &e, d) < 0)
		return -1;
	*out = e;
	return 1;
}

int tar_next(struct tar_reader *t, struct tar_entry *out, struct diags *d)
{
	uint8_t h[TAR_BLOCK_SIZE];
	if (body_skip(t, d) < 0)
		return -1;
	tar_pax_reset(&t->pax);
	t->long_path = t->long_target = t->is_sparse = false;
	for (bool inside = false;;) {
		int64_t size;
		int rc = header_read(t, h, inside, d);
		if (rc <= 0)
			return rc;
		if (tar_number(h + AT_SIZE, 12, &size) < 0 || size < 0)
			return tar_fail(t, d, "has an entry with a malformed size");
		body_set(t, (uint64_t)size);
		if (h[AT_TYPE] == 'L')
			rc = long_name(t, (uint64_t)size, t->path, &t->long_path, d);
		else if (h[AT_TYPE] == 'K')
			rc = long_name(t, (uint64_t)size, t->target, &t->long_target, d);
		else if (h[AT_TYPE] == 'x' || h[AT_TYPE] == 'X')
			rc = tar_pax_read(t, (uint64_t)size, d);
		else if (h[AT_TYPE] ==
			 'g') /* defaults for all entries: nothing that an image needs */
			rc = tar_skip(t, (uint64_t)size, d);
		else {
			body_set(t, 0);
			return entry(t, h, (uint64_t)size, out, d);
		}
		if (rc < 0)
			return -1;
		inside |= h[AT_TYPE] != 'g';
		t->body = 0;
		if (body_skip(t, d) < 0)
			return -1;
	}
}

int tar_content(struct tar_reader *t, const void **bytes, size_t *len, struct diags *d)
{
	uint64_t most = t->body;
	struct tar_sparse *s = &t->sparse;
	if (t->is_sparse) {
		while (s->now < s->len && s->at >= s->items[s->now].offset + s->items[s->now].len)
			s->now++;
		bool data = s->now < s->len && s->at >= s->items[s->now].offset;
		uint64_t end = data ? s->items[s->now].offset + s->items[s->now].len
				    : (s->now < s->len ? s->items[s->now].offset : s->size);
		most = end - s->at;
		if (!data) {
			*bytes = NULL;
			*len = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
			s->at += *len;
			return 0;
		}
	}
	*len = 0;
	if (!most)
		return 0;
	if (tar_slice(t, most, bytes, len, d) < 0)
		return -1;
	if (!*len)
		return tar_fail(t, d, "is cut off");
	t->body -= *len;
	if (t->is_sparse)
		s->at += *len;
	return 0;
}

int tar_finish(struct tar_reader *t, struct diags *d)
{
	for (;;) {
		const void *bytes;
		size_t len;
		if (tar_slice(t, UINT64_MAX, &bytes, &len, d) < 0)
			return -1;
		if (!len)
			return 0;
		if (!is_zero(bytes, len))
			return tar_fail(t, d, "has something behind its end");
	}
}
