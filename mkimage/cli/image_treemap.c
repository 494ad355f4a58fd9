/*
 * A squarified treemap (Bruls, Huizing, van Wijk: "Squarified Treemaps", 2000): areas are bytes as
 * stored, or as they are where nothing is compressed. Below the root: a rectangle for each
 * container, one for the drivers, one for each other folder.
 */
#include "mkimage/cli/image_report.h"

#include "mkimage/out/out.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1200, HEIGHT = 800, HEAD = 24, SMALLEST = 2, LETTER = 7, LINE = 14, DEPTH_MAX = 12 };

struct box {
	double x, y, w, h;
};

struct item {
	const char *name;
	struct node *node; /* NULL: a group, of items below */
	uint64_t size;
};

struct items {
	struct item *items;
	size_t len, cap;
};

struct map {
	struct cli *c;
	struct out *to;
	bool stored;
	int failed;
};

static void put(struct map *m, const char *fmt, ...) PRINTF(2, 3);
static void put(struct map *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vfmt(m->c->mem, fmt, ap);
	va_end(ap);
	if (!m->failed)
		m->failed = out_write(m->to, text, strlen(text), &m->c->d);
}

static const char *xml(struct arena *a, const char *text)
{
	const char *out = "";
	for (const char *p = cli_safe(a, text); *p; p++) {
		const char *as = *p == '<'   ? "&lt;"
				 : *p == '>' ? "&gt;"
				 : *p == '&' ? "&amp;"
					     : NULL;
		out = as ? arena_fmt(a, "%s%s", out, as) : arena_fmt(a, "%s%c", out, *p);
	}
	return out;
}

static uint64_t size_of(const struct map *m, const struct node *n)
{
	struct image_totals t = { 0 };
	if (n->inode->type == NODE_FILE) {
		uint32_t links = n->inode->links ? n->inode->links : 1;
		return (m->stored ? n->inode->content.stored : n->inode->content.size) / links;
	}
	t = image_totals(n);
	return m->stored ? t.stored : t.size;
}

static int larger_first(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return strcmp(x->name, y->name);
}

static double worst(double row, double smallest, double largest, double side)
{
	double a = side * side * largest / (row * row), b = row * row / (side * side * smallest);
	return a > b ? a : b;
}

static void draw(struct map *m, const struct item *i, struct box at, unsigned hue, unsigned depth);

/* One row along the shorter side; what is left comes back in *at. */
static void draw_row(struct map *m, const struct item *row, size_t len, double area, double scale,
	struct box *at, unsigned hue, unsigned depth)
{
	bool tall = at->w >= at->h;
	double thick = area / (tall ? at->h : at->w), along = 0;
	for (size_t i = 0; i < len; i++) {
		double part = (double)row[i].size * scale / thick;
		struct box one = tall ? (struct box){ at->x, at->y + along, thick, part }
				      : (struct box){ at->x + along, at->y, part, thick };
		draw(m, &row[i], one, depth == 0 ? (unsigned)(hue + i * 47) % 360 : hue, depth + 1);
		along += part;
	}
	if (tall) {
		at->x += thick;
		at->w -= thick;
	} else {
		at->y += thick;
		at->h -= thick;
	}
}

static void draw_items(struct map *m, struct items *l, struct box at, unsigned hue, unsigned depth)
{
	double total = 0;
	while (l->len && !l->items[l->len - 1].size)
		l->len--;
	vec_each (struct item, i, l)
		total += (double)i->size;
	if (total <= 0 || at.w < SMALLEST || at.h < SMALLEST)
		return;
	double scale = at.w * at.h / total;
	for (size_t first = 0; first < l->len;) {
		double side = at.w < at.h ? at.w : at.h, area = 0, best = 0;
		size_t len = 0;
		while (first + len < l->len) {
			double next = area + (double)l->items[first + len].size * scale;
			double ratio = worst(next, (double)l->items[first + len].size * scale,
				(double)l->items[first].size * scale, side);
			if (len && ratio > best)
				break;
			best = ratio;
			area = next;
			len++;
		}
		draw_row(m, l->items + first, len, area, scale, &at,
			(unsigned)(hue + first * 47) % 360, depth);
		first += len;
	}
}

