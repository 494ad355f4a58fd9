/* The only door to time. Nothing else in the builder reads a clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/diag.h"

#include <stdint.h>

/* What generated entries get when nothing else says (LinuxKit's own constant):
 * 2017-04-18T16:30:00Z. */
enum { CLOCK_DEFAULT_EPOCH = 1492533000 };

/* Seconds since 1970: SOURCE_DATE_EPOCH, else fallback. Fails on a malformed variable. */
CHECK int clock_epoch(int64_t fallback, int64_t *out, struct diags *d);

/* YYYY-MM-DDThh:mm:ssZ */
enum { CLOCK_RFC3339_SIZE = 24 };
void clock_rfc3339(int64_t epoch, char out[CLOCK_RFC3339_SIZE]);
/* Accepts RFC 3339 with any offset; fractions are cut off. 0, or -1 when malformed. */
CHECK int clock_parse_rfc3339(const char *text, int64_t *out);

#endif
