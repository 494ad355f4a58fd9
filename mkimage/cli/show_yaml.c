#include "mkimage/cli/cli.h"
#include "mkimage/cli/show.h"

#include "base/json.h"
#include "yaml/scalar.h"

#include <string.h>

enum { COMMENT_COLUMN = 56, FLOW_MAX = 100 };

struct yaml_out {
	struct arena *mem;
	bool slipway; /* `${` is no text */
	FILE *to;
};

static const char *escape_variables(const struct yaml_out *y, const char *text)
{
	const char *out = "", *dollar;
	if (!y->slipway)
		return text;
	while ((dollar = strstr(text, "${"))) {
		out = arena_fmt(y->mem, "%s%.*s$${", out, (int)(dollar - text), text);
		text = dollar + 2;
	}
	return *out ? arena_fmt(y->mem, "%s%s", out, text) : text;
}

static const char *quoted(struct arena *a, const char *text)
{
	yyjson_mut_doc *doc = json_new(a);
	size_t len;
	yyjson_mut_doc_set_root(doc, yyjson_mut_str(doc, text));
	return json_write(a, doc, 0, &len);
}

/* Text that every parser takes for text, and the same text. */
static bool is_plain(const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_./-+@=:,";
	struct yaml_node n = { .type = YAML_SCALAR, .text = s, .plain = true };
	size_t len = strlen(s);
	if (!len || s[strspn(s, safe)] || strchr(",:=@-+.", s[0]) || strchr(":,", s[len - 1]) ||
		strchr(s, ','))
		return false;
	/* Of what starts with a digit, only `10s`: other parsers know more kinds of numbers. */
	size_t digits = strspn(s, "0123456789");
	bool unit = digits && s[digits] && !s[digits + strspn(s + digits, "smhdKMGT")];
	return scalar_kind(&n) == SCALAR_TEXT && (!digits || unit);
}

static const char *inline_text(const struct yaml_out *y, const struct resolved *v)
{
	if (v->type == RESOLVED_WORD)
		return v->text;
	const char *text = escape_variables(y, v->text);
	return is_plain(text) ? text : quoted(y->mem, text);
}

/* A literal block keeps the text as it is: lines, the last one ended, none that starts it with a
 * space, nothing that an editor does not show. */
static bool is_block(const char *s)
{
	size_t len = strlen(s);
	if (len < 2 || s[len - 1] != '\n' || s[len - 2] == '\n' || *s == ' ' || *s == '\n')
		return false;
	for (const char *p = s; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if ((c < 0x20 && c != '\n') || c >= 0x7f || (c == ' ' && p[1] == '\n'))
			return false;
	}
	return true;
}

static const char *place(const struct yaml_out *y, const struct origin *o)
{
	const char *out = NULL;
	switch (o->kind) {
	case ORIGIN_PARTS:
		return NULL;
	case ORIGIN_FILE:
		out = arena_fmt(y->mem, "%s:%u", o->at.file, o->at.line);
		break;
	case ORIGIN_LABEL:
		out = o->at.file;
		break;
	case ORIGIN_IMAGE:
		out = "the image";
		break;
	case ORIGIN_OPTION:
		out = "the command line";
		break;
	case ORIGIN_DEFAULT:
		out = "default";
		break;
	}
	return o->variables ? arena_fmt(y->mem, "%s, %s", out, o->variables) : out;
}

static void line(const struct yaml_out *y, const char *text, const char *comment)
{
	if (comment)
		fprintf(y->to, "%-*s # %s\n", COMMENT_COLUMN, text, cli_safe(y->mem, comment));
	else
		fprintf(y->to, "%s\n", text);
}

static bool same_place(const struct origin *a, const struct origin *b)
{
	return a->kind == b->kind && a->at.line == b->at.line && a->variables == b->variables &&
	       (a->at.file == b->at.file ||
		       (a->at.file && b->at.file && strcmp(a->at.file, b->at.file) == 0));
}

/* The one place of all items of a list of single values, or NULL. */
static const struct origin *one_place(const struct resolved *v)
{
	if (!v->kids.len)
		return &v->from;
	for (size_t i = 0; i < v->kids.len; i++) {
		const struct resolved *k = v->kids.items[i];
		if (v->type != RESOLVED_LIST || k->type == RESOLVED_LIST ||
			k->type == RESOLVED_MAP || !same_place(&k->from, &v->kids.items[0]->from))
			return NULL;
	}
	return &v->kids.items[0]->from;
}

