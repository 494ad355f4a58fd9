#include "base/arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGN = 16 };

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(ALIGN) unsigned char bytes[];
};

struct arena {
	struct block *blocks; /* the first one has room */
};

static NORETURN void out_of_memory(void)
{
	fputs("slipway: error: out of memory\n"
	      "hint: free some memory, or raise the limit that this process runs under\n",
		stderr);
	exit(3);
}

static struct block *block_new(size_t size)
{
	size_t total;
	if (__builtin_add_overflow(sizeof(struct block), size, &total))
		out_of_memory();
	struct block *b = calloc(1, total);
	if (!b)
		out_of_memory();
	b->size = size;
	return b;
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));
	if (!a)
		out_of_memory();
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need;
	if (__builtin_add_overflow(size ? size : 1, (size_t)ALIGN - 1, &need))
		out_of_memory();
	need &= ~((size_t)ALIGN - 1);

	struct block *b = a->blocks;
	if (b && b->size - b->used >= need) {
		void *p = b->bytes + b->used;
		b->used += need;
		return p;
	}
	if (need > BLOCK_SIZE / 4 && b) {
		/* A large piece gets a block of its own behind the one that still has room. */
		struct block *own = block_new(need);
		own->used = need;
		own->next = b->next;
		b->next = own;
		return own->bytes;
	}
	struct block *fresh = block_new(need > BLOCK_SIZE ? need : BLOCK_SIZE);
	fresh->used = need;
	fresh->next = b;
	a->blocks = fresh;
	return fresh->bytes;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total))
		out_of_memory();
	return arena_alloc(a, total);
}

void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t new_size)
{
	void *p = arena_alloc(a, new_size);
	if (old_size)
		memcpy(p, old, old_size < new_size ? old_size : new_size);
	return p;
}

char *arena_strn(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);
	if (len)
		memcpy(p, s, len);
	return p;
}

char *arena_str(struct arena *a, const char *s)
{
	return arena_strn(a, s, strlen(s));
}

char *arena_vfmt(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		out_of_memory();
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *p = arena_vfmt(a, fmt, ap);
	va_end(ap);
	return p;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void strings_sort(struct strings *s)
{
	if (s->len)
		qsort(s->items, s->len, sizeof(*s->items), by_bytes);
}

const char *strings_join(struct arena *a, const struct strings *s, const char *between)
{
	size_t size = 1, gap = strlen(between);
	vec_each (const char *, one, s)
		size += strlen(*one) + gap;
	char *out = arena_alloc(a, size), *to = out;
	vec_each (const char *, one, s) {
		size_t len = strlen(*one);
		if (one != s->items)
			to = (char *)memcpy(to, between, gap) + gap;
		to = (char *)memcpy(to, *one, len) + len;
	}
	return out; /* what is allocated is zero */
}
