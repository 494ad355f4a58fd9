/* pax extended header records (POSIX.1-2017, pax, "pax Extended Header"). */
#ifndef FS_FS_TAR_IMPL_H
#define FS_FS_TAR_IMPL_H

#include "mkimage/fs/fs_impl.h"

struct pax {
	struct arena *mem;
	char *items;
	size_t len, cap;
};

void pax_clear(struct pax *p);
/* "LEN KEY=VALUE\n", where LEN counts itself. The value may hold any bytes. */
void pax_record(struct pax *p, const char *key, const void *value, size_t len);
void pax_text(struct pax *p, const char *key, const char *value);
void pax_number(struct pax *p, const char *key, int64_t value);

#endif
