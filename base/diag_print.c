#include "base/diag.h"
#include "base/utf8.h"

#include <string.h>

/* Control bytes would let a hostile file drive the reader's terminal. */
static void put_text(FILE *to, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i];
		size_t n = utf8_len(s + i, len - i);
		if (c == '\t') {
			fputc(' ', to); /* tabs count one column */
			i++;
		} else if (n == 0 || c < 0x20 || c == 0x7f ||
			   (n == 2 && c == 0xc2 && (s[i + 1] & 0xe0) == 0x80)) {
			fprintf(to, "\\x%02x", c);
			i++;
		} else {
			fwrite(s + i, 1, n, to);
			i += n;
		}
	}
}

static void put_str(FILE *to, const char *s)
{
	put_text(to, s, strlen(s));
}

static const char *find_line(const struct diags *d, struct pos at, size_t *len)
{
	for (const struct source *s = d->sources; s; s = s->next) {
		if (strcmp(s->name, at.file) != 0)
			continue;
		const char *p = s->text, *end = s->text + s->len;
		for (uint32_t line = 1; line < at.line; line++) {
			const char *nl = memchr(p, '\n', (size_t)(end - p));
			if (!nl)
				return NULL;
			p = nl + 1;
		}
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		*len = (size_t)((nl ? nl : end) - p);
		if (*len && p[*len - 1] == '\r')
			(*len)--;
		return p;
	}
	return NULL;
}

enum { MAX_SHOWN = 160, BEFORE = 100 };

/* Bytes of the first so many characters; what is no UTF-8 counts byte by byte. */
static size_t skip(const char *s, size_t len, uint32_t characters)
{
	size_t i = 0;
	while (i < len && characters--) {
		size_t n = utf8_len(s + i, len - i);
		i += n ? n : 1;
	}
	return i;
}

/* Columns that put_text takes: escapes are wider than the character that they stand for. */
static unsigned shown_width(const char *s, size_t len)
{
	unsigned columns = 0;
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i];
		size_t n = utf8_len(s + i, len - i);
		bool c1 = n == 2 && c == 0xc2 && (s[i + 1] & 0xe0) == 0x80;
		columns += c1 ? 8 : n == 0 || (c < 0x20 && c != '\t') || c == 0x7f ? 4 : 1;
		i += n ? n : 1;
	}
	return columns;
}

/* The line and a caret; of a long line, what is around the caret. */
static void print_excerpt(const struct diags *d, struct pos at, FILE *to)
{
	size_t len;
	const char *line = find_line(d, at, &len);
	if (!line)
		return;
	size_t from = at.col > MAX_SHOWN ? skip(line, len, at.col - BEFORE) : 0;
	size_t shown = skip(line + from, len - from, MAX_SHOWN);
	size_t caret = skip(line, len, at.col ? at.col - 1 : 0);
	fprintf(to, "%5u | %s", at.line, from ? "..." : "");
	put_text(to, line + from, shown);
	fprintf(to, "%s\n      | %*s", from + shown < len ? "..." : "",
		(int)shown_width(line + from, caret - from) + (from ? 3 : 0), "");
	uint32_t carets = at.len ? at.len : 1, room = (uint32_t)(from + shown - caret);
	for (uint32_t i = 0; i < carets && (i == 0 || i < room); i++)
		fputc('^', to);
	fputc('\n', to);
}

static const char *severity_name(enum severity s)
{
	switch (s) {
	case SEV_ERROR:
		return "error";
	case SEV_WARNING:
		return "warning";
	case SEV_NOTE:
		return "note";
	}
	return "error";
}

static void print_one(const struct diags *d, const struct diag *g, FILE *to)
{
	if (g->at.file) {
		put_str(to, g->at.file);
		if (g->at.line)
			fprintf(to, ":%u:%u", g->at.line, g->at.col);
	} else {
		fputs("slipway", to);
	}
	fprintf(to, ": %s: ", severity_name(g->sev));
	put_str(to, g->what);
	fputc('\n', to);
	if (g->at.file && g->at.line)
		print_excerpt(d, g->at, to);
	if (g->hint) {
		fputs("hint: ", to);
		put_str(to, g->hint);
		fputc('\n', to);
	}
	for (size_t i = 0; i < g->contexts.len; i++) {
		fputs("while ", to);
		put_str(to, g->contexts.items[i]);
		fputc('\n', to);
	}
}

void diags_print(const struct diags *d, FILE *to)
{
	unsigned kept = 0;
	for (const struct diag *g = d->first; g; g = g->next) {
		print_one(d, g, to);
		kept += g->sev == SEV_ERROR;
	}
	if (d->errors > kept)
		fprintf(to, "slipway: error: %u more errors are not shown\n", d->errors - kept);
}

static void json_str(FILE *to, const char *s)
{
	size_t len = strlen(s);
	fputc('"', to);
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i];
		size_t n = utf8_len(s + i, len - i);
		if (n == 0) {
			fputs("\\ufffd", to);
			i++;
		} else if (c < 0x20 || c == 0x7f) {
			fprintf(to, "\\u%04x", c);
			i++;
		} else {
			if (c == '"' || c == '\\')
				fputc('\\', to);
			fwrite(s + i, 1, n, to);
			i += n;
		}
	}
	fputc('"', to);
}

static const char *kind_name(enum diag_kind k)
{
	switch (k) {
	case KIND_INPUT:
		return "input";
	case KIND_USAGE:
		return "usage";
	case KIND_SYSTEM:
		return "system";
	case KIND_INTEGRITY:
		return "integrity";
	case KIND_BUG:
		return "bug";
	}
	return "bug";
}

void diags_print_json(const struct diags *d, FILE *to)
{
	fputc('[', to);
	for (const struct diag *g = d->first; g; g = g->next) {
		fprintf(to, "%s\n  {\"severity\": \"%s\", \"kind\": \"%s\"",
			g == d->first ? "" : ",", severity_name(g->sev), kind_name(g->kind));
		if (g->at.file) {
			fputs(", \"file\": ", to);
			json_str(to, g->at.file);
			fprintf(to, ", \"line\": %u, \"column\": %u, \"length\": %u", g->at.line,
				g->at.col, g->at.len);
		}
		fputs(", \"message\": ", to);
		json_str(to, g->what);
		if (g->hint) {
			fputs(", \"hint\": ", to);
			json_str(to, g->hint);
		}
		fputs(", \"context\": [", to);
		for (size_t i = 0; i < g->contexts.len; i++) {
			fputs(i ? ", " : "", to);
			json_str(to, g->contexts.items[i]);
		}
		fputs("]}", to);
	}
	fputs("\n]\n", to);
}
