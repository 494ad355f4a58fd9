/* Which bundles can do with a machine whose devices have no drivers yet. */
#ifndef RT_SUPERVISE_HARDWARE_H
#define RT_SUPERVISE_HARDWARE_H

#include "system-runtime/json/decode.h"
#include "system-runtime/oci/spec.h"

/* The parts of config.json that tell. */
struct caps_view {
	struct strv bounding;
};
struct process_view {
	struct caps_view *capabilities;
};
struct mount_view {
	const char *source;
};
struct device_view {
	const char *path;
	struct opt_int major;
};
struct linux_view {
	VEC(struct device_view) devices;
};
struct bundle_view {
	pair_vec annotations;
	struct process_view *process;
	VEC(struct mount_view) mounts;
	struct linux_view *linux_;
};
extern const struct table bundle_view_table;

/* It has a device of the machine, sees /dev or /sys, or may ask the kernel for hardware. A program
 * on the machine's network that may not change it needs no driver: whoever gives the machine an
 * address does, and what comes after that waits with it. */
bool bundle_needs_drivers(const struct bundle_view *b);

#endif
