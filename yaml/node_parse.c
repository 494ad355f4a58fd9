/* libyaml's events, made into nodes. Aliases share the node that they name. */
#include "yaml/node_impl.h"

#include <string.h>

struct frame {
	struct yaml_node *node;
	struct yaml_node *key; /* YAML_MAP: the key that waits for its value */
	size_t cap;	       /* room in node's arrays */
	unsigned height;       /* of the deepest child so far */
	size_t anchor;	       /* index + 1 */
	size_t nodes_before;
};

struct anchor {
	const char *name;
	struct yaml_node *node;
	size_t weight; /* nodes that it stands for; 0 while it is still open */
	unsigned height;
};
struct anchors {
	struct anchor *items;
	size_t len, cap;
};

struct build {
	struct arena *mem;
	struct yaml_text text;
	struct diags *d;
	struct frame stack[YAML_DEPTH_MAX];
	unsigned depth;
	struct anchors anchors;
	size_t nodes, nodes_max;
	unsigned documents;
	struct yaml_node *root;
};

static void parser_drop(yaml_parser_t *p)
{
	yaml_parser_delete(p);
}

static void event_drop(yaml_event_t *e)
{
	yaml_event_delete(e);
}

static int count_nodes(struct build *b, struct pos at, size_t more)
{
	if (more > b->nodes_max - b->nodes)
		return fail_at(b->d, at, "split the file, or use fewer aliases",
			"the text has more than %d values, aliases counted in full",
			YAML_NODES_MAX);
	b->nodes += more;
	return 0;
}

static struct anchor *find_anchor(struct build *b, const char *name)
{
	for (size_t i = b->anchors.len; i > 0; i--) {
		if (strcmp(b->anchors.items[i - 1].name, name) == 0)
			return &b->anchors.items[i - 1];
	}
	return NULL;
}

enum { ANCHORS_MAX = 1000 }; /* found by a linear search */

static int add_anchor(
	struct build *b, const yaml_char_t *name, struct yaml_node *n, size_t weight, size_t *index)
{
	*index = 0;
	if (!name)
		return 0;
	if (b->anchors.len == ANCHORS_MAX)
		return fail_at(b->d, n->at, NULL, "the text has more than %d anchors", ANCHORS_MAX);
	struct anchor new = { arena_str(b->mem, (const char *)name), n, weight, 0 };
	vec_push(b->mem, &b->anchors, new);
	*index = b->anchors.len;
	return 0;
}

static void grow(struct build *b, struct frame *f)
{
	struct yaml_node *n = f->node;
	if (n->len < f->cap)
		return;
	size_t cap = f->cap ? f->cap * 2 : 4, unit = sizeof(struct yaml_node *);
	n->items = arena_grow(b->mem, n->items, n->len * unit, cap * unit);
	if (n->type == YAML_MAP)
		n->keys = arena_grow(b->mem, n->keys, n->len * unit, cap * unit);
	f->cap = cap;
}

static int put_key(struct build *b, struct frame *f, struct yaml_node *n)
{
	if (n->type != YAML_SCALAR)
		return fail_at(
			b->d, n->at, "write `key: value`", "a list or a map cannot be a key");
	if (n->plain && !n->text[0])
		return fail_at(b->d, n->at, "write `key: value`", "a key is empty");
	f->key = n;
	return 0;
}

/* A finished or opened node becomes part of what it stands in. */
static int put(struct build *b, struct yaml_node *n)
{
	if (!b->depth) {
		b->root = n;
		return 0;
	}
	struct frame *f = &b->stack[b->depth - 1];
	if (f->node->type == YAML_MAP && !f->key)
		return put_key(b, f, n);
	grow(b, f);
	if (f->node->type == YAML_MAP)
		f->node->keys[f->node->len] = f->key;
	f->node->items[f->node->len++] = n;
	f->key = NULL;
	return 0;
}

static int scalar(struct build *b, const yaml_event_t *e)
{
	const __typeof__(e->data.scalar) *s = &e->data.scalar;
	struct yaml_node *n = ARENA_NEW(b->mem, struct yaml_node);
	size_t anchor;
	n->type = YAML_SCALAR;
	n->at = yaml_text_pos(&b->text, e->start_mark, e->end_mark);
	n->plain = s->style == YAML_PLAIN_SCALAR_STYLE;
	if (s->tag) {
		bool text = false;
		if (yaml_tag_check(b->d, s->tag, n->at, YAML_SCALAR, &text) < 0)
			return -1;
		n->plain = !text;
	}
	if (s->length > YAML_SCALAR_MAX)
		return fail_at(b->d, n->at, "use `source:` to take large contents from a file",
			"a value has %zu bytes, and at most %d are allowed", s->length,
			YAML_SCALAR_MAX);
	if (memchr(s->value, 0, s->length))
		return fail_at(b->d, n->at, NULL, "a value contains a NUL character");
	n->text = arena_strn(b->mem, (const char *)s->value, s->length);
	if (count_nodes(b, n->at, 1) < 0 || add_anchor(b, s->anchor, n, 1, &anchor) < 0)
		return -1;
	return put(b, n);
}

