/* A GUID partition table (UEFI specification 2.10, section 5) of 128 entries. Sectors are 512
 * bytes. */
#ifndef DISK_GPT_IMPL_H
#define DISK_GPT_IMPL_H

#include "mkimage/disk/disk_impl.h"

enum {
	GPT_SECTOR = 512,
	GPT_SECTORS = 33, /* header and entries */
	GPT_UUID = 16,
	GPT_LEN = GPT_SECTORS * GPT_SECTOR,
};

struct gpt_partition {
	const char *type, *guid; /* text */
	const char *name;	 /* ASCII, at most 35 */
	uint64_t first, last;	 /* sectors, both inside */
	uint64_t attributes;
};

struct gpt {
	const char *guid;
	const struct gpt_partition *items;
	size_t len;
	uint64_t sectors; /* of the disk */
};

/* Text to the GPT's mixed byte order. */
CHECK int gpt_guid(const char *text, uint8_t out[GPT_UUID], struct diags *d);
/* The table of sectors 1 to 33, and that of the last 33. */
CHECK int gpt_build(
	const struct gpt *g, uint8_t primary[GPT_LEN], uint8_t backup[GPT_LEN], struct diags *d);

#endif
