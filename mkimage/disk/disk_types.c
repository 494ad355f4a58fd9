#include "mkimage/disk/disk_impl.h"

#include <string.h>

static const struct {
	const char *arch, *root, *verity;
} types[] = {
	{ "amd64", "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5" },
	{ "arm64", "b921b045-1df0-41c3-af44-4c6f280d3fae", "df3300ce-d69f-4c92-978c-9bfb0f38d820" },
};

const char *disk_root_type(const char *arch)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(types[i].arch, arch) == 0)
			return types[i].root;
	}
	return NULL;
}

const char *disk_verity_type(const char *arch)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(types[i].arch, arch) == 0)
			return types[i].verity;
	}
	return NULL;
}
