#include "mkimage/inspect/inspect_impl.h"

#include "base/digest.h"
#include "base/json.h"
#include "mkimage/store/oci.h"

#include <string.h>

enum { NAME_LEN = 15 };

static const char vendor[] = "application/vnd.slipway.os.";

/* The blob's file in the layout; NULL: it is not in the archive. */
static struct node *blob(struct inspect_part *p, const struct digest *g)
{
	char text[DIGEST_TEXT_SIZE], path[sizeof("blobs/sha256/") + DIGEST_TEXT_SIZE];
	snprintf(path, sizeof(path), "blobs/%s/%s", digest_alg_name(g->alg), digest_hex(g, text));
	struct node *n = tree_find(p->tree->root, path);
	return n && n->inode->type == NODE_FILE ? n : NULL;
}

static int text_of(
	struct inspector *x, struct inspect_part *p, const struct node *n, char **text, size_t *len)
{
	const struct content *c = &n->inode->content;
	if (c->size > MANIFEST_MAX)
		return part_fail(x, p, "\"%s\" is larger than a manifest may be", n->name);
	*len = (size_t)c->size;
	*text = arena_alloc(x->of->mem, *len + 1);
	return content_read(c, 0, *text, *len) == (ssize_t)*len
		       ? 0
		       : part_fail(x, p, "\"%s\" cannot be read", n->name);
}

/* "application/vnd.slipway.os.root.v1+squashfs" -> "root" */
static const char *name_of(struct arena *a, const char *type)
{
	if (strncmp(type, vendor, sizeof(vendor) - 1) != 0)
		return NULL;
	const char *word = type + sizeof(vendor) - 1;
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz");
	return len && len <= NAME_LEN && word[len] == '.' ? arena_strn(a, word, len) : NULL;
}

/* By which partitions the machine will know root and hashes, as the config blob has it. */
static int guids_of(
	struct inspector *x, struct inspect_part *p, const struct manifest *m, const char *out[2])
{
	char *text;
	size_t len;
	struct json config;
	const struct node *n = blob(p, &m->config.digest);
	if (!n || strcmp(m->config.media_type, "application/vnd.slipway.os.config.v1+json") != 0)
		return 0;
	if (text_of(x, p, n, &text, &len) < 0 ||
		json_parse(x->of->mem, p->path, text, len, &config, x->d) < 0 ||
		json_str(config, "rootPartition", &out[0], x->d) < 0)
		return -1;
	return json_str(config, "verityPartition", &out[1], x->d);
}

static int add_layers(struct inspector *x, struct inspect_part *p, const struct manifest *m)
{
	struct arena *a = x->of->mem;
	const char *guids[2] = { NULL, NULL };
	if (guids_of(x, p, m, guids) < 0)
		return -1;
	vec_each (struct descriptor, l, &m->layers) {
		struct inspect_part *made;
		const char *name = name_of(a, l->media_type);
		const struct node *n = name ? blob(p, &l->digest) : NULL;
		if (n && part_add(x, p, name, arena_fmt(a, "%s:%s", p->name, tree_path(a, n)),
				 &n->inode->content, &made) < 0)
			return -1;
		if (n && (strcmp(name, "root") == 0 || strcmp(name, "verity") == 0))
			made->guid = guids[*name == 'v'];
	}
	return 0;
}

static int add_manifest(struct inspector *x, struct inspect_part *p, const struct descriptor *desc)
{
	struct manifest m;
	char *text;
	size_t len;
	const struct node *n = media_is_manifest(desc->media_type) ? blob(p, &desc->digest) : NULL;
	if (!n)
		return 0;
	if (text_of(x, p, n, &text, &len) < 0 ||
		manifest_parse(x->of->mem, p->path, text, len, &m, x->d) < 0)
		return -1;
	return add_layers(x, p, &m);
}

int read_oci(struct inspector *x, struct inspect_part *p)
{
	struct descriptors list;
	char *text;
	size_t len;
	const struct node *n = tree_find(p->tree->root, "index.json");
	if (!n || n->inode->type != NODE_FILE)
		return part_fail(x, p, "it is an OCI layout without an index.json");
	if (text_of(x, p, n, &text, &len) < 0 ||
		index_parse(x->of->mem, p->path, text, len, &list, x->d) < 0)
		return -1;
	vec_each (struct descriptor, desc, &list) {
		if (add_manifest(x, p, desc) < 0)
			return -1;
	}
	return 0;
}
