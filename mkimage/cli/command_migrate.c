/* slipway check --linuxkit */
#include "mkimage/cli/cli.h"

#include "base/json.h"
#include "yaml/migrate.h"

static const char *count(struct arena *a, const char *so_far, size_t n, const char *word)
{
	if (!n)
		return so_far;
	return arena_fmt(a, "%s%s%zu %s", so_far, *so_far ? ", " : "", n, word);
}

static const char *counts(struct arena *a, const struct config *c)
{
	const char *out = c->kernel.set ? "the kernel" : "";
	out = count(a, out, c->init.len, "of init");
	out = count(a, out, c->onboot.len, "of onboot");
	out = count(a, out, c->services.len, "of services");
	out = count(a, out, c->onshutdown.len, "of onshutdown");
	out = count(a, out, c->volumes.len, "of volumes");
	return count(a, out, c->files.len, "of files");
}

static void print_kind(
	struct cli *c, const struct migration_notes *notes, enum migration kind, const char *head)
{
	bool first = true;
	vec_each (struct migration_note, n, notes) {
		if (n->kind != kind)
			continue;
		if (first)
			printf("\n%s\n", head);
		first = false;
		const char *line = n->at.line ? arena_fmt(c->mem, ":%u", n->at.line) : "";
		printf("  %s%s: %s\n", cli_safe(c->mem, n->at.file), line,
			cli_safe(c->mem, n->what));
	}
}

static void print_json(struct cli *c, const struct migration_notes *notes)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_arr(doc);
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	vec_each (struct migration_note, n, notes) {
		yyjson_mut_val *v = yyjson_mut_obj(doc);
		yyjson_mut_obj_add_str(
			doc, v, "kind", n->kind == MIGRATION_BETTER ? "better" : "change");
		yyjson_mut_obj_add_str(doc, v, "file", n->at.file);
		yyjson_mut_obj_add_uint(doc, v, "line", n->at.line);
		yyjson_mut_obj_add_uint(doc, v, "column", n->at.col);
		yyjson_mut_obj_add_str(doc, v, "message", n->what);
		yyjson_mut_arr_append(root, v);
	}
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

int cli_print_migration(struct cli *c)
{
	struct config config;
	struct migration_notes notes = { 0 };
	if (cli_config(c, &config) < 0)
		return -1;
	config_migration(c->mem, &config, &notes);
	if (cli_flag(c, "json")) {
		print_json(c, &notes);
		return 0;
	}
	printf("works as it is: %s\n", counts(c->mem, &config));
	print_kind(c, &notes, MIGRATION_BETTER, "means more here:");
	print_kind(
		c, &notes, MIGRATION_CHANGE, "to change, for Slipway's own system and defaults:");
	return 0;
}
