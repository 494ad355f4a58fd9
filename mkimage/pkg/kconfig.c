#include "mkimage/pkg/kconfig.h"

#include <stdlib.h>
#include <string.h>

static const char prefix[] = "CONFIG_", off[] = " is not set";

static size_t name_len(const char *s)
{
	size_t n = sizeof(prefix) - 1;
	if (strncmp(s, prefix, n) != 0)
		return 0;
	size_t more = strspn(
		s + n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	return more ? n + more : 0;
}

/* 1: an option; 0: none; -1: looks like one, and is none. */
static int option_parse(struct arena *a, const char *line, struct kconfig_option *out)
{
	bool hash = strncmp(line, "# ", 2) == 0;
	const char *s = hash ? line + 2 : line;
	size_t n = name_len(s);
	if (hash && n && strcmp(s + n, off) == 0) {
		out->value = NULL;
	} else if (!*line || *line == '#') {
		return hash && n && strstr(s + n, "not set") ? -1 : 0;
	} else {
		size_t len = strlen(s);
		if (!n || s[n] != '=' || !s[n + 1] || strchr(" \t\r", s[len - 1]))
			return -1;
		out->value = arena_str(a, s + n + 1);
	}
	out->name = arena_strn(a, s, n);
	return 1;
}

static const struct kconfig_option *find(const struct kconfig *k, const char *name)
{
	for (size_t i = 0; i < k->len; i++)
		if (strcmp(k->items[i].name, name) == 0)
			return &k->items[i];
	return NULL;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int option_add(struct kconfig *k, const struct kconfig_option *o, struct diags *d)
{
	const struct kconfig_option *before = find(k, o->name);
	if (before && !same(before->value, o->value))
		return fail_at(d, o->at, "keep one of the two, or leave out a fragment",
			"%s:%u asks otherwise for %s", before->at.file, before->at.line, o->name);
	if (!before)
		vec_push(k->mem, k, *o);
	return 0;
}

int kconfig_add(struct kconfig *k, const char *file, const char *text, size_t len, struct diags *d)
{
	uint32_t number = 1;
	int rc = 0;
	for (const char *p = text, *end = text + len; p < end; number++) {
		size_t n = strcspn(p, "\n");
		struct kconfig_option o = {
			.at = { .file = file, .line = number, .col = 1, .len = (uint32_t)n }
		};
		int is = option_parse(k->mem, arena_strn(k->mem, p, n), &o);
		if (is < 0)
			rc = fail_at(d, o.at,
				"write `CONFIG_X=y`, `# CONFIG_X is not set` or a comment",
				"this is no option of a kernel");
		else if (is > 0 && option_add(k, &o, d) < 0)
			rc = -1;
		p += n + 1;
	}
	return rc;
}

const char *kconfig_text(const struct kconfig *k)
{
	struct strings lines = { 0 };
	for (size_t i = 0; i < k->len; i++) {
		const struct kconfig_option *o = &k->items[i];
		vec_push(k->mem, &lines,
			o->value ? arena_fmt(k->mem, "%s=%s\n", o->name, o->value)
				 : arena_fmt(k->mem, "# %s is not set\n", o->name));
	}
	return strings_join(k->mem, &lines, "");
}

static int by_name(const void *a, const void *b)
{
	const struct kconfig_option *x = a, *y = b;
	return strcmp(x->name, y->name);
}

int kconfig_check(const struct kconfig *asked, const char *config, struct diags *d)
{
	struct arena *a = asked->mem;
	struct kconfig got = { .mem = a };
	int rc = 0;
	for (const char *p = config; *p;) {
		struct kconfig_option o = { 0 };
		size_t n = strcspn(p, "\n");
		if (option_parse(a, arena_strn(a, p, n), &o) > 0)
			vec_push(a, &got, o);
		p += n + (p[n] == '\n');
	}
	if (got.len)
		qsort(got.items, got.len, sizeof(*got.items), by_name);
	for (size_t i = 0; i < asked->len; i++) {
		const struct kconfig_option *o = &asked->items[i];
		const struct kconfig_option *is = got.len ? bsearch(o, got.items, got.len,
								    sizeof(*o), by_name)
							  : NULL;
		if (same(o->value, is ? is->value : NULL))
			continue;
		if (is && is->value)
			rc = fail_at(d, o->at,
				"another option selects it, or has the say over its value: see Kconfig of the source",
				"the kernel's configuration has %s=%s", o->name, is->value);
		else
			rc = fail_at(d, o->at,
				"it was renamed, or needs another option that is off: see Kconfig of the source",
				"%s=%s has no effect", o->name, o->value);
	}
	return rc;
}
