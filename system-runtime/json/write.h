/* JSON out, into a buffer of the caller's; a text that does not fit sets `full` and is not used. */
#ifndef RT_JSON_WRITE_H
#define RT_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_out {
	char *buf;
	size_t size, len;
	bool comma, full;
};

/* key is NULL inside lists. */
void jw_open(struct json_out *o, const char *key, char bracket);
void jw_close(struct json_out *o, char bracket);
void jw_str(struct json_out *o, const char *key, const char *value);
void jw_strn(struct json_out *o, const char *key, const char *value, size_t len);
void jw_int(struct json_out *o, const char *key, int64_t value);
void jw_bool(struct json_out *o, const char *key, bool value);
void jw_raw(struct json_out *o, const char *text);

#endif
