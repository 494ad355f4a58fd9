#include "system-runtime/container/mount_point.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fields of /proc/self/mountinfo (proc(5)): 5th is the mount point, the type follows " - ". */
bool mount_point(const char *type, char *out, size_t size)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t cap = 0;
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && getline(&line, &cap, f) > 0) {
		char *end = strstr(line, " - ");
		char *p = line;
		if (end == NULL || strncmp(end + 3, type, strlen(type)) != 0)
			continue;
		for (int i = 0; i < 4 && p != NULL; i++)
			p = strchr(p + (i > 0), ' ');
		if (p == NULL)
			continue;
		size_t n = strcspn(p + 1, " ");
		/* An escaped blank in it would be somebody's joke. */
		if (n < size && memchr(p + 1, '\\', n) == NULL) {
			memcpy(out, p + 1, n);
			out[n] = '\0';
			found = true;
		}
	}
	free(line);
	fclose(f);
	if (!found)
		errno = ENOENT;
	return found;
}
