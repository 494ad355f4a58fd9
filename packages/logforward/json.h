/* Values out of one line of the supervisor's answers (RFC 8259), where they stand: nothing is
 * copied or kept. */
#ifndef PACKAGES_LOGFORWARD_JSON_H
#define PACKAGES_LOGFORWARD_JSON_H

#include <stddef.h>
#include <stdint.h>

/* The value of a key of the object that text begins with; NULL: there is none, or this is no
 * object. */
const char *json_value(const char *text, const char *key);
/* What is between the quotes, as it stands, and its length; NULL: no string. */
const char *json_string(const char *value, size_t *len);
/* The string itself, cut to fit, with a NUL behind it; its length. Half a character is never left.
 */
size_t json_text(const char *value, char *to, size_t size);
/* A number without sign or point; otherwise when it is none. */
uint64_t json_number(const char *value, uint64_t otherwise);

#endif
