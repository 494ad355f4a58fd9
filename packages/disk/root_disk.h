/* The disk that the machine's root is on, as sysfs shows it. */
#ifndef DISK_ROOT_DISK_H
#define DISK_ROOT_DISK_H

#include <stdint.h>

struct root_disk {
	char name[64]; /* "vda" */
	int fd;
	uint64_t sectors; /* of 512 bytes */
};

/* 0: found and open; 1: the root is not on a partition of a disk; -1: said what failed. */
int root_disk_open(struct root_disk *d);

/* Has the kernel know a partition as it is in the table: numbers from 1, sectors of 512 bytes. */
int root_disk_partition(
	const struct root_disk *d, unsigned number, uint64_t first, uint64_t sectors);

enum { DEVICE_MAX = 128 };
/* "/dev/vda4" or "/dev/nvme0n1p4" */
void root_disk_device(const struct root_disk *d, unsigned number, char out[DEVICE_MAX]);

#endif
