/* What apt-get --print-uris prints (apt-get(8)), and the names of package files. */
#include "mkimage/pkg/apt_impl.h"

#include <string.h>

/* No file of Debian's is near; keeps sums of sizes far from overflow. */
#define FILE_SIZE_MAX (UINT64_C(64) << 30)

static bool word_char(char c)
{
	return c > ' ' && c < 0x7f && c != '\'' && c != '"' && c != '\\';
}

static const char *size_parse(const char *p, const char *end, uint64_t *out)
{
	uint64_t v = 0;
	const char *start = p;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > FILE_SIZE_MAX)
			return NULL;
	}
	*out = v;
	return p == start ? NULL : p;
}

static const char *word_end(const char *p, const char *end)
{
	while (p < end && word_char(*p))
		p++;
	return p;
}

static int sum_parse(const char *p, const char *end, struct digest *out)
{
	static const char head[] = "SHA256:";
	char text[DIGEST_TEXT_SIZE];
	size_t len = (size_t)(end - p);
	if (len != sizeof(head) - 1 + DIGEST_SHA256_HEX || memcmp(p, head, sizeof(head) - 1) != 0)
		return -1;
	memcpy(text, "sha256:", 7);
	memcpy(text + 7, p + 7, DIGEST_SHA256_HEX);
	text[7 + DIGEST_SHA256_HEX] = '\0';
	return digest_parse(text, out);
}

const char *apt_line_parse(struct arena *a, const char *line, size_t len, struct apt_file *out)
{
	const char *p = line, *end = line + len;
	struct apt_file f = { 0 };
	if (p == end || *p++ != '\'')
		return "it does not start with a quoted address";
	const char *stop = word_end(p, end);
	if (stop == p || stop == end || *stop != '\'')
		return "its address does not end";
	f.uri = arena_strn(a, p, (size_t)(stop - p));
	p = stop + 1;
	if (p == end || *p++ != ' ')
		return "it has no file name";
	stop = word_end(p, end);
	/* The name becomes part of a path. */
	if (stop == p || *p == '.' || memchr(p, '/', (size_t)(stop - p)))
		return "its file name is not one";
	f.name = arena_strn(a, p, (size_t)(stop - p));
	p = stop;
	if (p == end || *p++ != ' ' || !(p = size_parse(p, end, &f.size)))
		return "its size is no number";
	if (p == end || *p++ != ' ' || sum_parse(p, end, &f.digest) < 0)
		return "it does not end with SHA256: and a digest";
	*out = f;
	return NULL;
}

int apt_lines_parse(struct arena *a, const char *text, struct apt_files *out, struct diags *d)
{
	struct apt_files files = { 0 };
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n");
		struct apt_file f;
		const char *why = len ? apt_line_parse(a, p, len, &f) : NULL;
		if (why)
			return fail(d, KIND_SYSTEM, NULL,
				"apt-get --print-uris printed a line that is not understood (%s): %s",
				why, arena_strn(d->mem, p, len < 300 ? len : 300));
		if (len)
			vec_push(a, &files, f);
		p += len + (p[len] == '\n');
	}
	*out = files;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* apt encodes the epoch's colon. NULL: no encoding, or of a byte that no version has. */
static const char *percent_decode(struct arena *a, const char *s, size_t len)
{
	char *out = arena_alloc(a, len + 1);
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = s[i];
		if (c == '%') {
			if (len - i < 3 || hex_digit(s[i + 1]) < 0 || hex_digit(s[i + 2]) < 0)
				return NULL;
			c = (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2]));
			i += 2;
		}
		if (!word_char(c) || c == '/')
			return NULL;
		out[n++] = c;
	}
	out[n] = '\0';
	return out;
}

int apt_deb_name(struct arena *a, const char *file, struct apt_file *out)
{
	size_t len = strlen(file);
	if (len < 4 || strcmp(file + len - 4, ".deb") != 0)
		return -1;
	len -= 4;
	const char *first = memchr(file, '_', len);
	const char *last = memrchr(file, '_', len);
	if (!first || first == last)
		return -1;
	const char *name = percent_decode(a, file, (size_t)(first - file));
	const char *version = percent_decode(a, first + 1, (size_t)(last - first) - 1);
	const char *arch = percent_decode(a, last + 1, (size_t)(file + len - last) - 1);
	if (!name || !version || !arch || !apt_name_valid(name) || !*version || !*arch ||
		strchr(version, '_'))
		return -1;
	out->name = name;
	out->version = version;
	out->arch = arch;
	return 0;
}

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool apt_name_valid(const char *name)
{
	size_t len = strlen(name);
	if (len < 2 || len > 128 || !name_char(name[0]) || name[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!name_char(name[i]) && !strchr("+-.", name[i]))
			return false;
	return true;
}

bool apt_suite_valid(const char *suite)
{
	size_t len = strlen(suite);
	if (!len || len > 64 || !name_char(suite[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!name_char(suite[i]) && suite[i] != '-')
			return false;
	return true;
}
