/* Text without stdio: %s %c %d %u %x %% with the lengths l, ll and z, and widths (5 or 05). */
#ifndef INIT_FMT_H
#define INIT_FMT_H

#include "base/attr.h"

#include <stdarg.h>
#include <stddef.h>

/* Always ends with a NUL. The length written; size - 1 or less: longer text is cut. */
size_t fmt_text(char *out, size_t size, const char *format, ...) PRINTF(3, 4);
size_t fmt_vtext(char *out, size_t size, const char *format, va_list ap) PRINTF(3, 0);

#endif
