/* What is said about variables afterwards. */
#include "yaml/variables_impl.h"

#include <stdlib.h>
#include <string.h>

int variables_unused(const struct variables *v, struct diags *d)
{
	int rc = 0;
	vec_each (struct variable, i, v) {
		if (i->used || !i->set_option)
			continue;
		rc = fail(d, KIND_USAGE,
			"write ${NAME} in a file that says `slipway: 1`, or remove the option",
			"nothing uses the variable of --set \"%s\"", i->name);
	}
	return rc;
}

int replaced_by_place(const void *a, const void *b)
{
	const struct pos *x = &((const struct replaced *)a)->at,
			 *y = &((const struct replaced *)b)->at;
	int c = strcmp(x->file, y->file);
	if (c)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

const char *variables_note(const struct variables *v, struct pos at)
{
	const struct replaced key = { .at = at }, *found = NULL;
	if (at.file && v->replaced.len)
		found = bsearch(
			&key, v->replaced.items, v->replaced.len, sizeof(key), replaced_by_place);
	return found ? found->note : NULL;
}

void variables_explain(const struct variables *v, struct diags *d)
{
	for (struct diag *g = d->first; g; g = g->next) {
		const char *note = variables_note(v, g->at);
		bool said = false;
		for (size_t i = 0; i < g->contexts.len; i++)
			said |= note && strstr(g->contexts.items[i], note);
		if (note && !said)
			vec_push(d->mem, &g->contexts, arena_fmt(d->mem, "using %s", note));
	}
}
