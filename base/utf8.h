/* UTF-8 as in RFC 3629: shortest form, no surrogates, at most U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character at s (len bytes left), or 0 when it is invalid or cut off. */
size_t utf8_len(const char *s, size_t len);
/* Characters in s; each invalid byte counts one. */
size_t utf8_count(const char *s, size_t len);

#endif
