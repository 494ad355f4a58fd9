#include "mkimage/cli/listing.h"

#include "base/json.h"

struct listing {
	struct cli *c;
	yyjson_mut_doc *doc; /* NULL: lines */
	yyjson_mut_val *list;
	const char *prefix;
};

static char letter(enum node_type type)
{
	switch (type) {
	case NODE_DIR:
		return 'd';
	case NODE_FILE:
		return '-';
	case NODE_SYMLINK:
		return 'l';
	case NODE_CHAR:
		return 'c';
	case NODE_BLOCK:
		return 'b';
	case NODE_FIFO:
		break;
	}
	return 'p';
}

static const char *size_or_device(struct arena *a, const struct inode *i)
{
	if (i->type == NODE_CHAR || i->type == NODE_BLOCK)
		return arena_fmt(a, "%u,%u", i->major, i->minor);
	return arena_fmt(
		a, "%llu", (unsigned long long)(i->type == NODE_FILE ? i->content.size : 0));
}

static void print_line(struct listing *l, const struct inode *i, const char *path)
{
	struct arena *a = l->c->mem;
	printf("%c%04o %5u:%-5u %10s %s%s%s\n", letter(i->type), i->mode, i->uid, i->gid,
		size_or_device(a, i), cli_safe(a, path), i->type == NODE_SYMLINK ? " -> " : "",
		i->type == NODE_SYMLINK ? cli_safe(a, i->target) : "");
}

static void add_json(struct listing *l, const struct inode *i, const char *path)
{
	char type[2] = { letter(i->type), '\0' };
	yyjson_mut_val *v = yyjson_mut_obj(l->doc);
	yyjson_mut_obj_add_strcpy(l->doc, v, "path", path);
	yyjson_mut_obj_add_strcpy(l->doc, v, "type", type);
	yyjson_mut_obj_add_uint(l->doc, v, "mode", i->mode);
	yyjson_mut_obj_add_uint(l->doc, v, "uid", i->uid);
	yyjson_mut_obj_add_uint(l->doc, v, "gid", i->gid);
	yyjson_mut_obj_add_sint(l->doc, v, "mtime", i->mtime);
	if (i->type == NODE_FILE)
		yyjson_mut_obj_add_uint(l->doc, v, "size", i->content.size);
	if (i->type == NODE_SYMLINK)
		yyjson_mut_obj_add_str(l->doc, v, "target", i->target);
	if (i->ref)
		yyjson_mut_obj_add_str(l->doc, v, "from", i->ref);
	yyjson_mut_arr_append(l->list, v);
}

static int visit(void *ctx, struct node *n, const char *path)
{
	struct listing *l = ctx;
	path = arena_fmt(l->c->mem, "%s%s", l->prefix, path);
	if (l->doc)
		add_json(l, n->inode, path);
	else
		print_line(l, n->inode, path);
	return 0;
}

void print_tree(struct cli *c, struct node *from, const char *prefix, bool deep)
{
	struct listing l = { .c = c, .prefix = prefix };
	size_t len;
	if (cli_flag(c, "json")) {
		l.doc = json_new(c->mem);
		l.list = yyjson_mut_arr(l.doc);
		yyjson_mut_doc_set_root(l.doc, l.list);
	}
	if (from->inode->type != NODE_DIR)
		(void)visit(&l, from, "");
	if (deep)
		(void)tree_walk(from, visit, &l);
	for (size_t i = 0; !deep && i < from->len; i++)
		(void)visit(&l, from->children[i], from->children[i]->name);
	if (l.doc)
		printf("%s\n", json_write(c->mem, l.doc, 2, &len));
}
