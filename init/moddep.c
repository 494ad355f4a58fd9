#include "init/moddep.h"

bool moddep_same_name(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		char x = a.at[i] == '-' ? '_' : a.at[i], y = b.at[i] == '-' ? '_' : b.at[i];

		if (x != y)
			return false;
	}
	return true;
}

struct span moddep_name(struct span path)
{
	size_t start = path.len;

	while (start && path.at[start - 1] != '/')
		start--;
	struct span name = span_skip(path, start);
	const char *dot = name.len ? memchr(name.at, '.', name.len) : NULL;
	if (dot)
		name.len = (size_t)(dot - name.at);
	return name;
}

bool moddep_line(struct span line, struct moddep *out)
{
	const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;

	if (!colon || colon == line.at)
		return false;
	out->path = (struct span){ line.at, (size_t)(colon - line.at) };
	out->deps = span_skip(line, out->path.len + 1);
	return true;
}

bool moddep_find(struct span dep_file, struct span name, struct moddep *out)
{
	struct span line;
	struct moddep d;

	while (span_cut(&dep_file, '\n', &line)) {
		if (!moddep_line(line, &d) || !moddep_same_name(moddep_name(d.path), name))
			continue;
		*out = d;
		return true;
	}
	return false;
}

bool moddep_last(struct span *deps, struct span *out)
{
	size_t end = deps->len;

	while (end && deps->at[end - 1] == ' ')
		end--;
	size_t start = end;
	while (start && deps->at[start - 1] != ' ')
		start--;
	*out = (struct span){ deps->at + start, end - start };
	deps->len = start;
	return end > start;
}

bool moddep_builtin(struct span builtin_file, struct span name)
{
	struct span line;

	while (span_cut(&builtin_file, '\n', &line))
		if (moddep_same_name(moddep_name(line), name))
			return true;
	return false;
}

/* From the first to the last of the words that follow one another on a line. */
static void list_add(struct span *list, struct span word)
{
	if (!list->at)
		*list = word;
	else
		list->len = (size_t)(word.at + word.len - list->at);
}

bool softdep_find(struct span softdep_file, struct span name, struct softdep *out)
{
	struct span line, word;

	while (span_cut(&softdep_file, '\n', &line)) {
		if (!span_word(&line, &word) || !span_is(word, "softdep") ||
			!span_word(&line, &word) || !moddep_same_name(word, name))
			continue;
		struct span *list = NULL;
		*out = (struct softdep){ 0 };
		while (span_word(&line, &word)) {
			if (span_is(word, "pre:"))
				list = &out->pre;
			else if (span_is(word, "post:"))
				list = &out->post;
			else if (list)
				list_add(list, word);
		}
		return true;
	}
	return false;
}
