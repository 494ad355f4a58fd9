/*
 * A GUID partition table (UEFI specification 2.10, section 5.3) of 512-byte sectors and 128
 * entries, as our images have it. It is written so that whenever the power goes, what the disk then
 * has is the old table or the new one, whole.
 */
#ifndef DISK_GPT_H
#define DISK_GPT_H

#include <stdbool.h>
#include <stdint.h>

enum { GPT_SECTOR = 512, GPT_ENTRIES = 128, GPT_NAME_MAX = 36 };

struct gpt_entry {
	uint8_t type[16], guid[16]; /* as on the disk; a type of zeros: unused */
	uint64_t first, last;	    /* sectors, both in it */
	uint64_t attributes;
	uint8_t name[2 * GPT_NAME_MAX]; /* UTF-16LE */
};

struct gpt {
	int fd;
	uint64_t sectors; /* of the disk as it is now */
	uint64_t known;	  /* as the table has it */
	uint8_t guid[16];
	struct gpt_entry entry[GPT_ENTRIES];
};

/* fd, sectors: the disk. 0: read and sound; 1: there is none; -1: said why not. */
int gpt_read(struct gpt *g, int fd, uint64_t sectors);
/* For the disk as large as it is now. */
int gpt_write(struct gpt *g);

/* First and last sector that a partition may have. */
uint64_t gpt_first(const struct gpt *g);
uint64_t gpt_last(const struct gpt *g);

bool gpt_used(const struct gpt_entry *e);
bool gpt_is_named(const struct gpt_entry *e, const char *ascii);
void gpt_name(struct gpt_entry *e, const char *ascii);

#endif
