/* Reading files, and what they include, in their order. */
#include "yaml/compose.h"
#include "yaml/fields.h"
#include "yaml/node_impl.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"
#include "yaml/variables.h"

#include <string.h>

enum { FILES_MAX = 64, INCLUDE_DEPTH_MAX = 16 };

struct composing {
	struct arena *mem;
	const struct config_reader *reader;
	struct variables *vars;
	struct diags *d;
	struct yaml_node *root;
	struct config_sources sources;
	size_t bytes_left, nodes_left;
	size_t open[INCLUDE_DEPTH_MAX]; /* sources that are being read: includes come before */
	unsigned depth, overrides;
};

bool compose_says_slipway(const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_get(root, "slipway");
	int64_t v;
	bool octal;
	return n && n->type == YAML_SCALAR && scalar_kind(n) == SCALAR_INT &&
	       scalar_int(n, &v, &octal) && v == 1;
}

/* Paths in a file start at its folder. */
static const char *beside(struct arena *a, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	if (path[0] == '/' || !slash)
		return path;
	return arena_fmt(a, "%.*s/%s", (int)(slash - file), file, path);
}

static int load(struct composing *c, const char *path, const char *name, const struct y_str *from);

static int includes(struct composing *c, const char *name, const struct yaml_node *list)
{
	size_t at;
	const struct field *f = field_find(&config_table, "include", &at);
	struct reader r = { .mem = c->mem, .d = c->d, .strict = true };
	struct y_list l = { 0 };
	unsigned before = c->d->errors;
	read_strs(&r, f, list, &l);
	if (c->d->errors > before)
		return -1;
	if (l.len > FILES_MAX)
		return fail_at(c->d, l.at, NULL, "a config has more than %d files", FILES_MAX);
	for (size_t i = 0; i < l.len; i++) {
		const struct y_str *one = &l.items[i];
		if (c->depth == INCLUDE_DEPTH_MAX)
			return fail_at(c->d, one->at, NULL,
				"files include each other more than %d deep", INCLUDE_DEPTH_MAX);
		const char *path = beside(c->mem, name, one->v);
		if (load(c, path, path, one) < 0)
			return -1;
	}
	return 0;
}

static int parse(struct composing *c, const char *name, const char *text, size_t len,
	struct yaml_node **root)
{
	struct pos whole = { .file = name };
	size_t bom = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	diags_add_source(c->d, name, text + bom, len - bom);
	if (yaml_parse_within(c->mem, name, text, len, &c->nodes_left, root, c->d) < 0)
		return -1;
	if (!*root)
		return fail_at(c->d, whole, NULL, "the text is empty");
	if ((*root)->type != YAML_MAP)
		return fail_at(c->d, (*root)->at, "write `key: value` lines",
			"the text must be a map, and this is %s",
			(*root)->type == YAML_LIST ? "a list" : "a single value");
	/* What is wrong with a variable leaves the rest to be read. */
	if (compose_says_slipway(*root))
		(void)!variables_replace(c->mem, c->vars, *root, text + bom, len - bom, c->d);
	return 0;
}

static bool same(const struct config_source *a, const struct config_source *b)
{
	return a->id.device == b->id.device && a->id.inode == b->id.inode;
}

/* 1: it was read before, by another include: it counts once, where it came first. */
static int check_again(
	struct composing *c, const struct config_source *new, const struct y_str *from)
{
	for (unsigned i = 0; i < c->depth; i++) {
		const struct config_source *s = &c->sources.items[c->open[i]];
		if (same(s, new) && from)
			return fail_at(c->d, from->at, "remove one of the includes of the circle",
				"\"%s\" includes itself", s->name);
	}
	for (size_t i = 0; i < c->sources.len; i++) {
		if (!same(&c->sources.items[i], new))
			continue;
		if (from)
			return 1;
		return fail(c->d, KIND_USAGE, "name a file once; what is included needs no naming",
			"the file \"%s\" is there twice", new->name);
	}
	return 0;
}

static int take(struct composing *c, const char *path, struct config_source *s)
{
	/* One more than allowed: yaml_parse says so with its own words. */
	if (c->reader->read(
		    c->reader->ctx, c->mem, path, YAML_SIZE_MAX + 4, &s->text, &s->len, c->d) < 0)
		return -1;
	if (c->sources.len && s->len > c->bytes_left)
		return fail_at(c->d, (struct pos){ .file = s->name },
			"name large texts as files, with `source:`",
			"all files of the config together have more than %d bytes", YAML_SIZE_MAX);
	c->bytes_left -= s->len < c->bytes_left ? s->len : c->bytes_left;
	c->open[c->depth++] = c->sources.len;
	vec_push(c->mem, &c->sources, *s);

	struct yaml_node *root, *list;
	if (parse(c, s->name, s->text, s->len, &root) < 0)
		return -1;
	list = yaml_get(root, "include");
	if (list && includes(c, s->name, list) < 0)
		return -1;
	c->depth--;
	compose_lay(c->mem, c->root, root, compose_says_slipway(root), &c->overrides, c->d);
	return 0;
}

/* from: the include that names it, or NULL: the command line does. */
static int load(struct composing *c, const char *path, const char *name, const struct y_str *from)
{
	struct config_source s = { .name = name, .included = from != NULL };
	if (from)
		s.at = from->at;
	if (c->reader->find(c->reader->ctx, path, from, &s.id, c->d) < 0)
		return -1;
	int again = check_again(c, &s, from);
	if (again)
		return again < 0 ? -1 : 0;
	if (c->sources.len == FILES_MAX)
		return fail_at(c->d, from ? from->at : (struct pos){ .file = name }, NULL,
			"a config has more than %d files", FILES_MAX);
	if (take(c, path, &s) == 0)
		return 0;
	return from ? fail_ctx(c->d, "reading \"%s\", included at %s:%u:%u", name, from->at.file,
			      from->at.line, from->at.col)
		    : -1;
}

int compose_files(struct arena *a, const struct config_input *in, struct variables *v,
	struct composed *out, struct diags *d)
{
	struct composing c = { .mem = a,
		.reader = in->reader ? in->reader : &config_file_reader,
		.vars = v,
		.d = d,
		.bytes_left = YAML_SIZE_MAX,
		.nodes_left = YAML_NODES_MAX };
	unsigned before = d->errors;
	vec_each (const char *, path, &in->files) {
		bool standard_input = strcmp(*path, "-") == 0;
		const char *name = standard_input ? "<stdin>" : *path;
		if (!c.root)
			c.root = compose_new(a, name);
		if (load(&c, standard_input ? "/dev/stdin" : *path, name, NULL) < 0)
			return -1;
	}
	if (d->errors > before)
		return -1;
	*out = (struct composed){ c.root, c.sources };
	return 0;
}
