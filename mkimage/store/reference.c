/* Image references: [DOMAIN/]PATH[:TAG][@DIGEST], as every tool of the field writes them. */
#include "mkimage/store/store_impl.h"

#include <string.h>

enum { REPOSITORY_MAX = 255, TAG_MAX = 128 };

static bool is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_word(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Lower-case words joined by one of . _ __ or any number of -. */
static bool path_part_ok(const char *s, size_t len)
{
	if (!len || !is_lower(s[0]) || !is_lower(s[len - 1]))
		return false;
	for (size_t i = 1; i < len; i++) {
		if (is_lower(s[i]) || s[i] == '-')
			continue;
		if (s[i] != '.' && s[i] != '_')
			return false;
		size_t run = s[i] == '_' && s[i + 1] == '_' ? 2 : 1;
		if (!is_lower(s[i - 1]) || !is_lower(s[i + run]))
			return false;
		i += run - 1;
	}
	return true;
}

static bool path_ok(const char *s, size_t len)
{
	const char *end = s + len;
	for (;;) {
		const char *slash = memchr(s, '/', (size_t)(end - s));
		if (!path_part_ok(s, (size_t)((slash ? slash : end) - s)))
			return false;
		if (!slash)
			return true;
		s = slash + 1;
	}
}

/* A host name or address, with or without a port. */
static bool domain_ok(const char *s, size_t len)
{
	const char *end = s + len, *p = s;
	if (*p == '[') {
		for (p++; p < end && *p != ']'; p++)
			if (!strchr("0123456789abcdefABCDEF:.", *p))
				return false;
		if (p++ == end)
			return false;
	} else {
		while (p < end && ((is_word(*p) && *p != '_') || *p == '-' || *p == '.'))
			p++;
		if (p == s || s[0] == '-' || s[0] == '.' || p[-1] == '-' || p[-1] == '.')
			return false;
	}
	if (p == end)
		return true;
	if (*p++ != ':' || p == end)
		return false;
	for (; p < end; p++)
		if (*p < '0' || *p > '9')
			return false;
	return true;
}

static bool tag_ok(const char *s, size_t len)
{
	if (!len || len > TAG_MAX || !is_word(s[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_word(s[i]) && s[i] != '.' && s[i] != '-')
			return false;
	return true;
}

/* The first part is a host when it could not be part of a path, or is "localhost". */
static bool names_domain(const char *s, size_t len)
{
	if (len == 9 && memcmp(s, "localhost", 9) == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		if (s[i] == '.' || s[i] == ':' || (s[i] >= 'A' && s[i] <= 'Z'))
			return true;
	return false;
}

/* What goes before a repository that names no host. Ours stay as they are. */
static const char *prefix_of(const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	if (!slash)
		return "docker.io/library/";
	if (names_domain(text, (size_t)(slash - text)) || strncmp(text, "slipway/", 8) == 0)
		return "";
	return "docker.io/";
}

static const char *check_repository(const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	const char *path = text;
	if (!len)
		return "the name is empty";
	if (slash && names_domain(text, (size_t)(slash - text))) {
		if (!domain_ok(text, (size_t)(slash - text)))
			return "the part before the first \"/\" is no host name";
		path = slash + 1;
	}
	if (!path_ok(path, len - (size_t)(path - text)))
		return "its parts must be lower-case letters and digits, joined by \".\", \"_\" or \"-\"";
	return NULL;
}

int reference_normalise(struct arena *a, const char *text, const char **out, const char **why)
{
	struct digest g;
	if (digest_parse(text, &g) == 0) {
		*out = arena_str(a, text);
		return 0;
	}
	const char *end = text + strlen(text);
	const char *at = strchr(text, '@');
	if (at && digest_parse(at + 1, &g) < 0) {
		*why = "what follows \"@\" is no digest";
		return -1;
	}
	const char *name_end = at ? at : end, *tag = NULL;
	for (const char *p = name_end; p > text && p[-1] != '/'; p--)
		if (p[-1] == ':')
			tag = p;
	if (tag && !tag_ok(tag, (size_t)(name_end - tag))) {
		*why = "the tag must be at most 128 letters, digits, \"_\", \".\" or \"-\", and start with none "
		       "of the last two";
		return -1;
	}
	size_t len = (size_t)((tag ? tag - 1 : name_end) - text);
	*why = check_repository(text, len);
	if (*why)
		return -1;
	const char *prefix = prefix_of(text, len);
	/* The host's other name. */
	if (len > 16 && strncmp(text, "index.docker.io/", 16) == 0) {
		prefix = memchr(text + 16, '/', len - 16) ? "docker.io/" : "docker.io/library/";
		text += 16;
		len -= 16;
	} else if (len > 10 && strncmp(text, "docker.io/", 10) == 0 &&
		   !memchr(text + 10, '/', len - 10)) {
		prefix = "docker.io/library/";
		text += 10;
		len -= 10;
	}
	if (strlen(prefix) + len > REPOSITORY_MAX) {
		*why = "the name is longer than 255 bytes";
		return -1;
	}
	*out = arena_fmt(a, "%s%s", prefix, text);
	return 0;
}

void reference_split(struct arena *a, const char *full, struct reference *out)
{
	struct digest g;
	*out = (struct reference){ .repository = "", .tag = "", .digest = "" };
	if (digest_parse(full, &g) == 0) {
		out->digest = full;
		return;
	}
	const char *at = strchr(full, '@');
	const char *end = at ? at : full + strlen(full);
	const char *colon = NULL;
	for (const char *p = end; p > full && p[-1] != '/'; p--)
		if (p[-1] == ':')
			colon = p - 1;
	if (at)
		out->digest = arena_str(a, at + 1);
	if (colon)
		out->tag = arena_strn(a, colon + 1, (size_t)(end - colon - 1));
	out->repository = arena_strn(a, full, (size_t)((colon ? colon : end) - full));
}

const char *reference_short(const char *full)
{
	if (strncmp(full, "docker.io/library/", 18) == 0)
		return full + 18;
	return strncmp(full, "docker.io/", 10) == 0 ? full + 10 : full;
}
