/* On-disk and on-wire integers: explicit offsets, explicit byte order, no casts of structs. */
#ifndef BASE_ENDIAN_H
#define BASE_ENDIAN_H

#include <stdint.h>

static inline void put_le16(void *at, uint16_t v)
{
	uint8_t *p = at;
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put_le32(void *at, uint32_t v)
{
	put_le16(at, (uint16_t)v);
	put_le16((uint8_t *)at + 2, (uint16_t)(v >> 16));
}

static inline void put_le64(void *at, uint64_t v)
{
	put_le32(at, (uint32_t)v);
	put_le32((uint8_t *)at + 4, (uint32_t)(v >> 32));
}

static inline uint16_t get_le16(const void *at)
{
	const uint8_t *p = at;
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const void *at)
{
	return get_le16(at) | (uint32_t)get_le16((const uint8_t *)at + 2) << 16;
}

static inline uint64_t get_le64(const void *at)
{
	return get_le32(at) | (uint64_t)get_le32((const uint8_t *)at + 4) << 32;
}

static inline void put_be16(void *at, uint16_t v)
{
	put_le16(at, __builtin_bswap16(v));
}

static inline void put_be32(void *at, uint32_t v)
{
	put_le32(at, __builtin_bswap32(v));
}

static inline void put_be64(void *at, uint64_t v)
{
	put_le64(at, __builtin_bswap64(v));
}

static inline uint32_t get_be32(const void *at)
{
	return __builtin_bswap32(get_le32(at));
}

static inline uint64_t get_be64(const void *at)
{
	return __builtin_bswap64(get_le64(at));
}

#endif
