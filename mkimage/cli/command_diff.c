#include "mkimage/cli/image_report.h"

#include "base/json.h"
#include "mkimage/inspect/compare.h"

static void print_line(struct cli *c, const struct change *n)
{
	const char *before = n->before ? cli_safe(c->mem, n->before) : "";
	const char *after = n->after ? cli_safe(c->mem, n->after) : "";
	printf("%c %s%s%s", n->sign, n->section, *n->name ? " " : "", cli_safe(c->mem, n->name));
	if (n->sign == '~')
		printf(": %s -> %s\n", before, after);
	else
		printf("%s%s%s\n", *before || *after ? ": " : "", before, after);
}

static void print_json(struct cli *c, const struct changes *list)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *all = yyjson_mut_arr(doc);
	size_t len;
	yyjson_mut_doc_set_root(doc, all);
	vec_each (struct change, n, list) {
		yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, all);
		json_add_str(doc, v, "change",
			n->sign == '+'	 ? "added"
			: n->sign == '-' ? "removed"
					 : "changed");
		json_add_str(doc, v, "section", n->section);
		json_add_str(doc, v, "name", *n->name ? n->name : NULL);
		json_add_str(doc, v, "before", n->before);
		json_add_str(doc, v, "after", n->after);
	}
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

/* As diff(1): status 1 when something differs. */
int command_diff(struct cli *c)
{
	AUTO_INSPECTED a = NULL;
	AUTO_INSPECTED b = NULL;
	struct changes list = { 0 };
	if (cli_image(c, c->words.items[0], &a) < 0 || cli_image(c, c->words.items[1], &b) < 0 ||
		inspect_compare(a, b, &list, &c->d) < 0)
		return -1;
	if (cli_flag(c, "json")) {
		print_json(c, &list);
	} else {
		vec_each (struct change, n, &list)
			print_line(c, n);
		printf("size: %llu -> %llu bytes%s\n", (unsigned long long)a->size,
			(unsigned long long)b->size, list.len ? "" : ", nothing differs");
	}
	c->status = list.len ? 1 : 0;
	return 0;
}