static int open_node(struct build *b, const yaml_event_t *e, enum yaml_type type,
	const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct yaml_node *n = ARENA_NEW(b->mem, struct yaml_node);
	struct frame f = { .node = n, .nodes_before = b->nodes };
	bool text;
	n->type = type;
	/* One character: the extent of a block is not known yet. */
	n->at = yaml_text_pos(&b->text, e->start_mark, e->start_mark);
	if (b->depth == YAML_DEPTH_MAX)
		return fail_at(b->d, n->at, NULL, "values are nested more than %d deep here",
			YAML_DEPTH_MAX);
	if ((tag && yaml_tag_check(b->d, tag, n->at, type, &text) < 0) ||
		count_nodes(b, n->at, 1) < 0 || add_anchor(b, anchor, n, 0, &f.anchor) < 0 ||
		put(b, n) < 0)
		return -1;
	b->stack[b->depth++] = f;
	return 0;
}

/* The caret of a map or list: all of it when it stands on one line in brackets, else the first
 * `key: value`. */
static void set_extent(struct yaml_node *n, const yaml_event_t *end)
{
	bool brackets = end->end_mark.index > end->start_mark.index;
	if (brackets && end->end_mark.line + 1 == n->at.line) {
		n->at.len = (uint32_t)end->end_mark.column + 1 - n->at.col;
	} else if (!brackets && n->type == YAML_MAP && n->len &&
		   n->keys[0]->at.line == n->at.line) {
		const struct pos *k = &n->keys[0]->at, *v = &n->items[0]->at;
		bool near = n->items[0]->type == YAML_SCALAR && v->line == k->line &&
			    v->col > k->col;
		n->at.len = near ? v->col + v->len - k->col : k->len;
		n->at.col = k->col;
	}
}

static int close_node(struct build *b, const yaml_event_t *end)
{
	struct frame *f = &b->stack[--b->depth];
	unsigned height = f->height + 1;
	if (f->node->type == YAML_MAP && yaml_map_finish(b->mem, f->node, b->d) < 0)
		return -1;
	set_extent(f->node, end);
	if (f->anchor) {
		struct anchor *a = &b->anchors.items[f->anchor - 1];
		a->weight = b->nodes - f->nodes_before;
		a->height = height;
	}
	if (b->depth && b->stack[b->depth - 1].height < height)
		b->stack[b->depth - 1].height = height;
	return 0;
}

static int alias(struct build *b, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	struct pos at = yaml_text_pos(&b->text, e->start_mark, e->end_mark);
	struct anchor *a = find_anchor(b, name);
	if (!a)
		return fail_at(b->d, at, "put `&NAME` before the value that `*NAME` repeats",
			"nothing before this is anchored as \"%s\"", name);
	if (!a->weight)
		return fail_at(b->d, at, NULL,
			"the alias \"%s\" stands inside the value that it names", name);
	if (b->depth + a->height > YAML_DEPTH_MAX)
		return fail_at(
			b->d, at, NULL, "values are nested more than %d deep here", YAML_DEPTH_MAX);
	if (count_nodes(b, at, a->weight) < 0)
		return -1;
	if (b->depth && b->stack[b->depth - 1].height < a->height)
		b->stack[b->depth - 1].height = a->height;
	return put(b, a->node);
}

static int document(struct build *b, const yaml_event_t *e)
{
	if (b->documents++ == 0)
		return 0;
	return fail_at(b->d, yaml_text_pos(&b->text, e->start_mark, e->end_mark),
		"keep one document in a file; remove this line if nothing follows it",
		"a second document starts here");
}

static int feed(struct build *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return document(b, e);
	case YAML_SCALAR_EVENT:
		return scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(
			b, e, YAML_LIST, e->data.sequence_start.anchor, e->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return open_node(
			b, e, YAML_MAP, e->data.mapping_start.anchor, e->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_node(b, e);
	case YAML_ALIAS_EVENT:
		return alias(b, e);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

static int run(struct build *b)
{
	yaml_parser_t parser __attribute__((cleanup(parser_drop)));
	if (!yaml_parser_initialize(&parser))
		return fail(b->d, KIND_SYSTEM, NULL, "memory ran out while reading \"%s\"",
			b->text.name);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)b->text.bytes, b->text.len);
	for (bool more = true; more;) {
		yaml_event_t e __attribute__((cleanup(event_drop))) = { 0 };
		if (!yaml_parser_parse(&parser, &e))
			return yaml_syntax_error(&b->text, &parser, b->d);
		if (feed(b, &e) < 0)
			return -1;
		more = e.type != YAML_STREAM_END_EVENT;
	}
	return 0;
}

int yaml_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct yaml_node **out, struct diags *d)
{
	size_t nodes_left = YAML_NODES_MAX;
	return yaml_parse_within(a, name, text, len, &nodes_left, out, d);
}

int yaml_parse_within(struct arena *a, const char *name, const char *text, size_t len,
	size_t *nodes_left, struct yaml_node **out, struct diags *d)
{
	struct build *b = ARENA_NEW(a, struct build);
	b->mem = a;
	b->d = d;
	b->nodes_max = *nodes_left;
	if (yaml_text_check(a, name, text, len, &b->text, d) < 0 || run(b) < 0)
		return -1;
	*nodes_left -= b->nodes;
	bool empty = b->root && b->root->type == YAML_SCALAR && b->root->plain && !b->root->text[0];
	*out = empty ? NULL : b->root;
	return 0;
}
