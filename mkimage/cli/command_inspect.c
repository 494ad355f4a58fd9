#include "mkimage/cli/image_report.h"

#include "base/json.h"

#include <string.h>

static const char *size_text(struct arena *a, uint64_t bytes)
{
	if (bytes < 100000)
		return arena_fmt(a, "%.1f kB", (double)bytes / 1e3);
	return arena_fmt(a, "%.1f MB", (double)bytes / 1e6);
}

static void print_line(const char *key, const char *value)
{
	printf("%-13s %s\n", key, value);
}

static void print_parts(struct cli *c, const struct inspected *i)
{
	printf("\n%-13s %-9s %10s  %s\n", "PART", "KIND", "SIZE", "WHERE");
	vec_each (struct inspect_part *, at, &i->all) {
		const struct inspect_part *p = *at;
		printf("%-13s %-9s %10s  %s%s%s\n", cli_safe(c->mem, p->name),
			inspect_kind_name(p->kind),
			size_text(c->mem, p->content.stored ? p->content.stored : p->content.size),
			cli_safe(c->mem, p->path), p->guid ? ", PARTUUID " : "",
			p->guid ? p->guid : "");
	}
}

static const char *short_capabilities(struct arena *a, const struct strings *list)
{
	const char *text = "";
	if (list->len > 4)
		return arena_fmt(a, "%zu", list->len);
	vec_each (const char *, cap, list)
		text = arena_fmt(a, "%s%s%s", text, *text ? "," : "",
			strncmp(*cap, "CAP_", 4) == 0 ? *cap + 4 : *cap);
	return *text ? text : "-";
}

static void print_containers(struct cli *c, const struct image_containers *list)
{
	if (!list->len)
		return;
	printf("\n%-10s %-16s %6s %10s  %-6s %-24s %s\n", "STAGE", "CONTAINER", "USER", "SIZE",
		"LIMITS", "CAPABILITIES", "COMMAND");
	vec_each (struct image_container, n, list)
		printf("%-10s %-16s %6u %10s  %c%c%c    %-24s %s\n", n->stage,
			cli_safe(c->mem, n->name), n->uid, size_text(c->mem, n->size),
			n->read_only ? 'r' : '-', n->seccomp ? 's' : '-',
			n->no_new_privileges ? 'n' : '-',
			short_capabilities(c->mem, &n->capabilities), cli_safe(c->mem, n->args));
	printf("LIMITS: r read-only root, s seccomp profile, n no new privileges\n");
}

static void print_signatures(struct cli *c, const struct inspect_signatures *list)
{
	vec_each (struct inspect_signature, s, list) {
		const struct pe_signature *by = s->signed_by;
		const char *path = cli_safe(c->mem, s->path);
		if (by)
			print_line(by->holds ? "signed" : "bad signature",
				arena_fmt(c->mem, "%s, by %s", path, cli_safe(c->mem, by->name)));
		else
			print_line("not signed", path);
	}
}

static void print_text(struct cli *c, const struct inspected *i,
	const struct image_containers *list, const struct inspect_signatures *signatures)
{
	struct arena *a = c->mem;
	print_line("image", arena_fmt(a, "%s, %s", cli_safe(a, i->path), size_text(a, i->size)));
	if (i->arch)
		print_line("architecture", i->arch);
	if (i->kernel)
		print_line("kernel",
			arena_fmt(a, "%s%s%s", i->version ? cli_safe(a, i->version) : "",
				i->version ? ", " : "", size_text(a, i->kernel->content.size)));
	if (i->cmdline)
		print_line("command line", cli_safe(a, i->cmdline));
	if (i->root) {
		struct image_totals t = image_totals(i->root->tree->root);
		print_line("root", arena_fmt(a, "%s in part %s, %llu files, %s, %s stored",
					   inspect_kind_name(i->root->kind), i->root->name,
					   (unsigned long long)t.files, size_text(a, t.size),
					   size_text(a, i->root->content.size)));
	}
	if (i->roothash)
		print_line("verified", arena_fmt(a, "by %s, root hash %s",
					       i->hashes ? cli_safe(a, i->hashes->name)
							 : "hashes that are not here",
					       i->roothash));
	print_signatures(c, signatures);
	print_containers(c, list);
	print_parts(c, i);
}

