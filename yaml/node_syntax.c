/* Where libyaml stopped, and what to do about it. */
#include "yaml/node_impl.h"

#include <string.h>

/* libyaml's words for the mistakes that people make, in ours. The first match wins. */
static const struct {
	const char *problem, *what, *hint;
} mistakes[] = {
	{ "cannot start any token", "a value cannot start with this character",
		"put the value in quotes" },
	{ "did not find expected key", "a key is expected here",
		"keys of one map start at the same column" },
	{ "did not find expected '-' indicator", "an item that starts with `- ` is expected here",
		"items of one list start at the same column" },
	{ "did not find expected ',' or '}'", "a map in braces is not closed here",
		"separate its members with `,` and end it with `}`" },
	{ "did not find expected ',' or ']'", "a list in brackets is not closed here",
		"separate its items with `,` and end it with `]`" },
	{ "mapping values are not allowed", "a `:` that makes a key cannot stand here",
		"put a value that contains `: ` in quotes, or check the indentation" },
	{ "could not find expected ':'", "a key without `:` stands here",
		"write `key: value`, or indent the line to make it part of the value above" },
	{ "found unexpected end of stream", "the text ends inside quotes", "close the quotes" },
	{ "found unknown escape character", "no escape is written like this",
		"double the backslash, or use single quotes" },
	{ "found unexpected document indicator", "`---` or `...` stands inside quotes",
		"close the quotes before it" },
	{ "block sequence entries are not allowed", "a list item cannot start here",
		"start the list on a line of its own" },
	{ "found undefined tag handle", "the tag's handle is not declared", "remove the tag" },
	{ "unknown directive name", "no directive is called this", "remove the line" },
	{ "incompatible YAML document", "the text asks for another version of YAML",
		"remove the `%YAML` line" },
	{ "duplicate %YAML directive", "a second `%YAML` line stands here", "remove it" },
	{ "did not find expected <document start>", "the text has ended before this",
		"remove the `...` line, or what follows it" },
	{ "did not find expected node content", "a value is expected here",
		"write one, or `\"\"`" },
	{ "did not find expected alphabetic or numeric character",
		"an anchor or alias has a character that is no letter or digit",
		"put a value that starts with `*` or `&` in quotes" },
	{ "did not find expected hex", "an escape lacks a digit from 0 to f",
		"double the backslash, or use single quotes" },
	{ "invalid Unicode character escape", "no character has the number of this escape",
		"write the character itself" },
	{ "did not find expected comment or line break",
		"only a comment may follow `|` or `>` on its line",
		"start the text on the next line" },
	{ "indentation indicator equal to 0", "`|` and `>` cannot ask for an indentation of 0",
		"remove the 0" },
	{ "a tab character", "a tab stands where only spaces may indent", "indent with spaces" },
	{ "found unexpected ':'", "a `:` cannot stand here", "put the value in quotes" },
	{ "did not find expected whitespace or line break", "a space is missing here",
		"put one after the tag" },
	{ "found character '\t'", "a tab stands where only spaces may indent",
		"indent with spaces" },
};

int yaml_syntax_error(const struct yaml_text *t, const yaml_parser_t *p, struct diags *d)
{
	struct pos at = yaml_text_pos(t, p->problem_mark, p->problem_mark);
	const char *problem = p->problem ? p->problem : "the text is no YAML";
	if (p->error == YAML_MEMORY_ERROR)
		return fail(d, KIND_SYSTEM, NULL, "memory ran out while reading \"%s\"", t->name);
	if (yaml_text_at(t, at.line, at.col) == '\t')
		problem = "found character '\t'";
	/* What is never closed is best shown where it was opened. */
	if (strstr(problem, "unexpected end of stream") || strstr(problem, "expected ':'"))
		at = yaml_text_pos(t, p->context_mark, p->context_mark);
	if (strstr(problem, "did not find expected ','") &&
		p->context_mark.line != p->problem_mark.line) {
		bool list = strchr(problem, ']') != NULL;
		return fail_at(d, yaml_text_pos(t, p->context_mark, p->context_mark),
			list ? "separate its items with `,` and end it with `]`"
			     : "separate its members with `,` and end it with `}`",
			"the %s that starts here is not closed before %s:%u:%u",
			list ? "list" : "map", at.file, at.line, at.col);
	}
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		if (strstr(problem, mistakes[i].problem))
			return fail_at(d, at, mistakes[i].hint, "%s", mistakes[i].what);
	}
	return fail_at(d, at, NULL, "%s%s%s", problem, p->context ? " " : "",
		p->context ? p->context : "");
}
