/* Loop devices (drivers/block/loop.c), read-only and gone with their last user. */
#ifndef INIT_LOOP_H
#define INIT_LOOP_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { LOOP_PATH_SIZE = 32 };

/*
 * Makes a device of a file or block device from offset on, bytes long (0: to its end). Its path
 * goes to device. Returns a descriptor that keeps the device until somebody has mounted it, or -1
 * with the reason recorded.
 */
CHECK int loop_attach(
	const char *file, uint64_t offset, uint64_t bytes, char device[LOOP_PATH_SIZE]);
/* At shutdown: takes the backing file away from every loop device that still has one. */
void loop_detach_all(void);

#endif
