#ifndef PACKAGES_METADATA_PROVIDERS_H
#define PACKAGES_METADATA_PROVIDERS_H

#include "packages/metadata/metadata.h"

/* 1: found, 0: this is not there, -1: it is, and it failed (said). */
struct provider {
	const char *name; /* LinuxKit's */
	int (*read)(const struct settings *s, struct metadata *m);
	/* A file of /sys/class/dmi/id and how it begins on this cloud; NULL: asked always. */
	const char *dmi_file, *dmi_begins;
};

extern const struct provider providers[]; /* the last has no name */

/* What the firmware says that this machine is (SMBIOS). */
bool provider_is_here(const struct settings *s, const struct provider *p);

/* Disks: a label CIDATA or cidata (NoCloud), config-2 (OpenStack's config drive). */
int read_disks(const struct settings *s, struct metadata *m);
/* A folder with meta-data and user-data, or with openstack/latest. */
int read_folder(const char *path, struct metadata *m);

/* NoCloud without a disk: the serial number of the machine (SMBIOS type 1) says where. */
int read_serial(const struct settings *s, struct metadata *m);

/* System credentials, by systemd's names: files that QEMU hands over (fw_cfg), and strings of the
 * firmware (SMBIOS type 11). */
int read_fw_cfg(const struct settings *s, struct metadata *m);
int read_smbios(const struct settings *s, struct metadata *m);

/* The variables guestinfo.* that VMware keeps with a machine. */
int read_vmware(const struct settings *s, struct metadata *m);

#endif
