/* A PE image's headers, as far as appending sections needs them (Microsoft PE format, "Optional
 * Header" and "Section Table"). */
#ifndef DISK_UKI_IMPL_H
#define DISK_UKI_IMPL_H

#include "mkimage/disk/disk_impl.h"

#include <stdbool.h>

enum {
	PE_COFF = 4,	  /* after "PE\0\0" */
	PE_OPTIONAL = 24, /* after it and the COFF header */
	PE_SECTION = 40,  /* one section header */
};

/* A stub whose headers were checked: every offset below lies inside bytes. */
struct uki_stub {
	uint8_t *bytes;
	size_t len;
	size_t pe;	 /* where "PE\0\0" is */
	size_t table;	 /* where the section table is */
	size_t sections; /* how many there are */
	size_t room;	 /* how many more headers fit in front of the first section's bytes */
	uint32_t align, file_align;
	size_t raw_end; /* behind the last section, in the file; at most len */
	uint64_t end;	/* behind the last section, in memory */
};

/* Pieces, or, where somebody finishes it, a scratch file in that folder, which the caller drops. */
CHECK int uki_finished(struct arena *a, const struct uki_options *o, const char *folder,
	struct out **scratch, struct part *out, struct diags *d);

CHECK int uki_stub_read(struct arena *a, const char *path, struct uki_stub *out, struct diags *d);
/* The same from bytes that are there; path is for messages. The bytes are changed later on. */
CHECK int uki_stub_parse(
	uint8_t *bytes, size_t len, const char *path, struct uki_stub *out, struct diags *d);

#endif
