#include "mkimage/pkg/pkg_impl.h"

#include <fnmatch.h>
#include <string.h>

bool path_glob(const char *glob, const char *path)
{
	char part[4096];
	size_t len = strlen(path);
	while (*glob == '/')
		glob++;
	if (len >= sizeof(part))
		return false;
	memcpy(part, path, len + 1);
	for (;;) {
		if (fnmatch(glob, part, FNM_PATHNAME) == 0)
			return true;
		char *slash = strrchr(part, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
}
