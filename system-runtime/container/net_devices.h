/* linux.netDevices: see net_devices.c. The lists are as long as linux.netDevices. */
#ifndef RT_CONTAINER_NET_DEVICES_H
#define RT_CONTAINER_NET_DEVICES_H

#include "system-runtime/oci/spec.h"

#include <sys/types.h>

enum { NET_ADDRESSES_MAX = 32 };

struct net_address {
	uint8_t family, prefix;
	bool has_local;
	uint8_t address[16], local[16];
};

struct net_device {
	int index; /* on the machine */
	size_t n;
	struct net_address addresses[NET_ADDRESSES_MAX];
};

CHECK int net_devices_read(
	struct mem *m, const struct linux_spec *l, struct net_device **out, struct rt_error *e);
CHECK int net_devices_move(
	const struct linux_spec *l, const struct net_device *v, pid_t pid, struct rt_error *e);
CHECK int net_devices_set_up(
	const struct linux_spec *l, const struct net_device *v, struct rt_error *e);

#endif
