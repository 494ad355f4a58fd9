#include "mkimage/build/modules.h"

#include <string.h>

struct text {
	char *items;
	size_t len, cap;
};

static void add_line(struct arena *a, struct text *t, const char *line, size_t len)
{
	if (t->cap - t->len < len + 2) {
		size_t cap = (t->cap + len + 2) * 2;
		t->items = arena_grow(a, t->items, t->len, cap);
		t->cap = cap;
	}
	memcpy(t->items + t->len, line, len);
	t->len += len;
	t->items[t->len++] = '\n';
	t->items[t->len] = '\0';
}

static const char *text_of(struct arena *a, const struct text *t)
{
	return t->items ? t->items : arena_str(a, "");
}

/* Module names in depmod's files use '_' or '-'. */
static bool is_kept(const struct modules *m, const bool *kept, const char *word, size_t len)
{
	size_t low = 0, high = m->len;
	char *key = arena_strn(m->mem, word, len);
	for (char *p = key; *p; p++) {
		if (*p == '-')
			*p = '_';
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2, i = m->by_name[mid];
		int c = strcmp(key, m->items[i].name);
		if (c == 0)
			return kept[i];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

/* The lines whose word number `at` names a kept module: "alias PATTERN NAME", "softdep NAME …". */
static const char *filter_lines(const struct modules *m, const bool *kept, const char *text,
	const char *keyword, unsigned at)
{
	struct text out = { 0 };
	size_t keyword_len = strlen(keyword);
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		const char *p = text, *end = text + len, *word = p;
		size_t word_len = 0;
		if (len > keyword_len && memcmp(text, keyword, keyword_len) == 0) {
			for (unsigned i = 0; i <= at; i++) {
				while (p < end && *p == ' ')
					p++;
				word = p;
				while (p < end && *p != ' ')
					p++;
				word_len = (size_t)(p - word);
			}
			if (word_len && is_kept(m, kept, word, word_len))
				add_line(m->mem, &out, text, len);
		}
		text += len + (text[len] == '\n');
	}
	return text_of(m->mem, &out);
}

void modules_filter(const struct modules *m, const bool *kept, struct modules_texts *out)
{
	struct text dep = { 0 };
	for (size_t i = 0; i < m->len; i++) {
		if (kept[i])
			add_line(m->mem, &dep, m->items[i].line, strlen(m->items[i].line));
	}
	out->dep = text_of(m->mem, &dep);
	out->alias = filter_lines(m, kept, m->alias_text, "alias ", 2);
	out->softdep = filter_lines(m, kept, m->softdep_text, "softdep ", 1);
}
