/* The tables of the firmware, as the kernel has them in /sys/firmware/dmi/tables/DMI (DSP0134). */
#ifndef PACKAGES_METADATA_SMBIOS_H
#define PACKAGES_METADATA_SMBIOS_H

#include "packages/metadata/metadata.h"

/* Each string of type 11 (OEM strings) that is a system credential of systemd:
 * io.systemd.credential:NAME=VALUE, io.systemd.credential.binary:NAME=BASE64. Their number. */
int take_oem_strings(struct metadata *m, const uint8_t *table, size_t len);

/* What a credential says of the machine; false: nothing here goes by that name. */
bool take_credential(struct metadata *m, const char *name, const char *value, size_t len);

/* The names that are known, NULL at the end. */
extern const char *const credentials[];

#endif
