/* Tars made by hand, right or wrong as a test wants them. */
#ifndef TESTS_UNIT_TAR_BUILD_H
#define TESTS_UNIT_TAR_BUILD_H

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

struct tar_build {
	struct arena *mem;
	uint8_t *bytes;
	size_t len;
};

static inline uint8_t *tar_room(struct tar_build *t, size_t len)
{
	t->bytes = arena_grow(t->mem, t->bytes, t->len, t->len + len);
	uint8_t *at = t->bytes + t->len;
	memset(at, 0, len);
	t->len += len;
	return at;
}

static inline void tar_sum(uint8_t *h)
{
	unsigned sum = 0;
	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
}

/* A header alone; size says what it says. */
static inline uint8_t *tar_header(
	struct tar_build *t, char type, const char *name, const char *link, size_t size)
{
	uint8_t *h = tar_room(t, 512);
	snprintf((char *)h, 101, "%s", name);
	memcpy(h + 100, "0000644", 8);
	memcpy(h + 108, "0000000", 8);
	memcpy(h + 116, "0000000", 8);
	snprintf((char *)h + 124, 12, "%011zo", size & 077777777777);
	memcpy(h + 136, "00000001750", 12);
	h[156] = (uint8_t)type;
	memcpy(h + 157, link, strnlen(link, 100));
	memcpy(h + 257, "ustar\00000", 8);
	tar_sum(h);
	return h;
}

static inline void tar_body(struct tar_build *t, const void *bytes, size_t len)
{
	memcpy(tar_room(t, (len + 511) / 512 * 512), bytes, len);
}

static inline void tar_add(
	struct tar_build *t, char type, const char *name, const char *link, const char *content)
{
	tar_header(t, type, name, link, strlen(content));
	tar_body(t, content, strlen(content));
}

/* One record of an extended header, as its own header. */
static inline void tar_pax(struct tar_build *t, const char *key, const char *value)
{
	size_t len = strlen(key) + strlen(value) + 3, all = len;
	while (all != len + (size_t)snprintf(NULL, 0, "%zu", all))
		all = len + (size_t)snprintf(NULL, 0, "%zu", all);
	tar_add(t, 'x', "pax", "", arena_fmt(t->mem, "%zu %s=%s\n", all, key, value));
}

static inline void tar_end(struct tar_build *t)
{
	tar_room(t, 1024);
}

#endif
