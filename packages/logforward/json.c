#include "json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* Behind the closing quote; NULL: it has none. */
static const char *skip_string(const char *at)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if (*at == '\0')
			return NULL;
	}
	return at + 1;
}

/* Behind a value of any kind, without recursion: what is deep costs nothing. */
static const char *skip_value(const char *at)
{
	unsigned depth = 0;

	do {
		if (*at == '"') {
			at = skip_string(at);
			if (at == NULL)
				return NULL;
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if ((*at == '}' || *at == ']') && depth > 0)
			depth--;
		else if (*at == '\0' || (depth == 0 && strchr(",}]", *at) != NULL))
			return depth == 0 ? at : NULL;
		at++;
	} while (depth > 0 || strchr(",}]", *at) == NULL);
	return at;
}

const char *json_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	if (text == NULL || *(text = skip_space(text)) != '{')
		return NULL;
	for (text = skip_space(text + 1); *text == '"'; text = skip_space(text + 1)) {
		const char *name = text + 1, *end = skip_string(text);
		if (end == NULL || *(text = skip_space(end)) != ':')
			return NULL;
		text = skip_space(text + 1);
		if ((size_t)(end - 1 - name) == len && memcmp(name, key, len) == 0)
			return text;
		text = skip_value(text);
		if (text == NULL || *(text = skip_space(text)) != ',')
			return NULL;
	}
	return NULL;
}

const char *json_string(const char *value, size_t *len)
{
	const char *end = value != NULL && *value == '"' ? skip_string(value) : NULL;

	if (end == NULL)
		return NULL;
	*len = (size_t)(end - 2 - value);
	return value + 1;
}

uint64_t json_number(const char *value, uint64_t otherwise)
{
	return value != NULL && *value >= '0' && *value <= '9' ? strtoull(value, NULL, 10)
							       : otherwise;
}

static unsigned hex4(const char *at)
{
	char digits[5] = { 0 };

	for (unsigned i = 0; i < 4 && at[i] != '\0'; i++)
		digits[i] = at[i];
	return (unsigned)strtoul(digits, NULL, 16);
}

static size_t utf8(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(first[len] | c);
	return len;
}

/* One escape, from behind its backslash on; *at is left behind it. */
static size_t unescape(const char **at, char *to)
{
	static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	const char *found = strchr(from, **at);
	uint32_t c;

	if (found != NULL && **at != '\0') {
		(*at)++;
		to[0] = plain[found - from];
		return 1;
	}
	c = hex4(*at + 1);
	*at += strnlen(*at, 5);
	if (c >= 0xd800 && c < 0xdc00 && (*at)[0] == '\\' && (*at)[1] == 'u') {
		c = 0x10000 + ((c & 0x3ff) << 10) + (hex4(*at + 2) & 0x3ff);
		*at += strnlen(*at, 6);
	}
	return utf8(c, to);
}

size_t json_text(const char *value, char *to, size_t size)
{
	size_t len = 0, used = 0;
	const char *at = json_string(value, &len), *end = at + len;

	while (at != NULL && at < end) {
		char one[4];
		size_t n = 1;
		if (*at == '\\') {
			at++;
			n = unescape(&at, one);
		} else {
			/* A character of several bytes goes as a whole. */
			one[0] = *at++;
			while (n < 4 && at < end && ((unsigned char)*at & 0xc0) == 0x80)
				one[n++] = *at++;
		}
		if (used + n >= size)
			break;
		memcpy(to + used, one, n);
		used += n;
	}
	to[used] = '\0';
	return used;
}
