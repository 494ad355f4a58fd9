#include "mkimage/layer/layer_impl.h"

#include <string.h>

int layer_path(const char *text, char out[TAR_PATH_MAX + 1], const char **why)
{
	char *to = out;
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "/");
		bool nothing = len == 0 || (len == 1 && p[0] == '.');
		if (len == 2 && p[0] == '.' && p[1] == '.') {
			*why = "leads out of the layer with \"..\"";
			return -1;
		}
		if (len > LAYER_NAME_MAX) {
			*why = "has a name of more than 255 bytes";
			return -1;
		}
		/* Never longer than text, which is at most TAR_PATH_MAX. */
		if (!nothing) {
			if (to != out)
				*to++ = '/';
			memmove(to, p, len);
			to += len;
		}
		p += len;
		p += strspn(p, "/");
	}
	*to = '\0';
	return 0;
}

enum layer_mark layer_mark(char *path)
{
	char *last = path;
	for (char *part = path;;) {
		if (strncmp(part, ".wh..wh.", 8) == 0) {
			if (strcmp(part, ".wh..wh..opq") != 0)
				return MARK_SKIP; /* aufs' own bookkeeping, which others left in */
			*(part == path ? part : part - 1) = '\0';
			return MARK_OPAQUE;
		}
		last = part;
		part = strchr(part, '/');
		if (!part)
			break;
		if (strncmp(last, ".wh.", 4) == 0)
			return MARK_BAD; /* something below a whiteout */
		part++;
	}
	if (strncmp(last, ".wh.", 4) != 0)
		return MARK_NONE;
	const char *hidden = last + 4;
	if (!*hidden || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
		return MARK_BAD;
	memmove(last, hidden, strlen(hidden) + 1);
	return MARK_WHITEOUT;
}
