/* A list of texts that stands in another text: an annotation. */
#include "system-runtime/json/decode.h"

#include <stdio.h>
#include <string.h>

struct list {
	struct strv list;
};
static const struct field list_fields[] = { FIELD(struct list, list, F_STRV) };
static const struct table list_table = TABLE(struct list, list_fields);

int json_list(struct mem *m, const char *json, struct strv *out, struct rt_error *e)
{
	size_t len = strlen(json) + sizeof("{\"list\":}");
	struct list l = { 0 };

	*m = (struct mem){ 0 };
	if (mem_open(m, json_mem_size(len) + len) != 0)
		return rt_fail(e, 0, "no memory");
	char *text = mem_alloc(m, len);
	if (text == NULL)
		return rt_fail(e, 0, "no memory");
	snprintf(text, len, "{\"list\":%s}", json);
	if (json_decode(m, "annotation", text, len - 1, &list_table, &l, e) != 0)
		return -1;
	*out = l.list;
	return 0;
}
