#include "system-runtime/common/mem.h"

#include <stdint.h>
#include <sys/mman.h>

enum { ALIGN = 16 };

int mem_open(struct mem *m, size_t cap)
{
	*m = (struct mem){ 0 };
	cap = (cap + 4095) & ~(size_t)4095;
	void *p = mmap(NULL, cap, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	/* A huge page would cost 2 MiB of memory and its zeroing for a few KiB of JSON. */
	if (cap >= 1 << 20)
		(void)madvise(p, cap, MADV_NOHUGEPAGE);
	m->base = p;
	m->cap = cap;
	return 0;
}

void mem_close(struct mem *m)
{
	if (m->base != NULL)
		munmap(m->base, m->cap);
	*m = (struct mem){ 0 };
}

void *mem_alloc(struct mem *m, size_t size)
{
	size_t need;

	if (__builtin_add_overflow(size, (size_t)ALIGN - 1, &need))
		return NULL;
	need &= ~(size_t)(ALIGN - 1);
	if (need > m->cap - m->used)
		return NULL;
	void *p = m->base + m->used;
	m->used += need;
	return p;
}

void *mem_array(struct mem *m, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return mem_alloc(m, total);
}

char *mem_str(struct mem *m, const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = mem_alloc(m, n);

	return p == NULL ? NULL : memcpy(p, s, n);
}

void *mem_grow(struct mem *m, void *old, size_t old_size, size_t size)
{
	size_t padded = (old_size + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	if (old != NULL && (char *)old + padded == m->base + m->used) {
		m->used -= padded;
		if (mem_alloc(m, size) != NULL)
			return old;
		m->used += padded;
		return NULL;
	}
	void *p = mem_alloc(m, size);
	if (p != NULL && old != NULL)
		memcpy(p, old, old_size < size ? old_size : size);
	return p;
}
