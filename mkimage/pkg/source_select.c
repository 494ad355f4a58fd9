/*
 * "All off but what the fragment turns on", by kbuild's own oldconfig. busybox's allnoconfig does
 * not heed KCONFIG_ALLCONFIG, so the answers are written for it: every option that the last round
 * knew is off, the fragment comes behind. What a round turns on can make more options known, on by
 * default: the next round turns those off.
 */
#include "mkimage/pkg/source_impl.h"

#include <string.h>

static bool is_wanted(const char *fragment, const char *name, size_t len)
{
	for (const char *p = fragment; (p = strstr(p, name)) != NULL && len; p += len) {
		/* name ends before "=" or " is not set", the fragment's line before "=". */
		if ((p == fragment || p[-1] == '\n') && strncmp(p, name, len) == 0 && p[len] == '=')
			return true;
	}
	return false;
}

const char *source_select(struct arena *a, const char *config, const char *fragment)
{
	const char *out = "";
	size_t used = 0, cap = strlen(config) * 3 + strlen(fragment) + 2;
	char *text = arena_alloc(a, cap);
	for (const char *p = config; *p;) {
		size_t len = strcspn(p, "\n");
		bool is_not_set = strncmp(p, "# CONFIG_", 9) == 0;
		const char *name = is_not_set ? p + 2 : p;
		size_t name_len = strcspn(name, "= \n");
		bool on = !is_not_set && name[name_len] == '=' && name[name_len + 1] == 'y' &&
			  len == name_len + 2;
		const char *word = arena_strn(a, name, name_len);
		bool keep = strncmp(name, "CONFIG_", 7) == 0 &&
			    !is_wanted(fragment, word, name_len);
		if (keep && (on || is_not_set))
			out = arena_fmt(a, "# %s is not set\n", word);
		else
			out = keep ? arena_strn(a, p, len + 1) : "";
		memcpy(text + used, out, strlen(out));
		used += strlen(out);
		p += len + (p[len] == '\n');
	}
	memcpy(text + used, fragment, strlen(fragment));
	return text;
}
