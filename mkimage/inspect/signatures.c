/* Who signed the programs that firmware starts. */
#include "mkimage/inspect/inspect_impl.h"

#include "mkimage/sign/sign.h"

#include <string.h>
#include <strings.h>

struct search {
	const struct inspected *of;
	const char *part;
	struct inspect_signatures *out;
};

static ssize_t read_content(const void *ctx, uint64_t at, void *buf, size_t len)
{
	return content_read(ctx, at, buf, len);
}

static void add(struct search *s, const char *path, const struct content *c)
{
	const struct pe_source from = { read_content, c, c->size };
	struct pe_signatures list = { 0 };
	struct diags quiet = { .mem = s->of->mem };
	/* What is damaged, or no program at all, is signed by nobody. */
	if (pe_signatures(s->of->mem, &from, &list, &quiet) < 0 || !list.len)
		vec_push(s->of->mem, s->out, ((struct inspect_signature){ path, NULL }));
	vec_each (struct pe_signature, one, &list)
		vec_push(s->of->mem, s->out, ((struct inspect_signature){ path, one }));
}

static int visit(void *ctx, struct node *n, const char *path)
{
	struct search *s = ctx;
	size_t len = strlen(path);
	if (n->inode->type != NODE_FILE || len < 4 || strcasecmp(path + len - 4, ".efi") != 0)
		return 0;
	add(s, arena_fmt(s->of->mem, "%s:%s", s->part, path), &n->inode->content);
	return 0;
}

void inspect_signatures(const struct inspected *i, struct inspect_signatures *out)
{
	struct search s = { .of = i, .out = out };
	vec_each (struct inspect_part *, at, &i->all) {
		const struct inspect_part *p = *at;
		s.part = p->name;
		if (p->kind == INSPECT_FAT && p->tree)
			(void)tree_walk(p->tree->root, visit, &s); /* visit never stops */
	}
	if (i->whole->kind == INSPECT_UKI)
		add(&s, i->whole->path, &i->whole->content);
}
