#include "mkimage/build/modules.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

/* "kernel/drivers/net/virtio-net.ko.xz" -> "virtio_net" */
static const char *name_of(struct arena *a, const char *path, size_t len)
{
	size_t start = len;
	while (start && path[start - 1] != '/')
		start--;
	const char *base = path + start;
	const char *dot = memchr(base, '.', len - start);
	char *name = arena_strn(a, base, dot ? (size_t)(dot - base) : len - start);
	for (char *p = name; *p; p++) {
		if (*p == '-')
			*p = '_';
	}
	return name;
}

/* The next line; false at the end. */
static bool next_line(const char **text, const char **line, size_t *len)
{
	if (!*text || !**text)
		return false;
	*line = *text;
	*len = strcspn(*text, "\n");
	*text += *len + ((*text)[*len] == '\n');
	return true;
}

static bool next_word(const char **at, const char *end, const char **word, size_t *len)
{
	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
	*word = *at;
	while (*at < end && **at != ' ' && **at != '\t')
		(*at)++;
	*len = (size_t)(*at - *word);
	return *len > 0;
}

/* For qsort_r and bsearch by path or by name. */
static int by_path(const void *a, const void *b, void *ctx)
{
	const struct module *items = ctx;
	return strcmp(items[*(const size_t *)a].path, items[*(const size_t *)b].path);
}

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct module *items = ctx;
	return strcmp(items[*(const size_t *)a].name, items[*(const size_t *)b].name);
}

static size_t *sorted(struct modules *m, int (*order)(const void *, const void *, void *))
{
	size_t *index = arena_array(m->mem, m->len, sizeof(*index));
	for (size_t i = 0; i < m->len; i++)
		index[i] = i;
	if (m->len)
		qsort_r(index, m->len, sizeof(*index), order, m->items);
	return index;
}

static const char *key_of(const struct module *x, bool path)
{
	return path ? x->path : x->name;
}

/* The module's index, or m->len. */
static size_t look_up(const struct modules *m, const size_t *index, const char *key, bool path)
{
	size_t low = 0, high = m->len;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(key, key_of(&m->items[index[mid]], path));
		if (c == 0)
			return index[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return m->len;
}

static int parse_deps(
	struct modules *m, const size_t *by_path_index, struct module *x, struct diags *d)
{
	const char *at = strchr(x->line, ':') + 1, *end = at + strlen(at), *word;
	size_t len, count = 0;
	for (const char *p = at; next_word(&p, end, &word, &len);)
		count++;
	x->deps = arena_array(m->mem, count, sizeof(*x->deps));
	while (next_word(&at, end, &word, &len)) {
		const char *path = arena_strn(m->mem, word, len);
		size_t i = look_up(m, by_path_index, path, true);
		if (i == m->len)
			return fail(d, KIND_INPUT, NULL,
				"modules.dep says that \"%s\" needs \"%s\", which it does not list",
				x->path, path);
		x->deps[x->deps_len++] = i;
	}
	return 0;
}

static int parse_dep(struct modules *m, const char *text, struct diags *d)
{
	const char *line;
	size_t len;
	while (next_line(&text, &line, &len)) {
		const char *colon = memchr(line, ':', len);
		if (!len)
			continue;
		if (!colon || colon == line)
			return fail(d, KIND_INPUT, NULL,
				"modules.dep has a line without \":\": \"%.*s\"",
				(int)(len < 100 ? len : 100), line);
		struct module x = { .path = arena_strn(m->mem, line, (size_t)(colon - line)),
			.name = name_of(m->mem, line, (size_t)(colon - line)),
			.line = arena_strn(m->mem, line, len) };
		vec_push(m->mem, m, x);
	}
	size_t *paths = sorted(m, by_path);
	m->by_name = sorted(m, by_name);
	for (size_t i = 0; i < m->len; i++) {
		if (parse_deps(m, paths, &m->items[i], d) < 0)
			return -1;
	}
	return 0;
}

/* "softdep NAME pre: A B post: C" */
static void parse_softdep(struct modules *m, const char *text)
{
	const char *line, *word;
	size_t len, word_len;
	while (next_line(&text, &line, &len)) {
		const char *at = line, *end = line + len;
		if (!next_word(&at, end, &word, &word_len) || word_len != 7 ||
			memcmp(word, "softdep", 7) != 0 || !next_word(&at, end, &word, &word_len))
			continue;
		size_t i = look_up(m, m->by_name, name_of(m->mem, word, word_len), false);
		while (i < m->len && next_word(&at, end, &word, &word_len)) {
			if (word[word_len - 1] != ':')
				vec_push(
					m->mem, &m->items[i].soft, name_of(m->mem, word, word_len));
		}
	}
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int modules_parse(
	struct arena *a, const struct modules_texts *t, struct modules *out, struct diags *d)
{
	struct modules m = { .mem = a, .alias_text = t->alias, .softdep_text = t->softdep };
	if (parse_dep(&m, t->dep, d) < 0)
		return -1;
	parse_softdep(&m, t->softdep);
	const char *text = t->builtin, *line;
	size_t len;
	while (next_line(&text, &line, &len))
		vec_push(a, &m.builtin, name_of(a, line, len));
	if (m.builtin.len)
		qsort(m.builtin.items, m.builtin.len, sizeof(*m.builtin.items), compare_text);
	*out = m;
	return 0;
}

bool modules_has(const struct modules *m, const char *name)
{
	return look_up(m, m->by_name, name_of(m->mem, name, strlen(name)), false) < m->len;
}

bool *modules_none(const struct modules *m)
{
	return arena_array(m->mem, m->len, sizeof(bool));
}

static const char *hint_for(const struct modules *m, const char *name)
{
	struct strings names = { 0 };
	for (size_t i = 0; i < m->len; i++)
		vec_push(m->mem, &names, m->items[i].name);
	return near_hint(m->mem, name, &names, NULL);
}

int modules_keep(
	const struct modules *m, const char *name, struct pos at, bool *kept, struct diags *d)
{
	const char *key = name_of(m->mem, name, strlen(name));
	size_t start = look_up(m, m->by_name, key, false);
	if (start == m->len) {
		if (m->builtin.len && bsearch(&key, m->builtin.items, m->builtin.len,
					      sizeof(*m->builtin.items), compare_text))
			return 0;
		return fail_at(d, at, hint_for(m, key), "the kernel has no module \"%s\"", name);
	}
	/* Every module enters the list once. */
	size_t *todo = arena_array(m->mem, m->len, sizeof(*todo)), todo_len = 0;
	if (!kept[start]) {
		kept[start] = true;
		todo[todo_len++] = start;
	}
	while (todo_len) {
		const struct module *x = &m->items[todo[--todo_len]];
		for (size_t i = 0; i < x->deps_len + x->soft.len; i++) {
			size_t dep = i < x->deps_len
					     ? x->deps[i]
					     : look_up(m, m->by_name,
						       x->soft.items[i - x->deps_len], false);
			if (dep == m->len || kept[dep])
				continue;
			kept[dep] = true;
			todo[todo_len++] = dep;
		}
	}
	return 0;
}