static void children_of(struct map *m, const struct node *n, struct items *out)
{
	for (size_t i = 0; i < n->len; i++) {
		struct item one = { n->children[i]->name, n->children[i],
			size_of(m, n->children[i]) };
		vec_push(m->c->mem, out, one);
	}
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), larger_first);
}

static void draw(struct map *m, const struct item *i, struct box at, unsigned hue, unsigned depth)
{
	struct arena *a = m->c->mem;
	if (at.w < SMALLEST || at.h < SMALLEST)
		return;
	unsigned light = 45 + 5 * (depth < 9 ? depth : 9);
	put(m,
		"<g><title>%s, %.1f kB</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		"height=\"%.1f\" fill=\"hsl(%u,55%%,%u%%)\"/>",
		xml(a, tree_path(a, i->node)), (double)i->size / 1e3, at.x, at.y, at.w, at.h, hue,
		light);
	bool labelled = at.h > LINE + 2 && at.w > (double)(LETTER * strlen(i->name) + 6);
	if (labelled)
		put(m, "<text x=\"%.1f\" y=\"%.1f\">%s</text>", at.x + 3, at.y + LINE - 2,
			xml(a, i->name));
	put(m, "</g>\n");
	if (i->node->inode->type != NODE_DIR || depth > DEPTH_MAX)
		return;
	double head = labelled ? LINE : 1;
	struct box inner = { at.x + 1, at.y + head, at.w - 2, at.h - head - 1 };
	struct items list = { 0 };
	children_of(m, i->node, &list);
	draw_items(m, &list, inner, hue, depth);
}

/* The containers stand beside the folders of the root, not below "containers". */
static void top(struct map *m, const struct node *root, struct items *out)
{
	static const char *const stages[] = { "onboot", "services", "onshutdown" };
	for (size_t i = 0; i < root->len; i++) {
		struct node *n = root->children[i];
		struct item one = { n->name, n, size_of(m, n) };
		if (strcmp(n->name, "containers") != 0)
			vec_push(m->c->mem, out, one);
	}
	for (size_t s = 0; s < ARRAY_LEN(stages); s++) {
		const struct node *stage = tree_find(
			root, arena_fmt(m->c->mem, "containers/%s", stages[s]));
		for (size_t i = 0; stage && i < stage->len; i++) {
			struct node *n = stage->children[i];
			struct item one = { n->name, n, size_of(m, n) };
			vec_push(m->c->mem, out, one);
		}
	}
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), larger_first);
}

int treemap_write(struct cli *c, const struct node *root, const char *name, const char *path)
{
	AUTO_OUT to = NULL;
	struct items list = { 0 };
	struct image_totals all = image_totals(root);
	if (out_create(path, 0666, &to, &c->d) < 0)
		return -1;
	struct map m = { .c = c, .to = to, .stored = all.stored > 0 };
	top(&m, root, &list);
	put(&m,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"font-family=\"sans-serif\" font-size=\"11\">\n"
		"<style>rect{stroke:#fff;stroke-width:.5}</style>\n"
		"<text x=\"4\" y=\"16\" font-size=\"14\">%s: what its %.1f MB are%s</text>\n",
		WIDTH, HEIGHT + HEAD, xml(c->mem, name),
		(double)(m.stored ? all.stored : all.size) / 1e6, m.stored ? ", compressed" : "");
	draw_items(&m, &list, (struct box){ 0, HEAD, WIDTH, HEIGHT }, 200, 0);
	put(&m, "</svg>\n");
	return m.failed ? -1 : out_commit(&to, &c->d);
}

int image_treemap(struct cli *c, const struct inspected *i, const char *path)
{
	if (!i->root || !i->root->tree)
		return fail(&c->d, KIND_INPUT, NULL, "no root file system was found in \"%s\"",
			i->path);
	return treemap_write(c, i->root->tree->root, i->path, path);
}
