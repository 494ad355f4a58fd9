/*
 * The runtime's arena: one mapping of a size known up front, zeroed, given back whole. Running out
 * returns NULL; the few places that take memory (JSON decoding) report it. Nothing is taken from
 * it after clone.
 */
#ifndef RT_COMMON_MEM_H
#define RT_COMMON_MEM_H

#include <stddef.h>

struct mem {
	char *base; /* NULL: nothing mapped */
	size_t used, cap;
};

/* Returns -1 when the kernel gives no memory. */
int mem_open(struct mem *m, size_t cap);
void mem_close(struct mem *m);
void *mem_alloc(struct mem *m, size_t size);
/* count * size, overflow checked. */
void *mem_array(struct mem *m, size_t count, size_t size);
char *mem_str(struct mem *m, const char *s);
/* Grows in place when old is the newest block, else copies. */
void *mem_grow(struct mem *m, void *old, size_t old_size, size_t size);

#define AUTO_MEM __attribute__((cleanup(mem_close))) struct mem

#endif
