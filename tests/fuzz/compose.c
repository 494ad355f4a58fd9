/*
 * Several files as one config. A line `%% NAME` starts a part: `env` is an env file, `set` holds
 * one
 * --set a line, all others are files; those called in.yml and over.yml stand on the command line.
 */
#include "tests/fuzz/fuzz.h"

#include "yaml/config.h"

#include <string.h>

feeder feed_compose;

enum { PARTS_MAX = 16 };

struct part {
	const char *name, *text;
	size_t len;
};
struct parts {
	struct part items[PARTS_MAX];
	size_t len;
};

static void split(struct arena *a, const char *data, size_t len, struct parts *out)
{
	const char *end = data + len;
	for (const char *p = data; p < end && out->len < PARTS_MAX;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl || strncmp(p, "%% ", 3) != 0)
			return;
		struct part *part = &out->items[out->len++];
		part->name = arena_strn(a, p + 3, (size_t)(nl - p) - 3);
		part->text = nl + 1;
		p = nl + 1;
		while (p < end && strncmp(p, "%% ", 3) != 0) {
			nl = memchr(p, '\n', (size_t)(end - p));
			p = nl ? nl + 1 : end;
		}
		part->len = (size_t)(p - part->text);
	}
}

static const struct part *part_of(const struct parts *parts, const char *name)
{
	for (size_t i = 0; i < parts->len; i++) {
		if (strcmp(parts->items[i].name, name) == 0)
			return &parts->items[i];
	}
	return NULL;
}

static int find(void *ctx, const char *path, const struct y_str *from, struct config_file_id *out,
	struct diags *d)
{
	const struct part *part = part_of(ctx, path);
	*out = (struct config_file_id){ .inode = (uint64_t)(uintptr_t)part };
	return part ? 0
		    : fail_at(d, from ? from->at : (struct pos){ 0 }, NULL, "no file \"%s\"", path);
}

static int get(void *ctx, struct arena *a, const char *path, size_t max, const char **text,
	size_t *len, struct diags *d)
{
	const struct part *part = part_of(ctx, path);
	(void)a;
	if (!part || part->len > max)
		return fail_at(d, (struct pos){ 0 }, NULL, "cannot read \"%s\"", path);
	*text = part->text;
	*len = part->len;
	return 0;
}

static void add_lines(struct arena *a, const struct part *part, struct strings *out)
{
	const char *text = part ? arena_strn(a, part->text, part->len) : "";
	while (*text) {
		size_t len = strcspn(text, "\n");
		vec_push(a, out, arena_strn(a, text, len));
		text += len + (text[len] != '\0');
	}
}

int feed_compose(const uint8_t *data, size_t len)
{
	AUTO_ARENA mem = arena_new();
	struct parts parts = { 0 };
	struct config_input in = { 0 };
	struct diags d;
	struct config c;
	/* Texts end where the next begins: a NUL stands only at the very end. */
	split(mem, arena_strn(mem, (const char *)data, len), len, &parts);
	const struct config_reader reader = { find, get, &parts };
	in.reader = &reader;
	vec_push(mem, &in.files, "in.yml");
	if (part_of(&parts, "over.yml"))
		vec_push(mem, &in.files, "over.yml");
	if (part_of(&parts, "env"))
		vec_push(mem, &in.env_files, "env");
	add_lines(mem, part_of(&parts, "set"), &in.set);
	diags_init(&d, mem);
	/* A failure that says nothing would leave the user without a reason. */
	if (config_load(mem, &in, &c, &d) < 0 && !d.errors)
		abort();
	FILE *nowhere = fopen("/dev/null", "w");
	if (nowhere) {
		diags_print(&d, nowhere);
		diags_print_json(&d, nowhere);
		fclose(nowhere);
	}
	return 0;
}
