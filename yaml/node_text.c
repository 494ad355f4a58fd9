#include "yaml/node_impl.h"

#include "base/utf8.h"

#include <string.h>

struct line_starts {
	size_t *items;
	size_t len, cap;
};

/* YAML 1.2, 5.1 "c-printable": neither C0 (but tab and line ends), nor DEL, nor C1. */
static bool is_control(const char *s, size_t n)
{
	unsigned char c = (unsigned char)*s;
	if (n == 2)
		return c == 0xc2 && (unsigned char)s[1] < 0xa0 && (unsigned char)s[1] != 0x85;
	return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
}

/* U+FEFF inside a text is invisible; U+FFFE and U+FFFF are no characters. */
static bool is_odd_mark(const char *s, size_t n)
{
	return n == 3 && (memcmp(s, "\xef\xbb\xbf", 3) == 0 || memcmp(s, "\xef\xbf\xbe", 3) == 0 ||
				 memcmp(s, "\xef\xbf\xbf", 3) == 0);
}

/* U+0085, U+2028 and U+2029 are lines to libyaml and not to editors: positions would disagree. */
static bool is_odd_line_end(const char *s, size_t n)
{
	return (n == 2 && memcmp(s, "\xc2\x85", 2) == 0) ||
	       (n == 3 && (memcmp(s, "\xe2\x80\xa8", 3) == 0 || memcmp(s, "\xe2\x80\xa9", 3) == 0));
}

static int check_character(struct diags *d, struct pos at, const char *s, size_t n, size_t left)
{
	unsigned char c = (unsigned char)*s;
	if (n == 0)
		return fail_at(
			d, at, "save the file as UTF-8", "the byte 0x%02x is not valid UTF-8", c);
	if (c == '\r')
		return left > 1 && s[1] == '\n' ? 0
						: fail_at(d, at, "end lines with a line feed",
							  "a carriage return stands alone");
	if (is_control(s, n))
		return fail_at(d, at, "remove it, or write it as an escape in double quotes",
			"the control character 0x%02x cannot stand in YAML",
			n == 2 ? (unsigned char)s[1] : c);
	if (is_odd_mark(s, n))
		return fail_at(d, at, "remove it",
			"a byte order mark that is not at the start, or no character at all, stands here");
	if (is_odd_line_end(s, n))
		return fail_at(d, at, "write it as an escape in double quotes",
			"a line or paragraph separator stands here that editors do not show");
	return 0;
}

/* No tag but the core schema's is known, so that a handle for others has no use; and libyaml
 * compares each with all before it. */
static int check_directives(const struct yaml_text *t, struct diags *d)
{
	for (size_t i = 0; i < t->lines_len; i++) {
		const char *line = t->bytes + t->lines[i];
		if (t->len - t->lines[i] >= 4 && memcmp(line, "%TAG", 4) == 0)
			return fail_at(d, (struct pos){ t->name, (uint32_t)i + 1, 1, 4 },
				"remove the line", "the directive %%TAG is not known here");
	}
	return 0;
}

int yaml_text_check(struct arena *a, const char *name, const char *bytes, size_t len,
	struct yaml_text *out, struct diags *d)
{
	struct yaml_text t = { .name = name, .bytes = bytes, .len = len };
	if (len > YAML_SIZE_MAX)
		return fail_at(d, (struct pos){ .file = name },
			"split it, or name large texts as files",
			"the text has %zu bytes; at most %d are read", len, YAML_SIZE_MAX);
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		t.bytes += 3;
		t.len -= 3;
	}
	if (len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
		return fail_at(d, (struct pos){ .file = name }, "save the file as UTF-8",
			"the text is UTF-16");
	struct line_starts starts = { 0 };
	vec_push(a, &starts, 0);
	uint32_t col = 1;
	for (size_t i = 0; i < t.len;) {
		size_t n = utf8_len(t.bytes + i, t.len - i);
		struct pos at = { name, (uint32_t)starts.len, col, 1 };
		if (check_character(d, at, t.bytes + i, n, t.len - i) < 0)
			return -1;
		col++;
		if (t.bytes[i] == '\n') {
			vec_push(a, &starts, i + 1);
			col = 1;
		}
		i += n;
	}
	t.lines = starts.items;
	t.lines_len = starts.len;
	if (check_directives(&t, d) < 0)
		return -1;
	*out = t;
	return 0;
}

/* The byte offset of a place, at most the end of its line; *end is that end, without "\r\n". */
static size_t offset_of(const struct yaml_text *t, uint32_t line, uint32_t col, size_t *end)
{
	if (line == 0 || line > t->lines_len)
		return *end = t->len;
	size_t at = t->lines[line - 1];
	*end = line < t->lines_len ? t->lines[line] - 1 : t->len;
	if (*end > at && t->bytes[*end - 1] == '\r')
		(*end)--;
	for (uint32_t c = 1; c < col && at < *end; c++) {
		size_t n = utf8_len(t->bytes + at, *end - at);
		at += n ? n : 1;
	}
	return at;
}

uint32_t yaml_text_rest(const struct yaml_text *t, uint32_t line, uint32_t col)
{
	size_t end, at = offset_of(t, line, col, &end);
	while (end > at && (t->bytes[end - 1] == ' ' || t->bytes[end - 1] == '\t'))
		end--;
	return (uint32_t)utf8_count(t->bytes + at, end - at);
}

char yaml_text_at(const struct yaml_text *t, uint32_t line, uint32_t col)
{
	size_t end, at = offset_of(t, line, col, &end);
	return at < t->len ? t->bytes[at] : '\0';
}

struct pos yaml_text_pos(const struct yaml_text *t, yaml_mark_t from, yaml_mark_t to)
{
	struct pos at = { t->name, (uint32_t)from.line + 1, (uint32_t)from.column + 1, 0 };
	/* Only what goes on in another line needs a look at the text: lines can be a megabyte. */
	if (to.line > from.line)
		at.len = yaml_text_rest(t, at.line, at.col);
	else if (to.column > from.column)
		at.len = (uint32_t)(to.column - from.column);
	if (!at.len)
		at.len = 1;
	return at;
}
