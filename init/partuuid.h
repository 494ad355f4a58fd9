/*
 * Finding a partition by its GUID or name in a GUID partition table (UEFI spec 2.10, 5.3). The
 * table comes from whatever disk is plugged in: every field is checked before it is used.
 */
#ifndef INIT_PARTUUID_H
#define INIT_PARTUUID_H

#include "init/span.h"

#include <stdint.h>
#include <sys/types.h>

enum { PARTUUID_TEXT_SIZE = 37, GPT_KEY_MAX = 72 };

/* What is looked for: bytes of the partition's entry, its GUID or its name. */
struct gpt_key {
	unsigned at, len;
	uint8_t bytes[GPT_KEY_MAX];
};

/* Where the bytes come from: a block device, or memory in tests. */
struct gpt_source {
	/* len bytes at offset, all or -1 */
	int (*read)(const struct gpt_source *s, uint64_t offset, void *out, size_t len);
	int fd;		      /* for read */
	const uint8_t *bytes; /* for read */
	uint64_t size;	      /* bytes */
	uint32_t block;	      /* logical block size in bytes, a power of two from 512 to 4096 */
};

struct gpt_part {
	unsigned number;	/* from 1 */
	uint64_t offset, bytes; /* inside the source, bytes > 0 */
};

/* GPT_ABSENT: no table at all. GPT_DAMAGED: one whose checksums or bounds are wrong. */
enum gpt_result { GPT_FOUND, GPT_NOT_FOUND, GPT_ABSENT, GPT_DAMAGED };

/* 36 characters, either case. */
bool partuuid_parse(struct span text, struct gpt_key *out);
/* 1 to 36 characters of ASCII, as the whole name. */
bool partlabel_parse(struct span text, struct gpt_key *out);
/*
 * Looks at byte 512, at the logical block size, and at the backup table in the last block, in this
 * order, and takes the first valid table. *out is written on GPT_FOUND; *parts, the number of used
 * entries seen, always.
 */
enum gpt_result gpt_find(const struct gpt_source *s, const struct gpt_key *key,
	struct gpt_part *out, unsigned *parts);

#endif
