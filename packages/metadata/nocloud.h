/* NoCloud's text for machines without a disk of it: ds=nocloud;s=http://A.B.C.D:PORT/FOLDER/;h=NAME
 */
#ifndef PACKAGES_METADATA_NOCLOUD_H
#define PACKAGES_METADATA_NOCLOUD_H

#include "packages/metadata/metadata.h"

/* Empty: not said. */
struct seed {
	char address[32]; /* "10.0.2.2:80" */
	char path[160];	  /* begins and ends with a slash */
	char hostname[HOSTNAME_MAX + 1];
};

/* -1: it is no such text (said). */
CHECK int parse_seed(const char *text, size_t len, struct seed *out);

#endif