/* "[a, b]", or NULL when it would be long. */
static const char *flow(const struct yaml_out *y, const struct resolved *v)
{
	const char *out = "[";
	if (!v->kids.len)
		return v->type == RESOLVED_LIST ? "[]" : "{}";
	for (size_t i = 0; i < v->kids.len; i++) {
		const struct resolved *k = v->kids.items[i];
		if (strlen(k->text) > FLOW_MAX)
			return NULL;
		out = arena_fmt(y->mem, "%s%s%s", out, i ? ", " : "", inline_text(y, k));
		if (strlen(out) > FLOW_MAX)
			return NULL;
	}
	return arena_fmt(y->mem, "%s]", out);
}

static void block(const struct yaml_out *y, unsigned indent, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		fprintf(y->to, "%*s%.*s\n", len ? (int)indent : 0, "", (int)len, text);
		text += len + 1;
	}
}

static void value(
	const struct yaml_out *y, unsigned indent, const char *lead, const struct resolved *v);

/* The members of a map; the first may stand behind a dash. */
static void members(
	const struct yaml_out *y, unsigned indent, const char *first, const struct resolved *v)
{
	for (size_t i = 0; i < v->kids.len; i++) {
		const struct resolved *k = v->kids.items[i];
		const char *key = is_plain(k->key) ? k->key : quoted(y->mem, k->key);
		value(y, indent,
			i == 0 ? arena_fmt(y->mem, "%s%s:", first, key)
			       : arena_fmt(y->mem, "%*s%s:", (int)indent, "", key),
			k);
	}
}

/* The parts of a map or list, below its lead. */
static void parts(const struct yaml_out *y, unsigned indent, const char *lead,
	const struct resolved *v, const struct origin *from)
{
	bool item = lead[strlen(lead) - 1] == '-';
	if (item && v->note)
		fprintf(y->to, "%*s# %s\n", (int)indent, "", v->note);
	if (!item)
		line(y, lead, from ? place(y, from) : NULL);
	if (v->type == RESOLVED_MAP) {
		members(y, indent + 2,
			item ? arena_fmt(y->mem, "%s ", lead)
			     : arena_fmt(y->mem, "%*s", (int)indent + 2, ""),
			v);
		return;
	}
	for (size_t i = 0; i < v->kids.len; i++) {
		const struct resolved *k = v->kids.items[i];
		const char *dash = arena_fmt(y->mem, "%*s-", (int)indent + 2, "");
		if (from)
			line(y, arena_fmt(y->mem, "%s %s", dash, inline_text(y, k)), NULL);
		else
			value(y, indent + 2, dash, k);
	}
}

/* lead: what stands before it on its line, "  key:" or "  -". */
static void value(
	const struct yaml_out *y, unsigned indent, const char *lead, const struct resolved *v)
{
	bool single = v->type == RESOLVED_TEXT || v->type == RESOLVED_WORD;
	const struct origin *from = single ? &v->from : one_place(v);
	const char *text = single ? NULL : from ? flow(y, v) : NULL;
	if (v->type == RESOLVED_TEXT && is_block(v->text)) {
		line(y, arena_fmt(y->mem, "%s |", lead), place(y, from));
		block(y, indent + 2, escape_variables(y, v->text));
		return;
	}
	if (single)
		text = inline_text(y, v);
	if (text)
		line(y, arena_fmt(y->mem, "%s %s", lead, text), place(y, from));
	else
		parts(y, indent, lead, v, from);
}

void show_yaml(struct arena *a, const struct config *c, const struct resolved *root, FILE *to)
{
	struct yaml_out y = { a, c->slipway.set && c->slipway.v == 1, to };
	vec_each (struct config_source, s, &c->sources) {
		const char *by = s->included ? arena_fmt(a, ", included at %s:%u", s->at.file,
						       s->at.line)
					     : "";
		fprintf(to, "# read %s%s\n", cli_safe(a, s->name), cli_safe(a, by));
	}
	if (root->kids.len)
		members(&y, 0, "", root);
	else
		fputs("{}\n", to);
}
