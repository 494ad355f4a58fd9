/*
 * Arenas: every heap byte of the builder belongs to one, named after the phase it lives in.
 * Memory is zeroed. Running out of memory prints one line and exits with status 3: outputs are
 * atomic, so nothing half-written stays behind.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* Accepts NULL. */
void arena_free(struct arena *a);

void *arena_alloc(struct arena *a, size_t size);
/* count * size with overflow checked. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* A larger copy of old (old_size bytes); the old bytes stay until the arena goes. */
void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t new_size);

char *arena_str(struct arena *a, const char *s);
/* len bytes and a NUL. */
char *arena_strn(struct arena *a, const char *s, size_t len);
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vfmt(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0);

/* Takes one allocation of a type: ARENA_NEW(a, struct node). */
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

static inline void arena_drop(struct arena **a)
{
	arena_free(*a);
	*a = NULL;
}
#define AUTO_ARENA __attribute__((cleanup(arena_drop))) struct arena *

/* Makes room for one more element in an arena-owned vector { T *items; size_t len, cap; }. */
#define vec_push(a, v, item)                                                                     \
	do {                                                                                     \
		if ((v)->len == (v)->cap) {                                                      \
			size_t vec_cap_ = (v)->cap ? (v)->cap * 2 : 8;                           \
			(v)->items = arena_grow((a), (v)->items, (v)->len * sizeof(*(v)->items), \
				vec_cap_ * sizeof(*(v)->items));                                 \
			(v)->cap = vec_cap_;                                                     \
		}                                                                                \
		(v)->items[(v)->len++] = (item);                                                 \
	} while (0)

/* vec_each (const char *, s, &v) { use(*s); } */
#define vec_each(type, p, v) \
	for (__typeof__(type) *p = (v)->items, *p##_end_ = p ? p + (v)->len : p; p < p##_end_; p++)

struct strings {
	const char **items;
	size_t len, cap;
};

/* By bytes. */
void strings_sort(struct strings *s);
/* "a, b, c" for between ", ". */
const char *strings_join(struct arena *a, const struct strings *s, const char *between);

#endif
