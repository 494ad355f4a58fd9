#include "mkimage/store/tar_impl.h"

#include <string.h>

int tar_fail(struct tar_reader *t, struct diags *d, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *problem = arena_vfmt(d->mem, fmt, ap);
	va_end(ap);
	return fail(d, KIND_INPUT, NULL, "%s %s (before byte %llu of the tar)", t->what, problem,
		(unsigned long long)t->at);
}

static int fill(struct tar_reader *t, struct diags *d)
{
	while (!t->have && !t->ended) {
		const void *bytes = NULL;
		if (t->src.next(t->src.ctx, &bytes, &t->have, d) < 0)
			return -1;
		t->p = bytes;
		t->ended = t->have == 0;
	}
	return 0;
}

static void advance(struct tar_reader *t, size_t n)
{
	t->p += n;
	t->have -= n;
	t->at += n;
}

int tar_slice(struct tar_reader *t, uint64_t max, const void **bytes, size_t *len, struct diags *d)
{
	if (fill(t, d) < 0)
		return -1;
	size_t n = t->have < max ? t->have : (size_t)max;
	*bytes = t->p;
	*len = n;
	if (n)
		advance(t, n);
	return 0;
}

int tar_read(struct tar_reader *t, void *to, size_t len, size_t *got, struct diags *d)
{
	size_t have = 0;
	while (have < len) {
		const void *bytes;
		size_t n;
		if (tar_slice(t, len - have, &bytes, &n, d) < 0)
			return -1;
		if (!n)
			break;
		memcpy((char *)to + have, bytes, n);
		have += n;
	}
	*got = have;
	return 0;
}

int tar_read_all(struct tar_reader *t, void *to, size_t len, struct diags *d)
{
	size_t got;
	if (tar_read(t, to, len, &got, d) < 0)
		return -1;
	return got == len ? 0 : tar_fail(t, d, "is cut off");
}

int tar_skip(struct tar_reader *t, uint64_t len, struct diags *d)
{
	while (len) {
		const void *bytes;
		size_t n;
		if (!t->have && t->src.skip) {
			uint64_t over = t->src.skip(t->src.ctx, len);
			t->at += over;
			len -= over;
		}
		if (tar_slice(t, len, &bytes, &n, d) < 0)
			return -1;
		if (!n && len)
			return tar_fail(t, d, "is cut off");
		len -= n;
	}
	return 0;
}

static int base256(const uint8_t *field, size_t len, int64_t *out)
{
	bool negative = field[0] & 0x40;
	uint64_t v = negative ? UINT64_MAX : 0;
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = field[i];
		if (i == 0) /* the top bit is the mark; the next one the sign */
			byte = negative ? byte | 0x80 : byte & 0x7f;
		/* What leaves at the top must be copies of the sign. */
		if ((uint8_t)(v >> 56) != (negative ? 0xff : 0))
			return -1;
		v = v << 8 | byte;
	}
	if ((v >> 63) != (uint64_t)negative)
		return -1;
	*out = (int64_t)v;
	return 0;
}

int tar_number(const uint8_t *field, size_t len, int64_t *out)
{
	if (field[0] & 0x80)
		return base256(field, len, out);
	size_t i = 0;
	while (i < len && field[i] == ' ')
		i++;
	uint64_t v = 0;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++) {
		if (v >> 60)
			return -1;
		v = v << 3 | (uint64_t)(field[i] - '0');
	}
	if (i < len && field[i] != ' ' && field[i] != '\0')
		return -1;
	*out = (int64_t)v;
	return 0;
}

int tar_decimal(const char *text, uint64_t *out)
{
	uint64_t v = 0;
	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(v, 10, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return -1;
	}
	if (v > INT64_MAX)
		return -1;
	*out = v;
	return 0;
}
