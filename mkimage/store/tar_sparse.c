/* Sparse files, in the four ways that GNU tar has stored them. */
#include "mkimage/store/tar_impl.h"

#include <string.h>

int tar_sparse_add(struct tar_reader *t, uint64_t offset, uint64_t len, struct diags *d)
{
	if (t->sparse.len >= TAR_SPARSE_MAX)
		return tar_fail(t, d, "has a sparse file in more than %d pieces", TAR_SPARSE_MAX);
	struct tar_piece piece = { .offset = offset, .len = len };
	vec_push(t->mem, &t->sparse, piece);
	return 0;
}

int tar_sparse_map(struct tar_reader *t, char *text, struct diags *d)
{
	t->sparse.len = 0;
	while (*text) {
		uint64_t pair[2];
		for (int i = 0; i < 2; i++) {
			char *comma = text + strcspn(text, ",");
			char end = *comma;
			*comma = '\0';
			if (tar_decimal(text, &pair[i]) < 0 || (i == 0 && !end))
				return tar_fail(t, d, "has a malformed map of a sparse file");
			text = comma + (end != '\0');
		}
		if (tar_sparse_add(t, pair[0], pair[1], d) < 0)
			return -1;
	}
	return 0;
}

static int gnu_pairs(struct tar_reader *t, const uint8_t *at, size_t n, struct diags *d)
{
	for (size_t i = 0; i < n; i++, at += 24) {
		int64_t offset, len;
		if (!at[0] && !at[12])
			return 0;
		if (tar_number(at, 12, &offset) < 0 || tar_number(at + 12, 12, &len) < 0 ||
			offset < 0 || len < 0)
			return tar_fail(t, d, "has a malformed map of a sparse file");
		if (tar_sparse_add(t, (uint64_t)offset, (uint64_t)len, d) < 0)
			return -1;
	}
	return 0;
}

int tar_sparse_gnu(struct tar_reader *t, const uint8_t *header, struct diags *d)
{
	int64_t size;
	uint8_t more[TAR_BLOCK_SIZE];
	t->sparse.len = 0;
	if (tar_number(header + 483, 12, &size) < 0 || size < 0)
		return tar_fail(t, d, "has a malformed size of a sparse file");
	t->pax.sparse_size = (uint64_t)size;
	if (gnu_pairs(t, header + 386, 4, d) < 0)
		return -1;
	bool again = header[482] != 0;
	while (again) {
		if (tar_read_all(t, more, sizeof(more), d) < 0 || gnu_pairs(t, more, 21, d) < 0)
			return -1;
		again = more[504] != 0;
	}
	return 0;
}

/* A decimal number and a newline from the body. */
static int body_number(struct tar_reader *t, uint64_t *out, struct diags *d)
{
	char text[24];
	for (size_t n = 0; n < sizeof(text) && t->body; n++) {
		if (tar_read_all(t, text + n, 1, d) < 0)
			return -1;
		t->body--;
		if (text[n] != '\n')
			continue;
		text[n] = '\0';
		if (tar_decimal(text, out) == 0)
			return 0;
		break;
	}
	return tar_fail(t, d, "has a malformed map of a sparse file");
}

int tar_sparse_body(struct tar_reader *t, struct diags *d)
{
	uint64_t n, offset, len, before = t->body;
	t->sparse.len = 0;
	if (body_number(t, &n, d) < 0)
		return -1;
	for (uint64_t i = 0; i < n; i++)
		if (body_number(t, &offset, d) < 0 || body_number(t, &len, d) < 0 ||
			tar_sparse_add(t, offset, len, d) < 0)
			return -1;
	/* The map is padded to whole blocks. */
	uint64_t used = before - t->body,
		 pad = (TAR_BLOCK_SIZE - used % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE;
	if (pad > t->body)
		return tar_fail(t, d, "has a malformed map of a sparse file");
	t->body -= pad;
	return tar_skip(t, pad, d);
}

int tar_sparse_check(struct tar_reader *t, uint64_t size, struct diags *d)
{
	uint64_t end = 0, sum = 0;
	vec_each (struct tar_piece, p, &t->sparse) {
		if (p->offset < end || __builtin_add_overflow(p->offset, p->len, &end) ||
			end > size)
			return tar_fail(t, d,
				"has a map of a sparse file that overlaps or goes past its end");
		sum += p->len; /* below size, since they do not overlap */
	}
	if (sum != t->body)
		return tar_fail(t, d, "has a map of a sparse file that does not fit its bytes");
	t->sparse.now = 0;
	t->sparse.at = 0;
	t->sparse.size = size;
	t->is_sparse = true;
	return 0;
}
