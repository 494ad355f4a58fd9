#include "base/path.h"

#include <string.h>

bool path_climbs(const char *path)
{
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		if (len == 2 && p[0] == '.' && p[1] == '.')
			return true;
		p += len + (p[len] == '/');
	}
	return false;
}
