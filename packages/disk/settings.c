#include "settings.h"

#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number(const char *text, unsigned long long *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' ? 0 : -1;
}

static int word(char *out, size_t size, const char *value)
{
	size_t n = strlen(value);

	if (n == 0 || n >= size)
		return -1;
	memcpy(out, value, n + 1);
	return 0;
}

static int set(struct settings *s, const char *key, const char *value)
{
	unsigned long long n;

	if (strcmp(key, "label") == 0)
		return word(s->label, sizeof(s->label), value);
	if (strcmp(key, "filesystem") == 0)
		return word(s->filesystem, sizeof(s->filesystem), value);
	if (strcmp(key, "mount") == 0)
		return word(s->mount, sizeof(s->mount), value);
	if (number(value, &n) < 0)
		return -1;
	if (strcmp(key, "slots") == 0)
		s->slots = (unsigned)n;
	else if (strcmp(key, "size") == 0)
		s->size = n;
	else if (strcmp(key, "grow") == 0)
		s->grow = n != 0;
	else
		return -1;
	return 0;
}

int settings_read(struct settings *out)
{
	char line[512];
	FILE *f = fopen(SETTINGS_PATH, "re");
	int rc = 0;

	*out = (struct settings){ .slots = 2 };
	if (!f)
		return fail_errno(SETTINGS_PATH
			" (the build writes it when the config has `disk: {data: …}`)");
	while (rc == 0 && fgets(line, sizeof(line), f)) {
		char *value = strchr(line, '=');

		line[strcspn(line, "\n")] = '\0';
		if (value)
			*value++ = '\0';
		if (!value || set(out, line, value) < 0)
			rc = fail(SETTINGS_PATH ": \"%s\" is not understood", line);
	}
	fclose(f);
	if (rc == 0 && (!out->label[0] || !out->filesystem[0] || !out->mount[0]))
		rc = fail(SETTINGS_PATH " lacks label, filesystem or mount");
	return rc;
}
