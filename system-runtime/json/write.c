#include "system-runtime/json/write.h"

static void put(struct json_out *o, const char *s, size_t n)
{
	if (n >= o->size - o->len) {
		o->full = true;
		return;
	}
	memcpy(o->buf + o->len, s, n);
	o->len += n;
	o->buf[o->len] = '\0';
}

/* The length of the UTF-8 sequence at s, 0 when it is not one (RFC 3629: no surrogates, no overlong
 * forms). */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80			 ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : (s[0] & 0xf0) == 0xe0	 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void put_string(struct json_out *o, const char *s, size_t len)
{
	put(o, "\"", 1);
	for (size_t i = 0; i < len;) {
		const unsigned char *c = (const unsigned char *)s + i;
		size_t n = utf8_len(c, len - i);
		char esc[8];
		if (n == 0) {
			put(o, "\\ufffd", 6); /* programs may print any bytes; JSON may not */
			n = 1;
		} else if (*c == '"' || *c == '\\') {
			esc[0] = '\\';
			esc[1] = (char)*c;
			put(o, esc, 2);
		} else if (*c < 0x20 || *c == 0x7f) {
			snprintf(esc, sizeof(esc), "\\u%04x", *c);
			put(o, esc, 6);
		} else {
			put(o, s + i, n);
		}
		i += n;
	}
	put(o, "\"", 1);
}

static void begin(struct json_out *o, const char *key)
{
	if (o->comma)
		put(o, ",", 1);
	o->comma = true;
	if (key != NULL) {
		put_string(o, key, strlen(key));
		put(o, ":", 1);
	}
}

void jw_open(struct json_out *o, const char *key, char bracket)
{
	begin(o, key);
	put(o, &bracket, 1);
	o->comma = false;
}

void jw_close(struct json_out *o, char bracket)
{
	put(o, &bracket, 1);
	o->comma = true;
}

void jw_str(struct json_out *o, const char *key, const char *value)
{
	jw_strn(o, key, value, strlen(value));
}

void jw_strn(struct json_out *o, const char *key, const char *value, size_t len)
{
	begin(o, key);
	put_string(o, value, len);
}

void jw_int(struct json_out *o, const char *key, int64_t value)
{
	char text[24];

	begin(o, key);
	snprintf(text, sizeof(text), "%lld", (long long)value);
	put(o, text, strlen(text));
}

void jw_bool(struct json_out *o, const char *key, bool value)
{
	begin(o, key);
	put(o, value ? "true" : "false", value ? 4 : 5);
}

void jw_raw(struct json_out *o, const char *text)
{
	put(o, text, strlen(text));
}
