#include "init/kopt.h"

#include "init/moddep.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A value in quotes loses them; so does a word that is quoted as a whole. */
static struct span unquote(struct span s)
{
	if (s.len && s.at[0] == '"') {
		s = span_skip(s, 1);
		if (s.len && s.at[s.len - 1] == '"')
			s.len--;
	}
	return s;
}

bool kopt_next(struct span *rest, struct kopt *out)
{
	while (rest->len && is_blank(rest->at[0]))
		*rest = span_skip(*rest, 1);
	if (rest->len == 0)
		return false;

	bool quoted = false;
	size_t n = 0;
	for (; n < rest->len && (quoted || !is_blank(rest->at[n])); n++)
		if (rest->at[n] == '"')
			quoted = !quoted;

	struct span word = { rest->at, n };
	*rest = span_skip(*rest, n);
	if (word.at[0] == '"')
		word = unquote(word);
	const char *eq = word.len ? memchr(word.at, '=', word.len) : NULL;
	out->name = (struct span){ word.at, eq ? (size_t)(eq - word.at) : word.len };
	out->value = (struct span){ 0 };
	if (eq)
		out->value = unquote(span_skip(word, out->name.len + 1));
	return true;
}

bool kopt_find(struct span cmdline, const char *name, struct kopt *out)
{
	struct kopt word;
	bool found = false;

	while (kopt_next(&cmdline, &word)) {
		if (!span_is(word.name, name))
			continue;
		*out = word;
		found = true;
	}
	return found;
}

bool kopt_flag(struct span cmdline, const char *name)
{
	static const char no[][4] = { "0", "n", "no", "off" };
	struct kopt word;

	if (!kopt_find(cmdline, name, &word))
		return false;
	for (size_t i = 0; word.value.at && i < sizeof(no) / sizeof(no[0]); i++)
		if (span_is(word.value, no[i]))
			return false;
	return true;
}

size_t kopt_module_params(struct span cmdline, struct span module, char *out, size_t size)
{
	struct kopt word;
	size_t len = 0;

	while (kopt_next(&cmdline, &word)) {
		const char *dot = word.name.len ? memchr(word.name.at, '.', word.name.len) : NULL;

		if (!dot)
			continue;
		struct span owner = { word.name.at, (size_t)(dot - word.name.at) };
		if (!moddep_same_name(owner, module))
			continue;
		/* The value keeps its quotes, which the kernel's parser takes off again. */
		struct span param = span_skip(word.name, owner.len + 1);
		bool quote = word.value.at && word.value.len &&
			     memchr(word.value.at, ' ', word.value.len);
		size_t need = (len ? 1 : 0) + param.len + (word.value.at ? 1 : 0) + word.value.len +
			      (quote ? 2 : 0);

		if (param.len == 0 || need >= size - len)
			continue;
		if (len)
			out[len++] = ' ';
		memcpy(out + len, param.at, param.len);
		len += param.len;
		if (!word.value.at)
			continue;
		out[len++] = '=';
		if (quote)
			out[len++] = '"';
		memcpy(out + len, word.value.at, word.value.len);
		len += word.value.len;
		if (quote)
			out[len++] = '"';
	}
	out[len] = 0;
	return len;
}

bool kopt_blacklisted(struct span cmdline, struct span module)
{
	struct kopt word;
	struct span name;

	while (kopt_next(&cmdline, &word)) {
		if (!span_is(word.name, "modprobe.blacklist") &&
			!span_is(word.name, "module_blacklist"))
			continue;
		while (word.value.len && span_cut(&word.value, ',', &name))
			if (moddep_same_name(name, module))
				return true;
	}
	return false;
}
