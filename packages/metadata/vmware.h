/* VMware's channel from a guest to its host ("backdoor"): messages in registers, through an I/O
 * port that only a hypervisor answers. The registers and their meaning are those of Linux's
 * drivers/gpu/drm/vmwgfx/vmwgfx_msg.c. */
#ifndef PACKAGES_METADATA_VMWARE_H
#define PACKAGES_METADATA_VMWARE_H

#include "packages/metadata/metadata.h"

struct vmware_registers {
	uint32_t ax, bx, cx, dx, si, di;
};

/* The host's side: one access to the port. For tests, a function that plays it. */
typedef void vmware_door(struct vmware_registers *);

/*
 * The answer of the host to one request, as in "info-get guestinfo.userdata", into memory of this
 * module until the next request; false: none, or no such value. Never more than TEXT_MAX bytes.
 */
bool vmware_ask(vmware_door *door, const char *request, struct text *answer);

/* guestinfo.metadata and guestinfo.userdata; 1: there is one of them, 0: none. */
int take_guestinfo(struct metadata *m, vmware_door *door);

#endif
