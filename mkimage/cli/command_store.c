/* The store as a whole: image rm, gc, verify. */
#include "mkimage/cli/cli.h"

#include "base/json.h"
#include "mkimage/fs/blocks.h"
#include "mkimage/layer/layer.h"

static const char *const kinds[] = {
	[GARBAGE_BLOB] = "blob",
	[GARBAGE_PARTIAL] = "partial",
	[GARBAGE_UNPACKED] = "unpacked",
	[GARBAGE_PACKED] = "packed",
};

int command_image_rm(struct cli *c)
{
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0)
		return -1;
	vec_each (const char *, name, &c->words)
		if (store_untag(store, *name, &c->d) < 0)
			return -1;
	return 0;
}

static void print_json(struct cli *c, yyjson_mut_doc *doc, yyjson_mut_val *root)
{
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

static void print_garbage(struct cli *c, const struct garbage_list *all, bool dry)
{
	uint64_t sum = 0;
	char text[DIGEST_TEXT_SIZE];
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "garbage");
	vec_each (struct garbage, g, all) {
		sum += g->size;
		digest_text(&g->digest, text);
		if (!cli_flag(c, "json")) {
			printf("%s %s %llu\n", kinds[g->kind], text, (unsigned long long)g->size);
			continue;
		}
		yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, list);
		yyjson_mut_obj_add_str(doc, v, "kind", kinds[g->kind]);
		yyjson_mut_obj_add_strcpy(doc, v, "digest", text);
		yyjson_mut_obj_add_uint(doc, v, "size", g->size);
	}
	yyjson_mut_obj_add_uint(doc, root, "bytes", sum);
	yyjson_mut_obj_add_bool(doc, root, "removed", !dry);
	if (cli_flag(c, "json"))
		print_json(c, doc, root);
	else
		cli_say(c, arena_fmt(c->mem, "%s %zu things, %llu bytes",
				   dry ? "would remove" : "removed", all->len,
				   (unsigned long long)sum));
}

/* Compressed blocks are made again by the next build. */
static int collect_packed(
	struct cli *c, const struct store *store, bool dry, struct garbage_list *all)
{
	struct blocks_segments packed = { 0 };
	const char *folder = arena_fmt(c->mem, "%s/packed", store_path(store));
	int rc = blocks_gc(c->mem, folder, dry, &packed, &c->d);
	vec_each (struct blocks_segment, s, &packed)
		vec_push(c->mem, all,
			((struct garbage){
				.kind = GARBAGE_PACKED, .digest = s->name, .size = s->size }));
	return rc;
}

int command_image_gc(struct cli *c)
{
	bool dry = cli_flag(c, "dry-run");
	struct garbage_list all = { 0 };
	struct digest_set diff_ids = { 0 };
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0)
		return -1;
	int rc = store_gc(store, dry, c->mem, &all, &diff_ids, &c->d);
	if (rc == 0)
		rc = layer_gc(store, dry, c->mem, &diff_ids, &all, &c->d);
	if (rc == 0)
		rc = collect_packed(c, store, dry, &all);
	/* What is gone is gone, whatever came then. */
	if (rc == 0 || all.len)
		print_garbage(c, &all, dry);
	return rc;
}

int command_image_verify(struct cli *c)
{
	struct verified v;
	uint64_t unpacked = 0;
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0)
		return -1;
	int rc = store_verify(store, c->mem, &v, &c->d);
	vec_each (struct verify_layer, l, &v) {
		uint64_t bytes;
		if (layer_verify(store, l, &bytes, &c->d) < 0)
			rc = -1;
		else
			unpacked += bytes;
	}
	if (cli_flag(c, "json")) {
		yyjson_mut_doc *doc = json_new(c->mem);
		yyjson_mut_val *root = yyjson_mut_obj(doc);
		yyjson_mut_obj_add_uint(doc, root, "blobs", v.blobs);
		yyjson_mut_obj_add_uint(doc, root, "bytes", v.bytes);
		yyjson_mut_obj_add_uint(doc, root, "unpacked", unpacked);
		yyjson_mut_obj_add_uint(doc, root, "problems", c->d.errors);
		print_json(c, doc, root);
	} else {
		printf("%llu blobs, %llu bytes; unpacked: %llu bytes; problems: %u\n",
			(unsigned long long)v.blobs, (unsigned long long)v.bytes,
			(unsigned long long)unpacked, c->d.errors);
	}
	return rc;
}
