#include "mkimage/sign/sign_impl.h"

#include <string.h>

struct der der_new(struct arena *a, size_t cap)
{
	return (struct der){ .buf = arena_alloc(a, cap), .cap = cap, .at = cap };
}

void der_raw(struct der *w, const void *bytes, size_t len)
{
	if (len > w->at)
		abort();
	w->at -= len;
	if (len)
		memcpy(w->buf + w->at, bytes, len);
}

size_t der_mark(const struct der *w)
{
	return w->at;
}

void der_wrap(struct der *w, uint8_t tag, size_t end)
{
	size_t len = end - w->at;
	uint8_t head[1 + sizeof(len) + 1];
	size_t n = sizeof(head);
	if (len < 0x80) {
		head[--n] = (uint8_t)len;
	} else {
		size_t count = 0;
		for (size_t left = len; left; left >>= 8, count++)
			head[--n] = (uint8_t)left;
		head[--n] = (uint8_t)(0x80 | count);
	}
	head[--n] = tag;
	der_raw(w, head + n, sizeof(head) - n);
}

void der_tlv(struct der *w, uint8_t tag, const void *bytes, size_t len)
{
	size_t end = der_mark(w);
	der_raw(w, bytes, len);
	der_wrap(w, tag, end);
}
