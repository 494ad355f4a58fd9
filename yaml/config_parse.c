#include "yaml/check.h"
#include "yaml/compose.h"
#include "yaml/fields.h"
#include "yaml/node_impl.h"
#include "yaml/variables.h"

#include "base/fd.h"

#include <string.h>
#include <sys/stat.h>

static int find_file(void *ctx, const char *path, const struct y_str *from,
	struct config_file_id *out, struct diags *d)
{
	struct stat st;
	(void)ctx;
	if (stat(path, &st) < 0 && !from)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	if (from && stat(path, &st) < 0)
		return fail_at(d, from->at, "paths start at the folder of the file that names them",
			"cannot include \"%s\": %s", path, strerror(errno));
	/* A pipe or a terminal would wait for somebody who does not know of it. */
	if (from && !S_ISREG(st.st_mode))
		return fail_at(
			d, from->at, NULL, "cannot include \"%s\": it is no regular file", path);
	*out = (struct config_file_id){ st.st_dev, st.st_ino };
	return 0;
}

static int read_file(void *ctx, struct arena *a, const char *path, size_t max, const char **text,
	size_t *len, struct diags *d)
{
	char *bytes;
	(void)ctx;
	if (file_read(a, path, max, &bytes, len, d) < 0)
		return -1;
	*text = bytes;
	return 0;
}
const struct config_reader config_file_reader = { find_file, read_file, NULL };

static int read_variables(
	struct arena *a, const struct config_input *in, struct variables *v, struct diags *d)
{
	const struct config_reader *reader = in->reader ? in->reader : &config_file_reader;
	vec_each (const char *, path, &in->env_files) {
		const char *text;
		size_t len;
		if (reader->read(reader->ctx, a, *path, YAML_SIZE_MAX, &text, &len, d) < 0 ||
			variables_read(a, v, *path, text, len, d) < 0)
			return -1;
	}
	vec_each (const char *, s, &in->set) {
		if (variables_set(a, v, *s, d) < 0)
			return -1;
	}
	return 0;
}

static int load(struct arena *a, const struct config_input *in, struct config *c,
	struct variables *v, struct diags *d)
{
	struct composed composed;
	if (read_variables(a, in, v, d) < 0 || compose_files(a, in, v, &composed, d) < 0 ||
		variables_unused(v, d) < 0)
		return -1;
	struct reader r = { .mem = a, .d = d, .strict = compose_says_slipway(composed.root) };
	unsigned before = d->errors;
	c->file = composed.sources.items[0].name;
	c->sources = composed.sources;
	c->variables = v;
	read_table(&r, &config_table, composed.root, c);
	check_names(&r, c);
	check_references(&r, c);
	check_order(&r, c);
	check_console(&r, c);
	check_sections(&r, c);
	return d->errors > before ? -1 : 0;
}

int config_load(struct arena *a, const struct config_input *in, struct config *out, struct diags *d)
{
	struct variables *v = ARENA_NEW(a, struct variables);
	struct config c = { 0 };
	int rc = load(a, in, &c, v, d);
	variables_explain(v, d);
	if (rc == 0)
		*out = c;
	return rc;
}

void config_explain(const struct config *c, struct diags *d)
{
	variables_explain(c->variables, d);
}

/* One text, whatever the path; there is nothing that it could include. */
struct one_text {
	const char *text;
	size_t len;
};

static int find_text(void *ctx, const char *path, const struct y_str *from,
	struct config_file_id *out, struct diags *d)
{
	(void)ctx;
	*out = (struct config_file_id){ 0 };
	return from ? fail_at(d, from->at, NULL, "cannot include \"%s\" here", path) : 0;
}

static int read_text(void *ctx, struct arena *a, const char *path, size_t max, const char **text,
	size_t *len, struct diags *d)
{
	const struct one_text *one = ctx;
	(void)a;
	(void)path;
	(void)max;
	(void)d;
	*text = one->text;
	*len = one->len;
	return 0;
}

int config_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct config *out, struct diags *d)
{
	struct one_text one = { text, len };
	const struct config_reader reader = { find_text, read_text, &one };
	const struct config_input in = { .files = { &name, 1, 1 }, .reader = &reader };
	return config_load(a, &in, out, d);
}

int config_parse_label(struct arena *a, const char *name, const char *text,
	struct image_options *out, struct diags *d)
{
	struct image_options o = { 0 };
	struct yaml_node *root;
	struct pos whole = { .file = name };
	diags_add_source(d, name, text, strlen(text));
	if (yaml_parse(a, name, text, strlen(text), &root, d) < 0)
		return -1;
	if (!root || root->type != YAML_MAP)
		return fail_at(d, root ? root->at : whole, "write a JSON object", "the label is %s",
			!root ? "empty" : "no map");
	struct reader r = { .mem = a, .d = d };
	unsigned before = d->errors;
	read_table(&r, &options_table, root, &o);
	if (o.service.seccomp.v && strcmp(o.service.seccomp.v, "default") != 0 &&
		strcmp(o.service.seccomp.v, "unconfined") != 0)
		reader_fail(&r, o.service.seccomp.at, "name the profile in the config",
			"a label cannot name a file of the building machine");
	if (d->errors > before)
		return -1;
	*out = o;
	return 0;
}