static yyjson_mut_val *parts_json(yyjson_mut_doc *doc, const struct inspected *i)
{
	yyjson_mut_val *list = yyjson_mut_arr(doc);
	vec_each (struct inspect_part *, at, &i->all) {
		const struct inspect_part *p = *at;
		yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, list);
		json_add_str(doc, v, "name", p->name);
		json_add_str(doc, v, "kind", inspect_kind_name(p->kind));
		json_add_str(doc, v, "where", p->path);
		yyjson_mut_obj_add_uint(doc, v, "size", p->content.size);
		if (p->content.stored)
			yyjson_mut_obj_add_uint(doc, v, "stored", p->content.stored);
		json_add_str(doc, v, "type", p->type);
		json_add_str(doc, v, "guid", p->guid);
	}
	return list;
}

static yyjson_mut_val *containers_json(yyjson_mut_doc *doc, const struct image_containers *list)
{
	yyjson_mut_val *all = yyjson_mut_arr(doc);
	vec_each (struct image_container, n, list) {
		yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, all);
		json_add_str(doc, v, "stage", n->stage);
		json_add_str(doc, v, "name", n->name);
		json_add_str(doc, v, "command", n->args);
		yyjson_mut_obj_add_uint(doc, v, "uid", n->uid);
		yyjson_mut_obj_add_bool(doc, v, "readOnly", n->read_only);
		yyjson_mut_obj_add_bool(doc, v, "seccomp", n->seccomp);
		yyjson_mut_obj_add_bool(doc, v, "noNewPrivileges", n->no_new_privileges);
		yyjson_mut_val *caps = yyjson_mut_obj_add_arr(doc, v, "capabilities");
		vec_each (const char *, cap, &n->capabilities)
			yyjson_mut_arr_add_strcpy(doc, caps, *cap);
		yyjson_mut_obj_add_uint(doc, v, "size", n->size);
		yyjson_mut_obj_add_uint(doc, v, "stored", n->stored);
	}
	return all;
}

static yyjson_mut_val *signatures_json(
	struct arena *a, yyjson_mut_doc *doc, const struct inspect_signatures *list)
{
	yyjson_mut_val *all = yyjson_mut_arr(doc);
	char text[DIGEST_TEXT_SIZE];
	vec_each (struct inspect_signature, s, list) {
		yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, all);
		const struct pe_signature *by = s->signed_by;
		json_add_str(doc, v, "file", s->path);
		json_add_str(doc, v, "signer", by ? by->name : NULL);
		if (!by)
			continue;
		json_add_str(
			doc, v, "certificate", arena_str(a, digest_hex(&by->certificate, text)));
		yyjson_mut_obj_add_bool(doc, v, "holds", by->holds);
	}
	return all;
}

static void print_json(struct cli *c, const struct inspected *i,
	const struct image_containers *list, const struct inspect_signatures *signatures)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *v = yyjson_mut_obj(doc);
	size_t len;
	yyjson_mut_doc_set_root(doc, v);
	json_add_str(doc, v, "image", i->path);
	yyjson_mut_obj_add_uint(doc, v, "size", i->size);
	json_add_str(doc, v, "arch", i->arch);
	json_add_str(doc, v, "kernel", i->version);
	json_add_str(doc, v, "cmdline", i->cmdline);
	if (i->root)
		json_add_str(doc, v, "root", i->root->name);
	json_add_str(doc, v, "roothash", i->roothash);
	json_add_str(doc, v, "hashes", i->hashes ? i->hashes->name : NULL);
	yyjson_mut_obj_add_val(doc, v, "signatures", signatures_json(c->mem, doc, signatures));
	yyjson_mut_obj_add_val(doc, v, "containers", containers_json(doc, list));
	yyjson_mut_obj_add_val(doc, v, "parts", parts_json(doc, i));
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

int command_inspect(struct cli *c)
{
	AUTO_INSPECTED i = NULL;
	struct image_containers list = { 0 };
	struct inspect_signatures signatures = { 0 };
	const struct option_value *treemap = cli_option(c, "treemap");
	bool pcrs = cli_flag(c, "pcrs");
	const char *keys = cli_option(c, "secure-boot")->text;
	if (keys && !pcrs)
		return fail(&c->d, KIND_USAGE, "add --pcrs", "--secure-boot is for --pcrs");
	if (cli_image(c, c->words.items[0], &i) < 0)
		return -1;
	if (pcrs) {
		const char *text;
		if (image_pcrs(c, i, keys, &text) < 0)
			return -1;
		printf("%s\n", text);
		return 0;
	}
	if (image_containers(c, i, &list) < 0)
		return -1;
	inspect_signatures(i, &signatures);
	if (treemap->set)
		return image_treemap(c, i, treemap->text);
	if (cli_flag(c, "json"))
		print_json(c, i, &list, &signatures);
	else
		print_text(c, i, &list, &signatures);
	return 0;
}
