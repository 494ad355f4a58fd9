#include "mkimage/fs/fs_tar_impl.h"

#include <string.h>

static void append(struct pax *p, const void *bytes, size_t len)
{
	if (p->cap - p->len < len) {
		size_t cap = (p->len + len) * 2;
		p->items = arena_grow(p->mem, p->items, p->len, cap);
		p->cap = cap;
	}
	memcpy(p->items + p->len, bytes, len);
	p->len += len;
}

void pax_clear(struct pax *p)
{
	p->len = 0;
}

static size_t digits(size_t n)
{
	size_t count = 1;
	while (n /= 10)
		count++;
	return count;
}

void pax_record(struct pax *p, const char *key, const void *value, size_t len)
{
	size_t rest = strlen(key) + len + 3; /* a space, '=', a line feed */
	size_t total = rest + digits(rest);
	if (digits(total) > digits(rest))
		total++;
	char number[24];
	int n = snprintf(number, sizeof(number), "%zu ", total);
	append(p, number, (size_t)n);
	append(p, key, strlen(key));
	append(p, "=", 1);
	append(p, value, len);
	append(p, "\n", 1);
}

void pax_text(struct pax *p, const char *key, const char *value)
{
	pax_record(p, key, value, strlen(value));
}

void pax_number(struct pax *p, const char *key, int64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)value);
	pax_record(p, key, text, (size_t)n);
}
