/* The time line as a picture (SVG 1.1, without scripts or fonts of its own). */
#include "system-runtime/svc/svc.h"
#include "system-runtime/svc/timeline.h"

#include <stdio.h>

enum { LEFT = 170, WIDTH = 900, ROW = 20, TOP = 52, RIGHT = 110 };

static const struct {
	const char *name, *colour;
} kinds[] = {
	[STEP_KERNEL] = { "kernel", "#7d8597" },
	[STEP_INIT] = { "init", "#3a86c8" },
	[STEP_ONBOOT] = { "onboot", "#e09f3e" },
	[STEP_SERVICE] = { "service", "#4c956c" },
};

static void text(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<' || *s == '&' || *s == '>' || *s == '"')
			printf("&#%d;", *s);
		else
			putchar((unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
	}
}

/* Steps of 1, 2 or 5 times a power of ten, at most ten of them. */
static int64_t tick(int64_t total)
{
	int64_t step = 1;

	for (int i = 0; step * 10 < total; i++)
		step = i % 3 == 1 ? step / 2 * 5 : step * 2;
	return step;
}

/* In whole points. */
static int place(int64_t at, int64_t total)
{
	return LEFT + (int)(at * WIDTH / total);
}

static void axis(int64_t total, int bottom)
{
	for (int64_t at = 0; at <= total; at += tick(total)) {
		int x = place(at, total);
		printf("<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>\n"
		       "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#666\">%lld.%03lld</text>\n",
			x, TOP - 6, x, bottom, x, TOP - 12, (long long)(at / 1000),
			(long long)(at % 1000));
	}
}

static void legend(void)
{
	for (int i = 0; i < 4; i++)
		printf("<rect x=\"%d\" y=\"8\" width=\"12\" height=\"12\" fill=\"%s\"/>"
		       "<text x=\"%d\" y=\"18\">%s</text>\n",
			LEFT + i * 90, kinds[i].colour, LEFT + 17 + i * 90, kinds[i].name);
}

static void rect(
	const struct step *s, int64_t from, int64_t to, int64_t total, int y, const char *more)
{
	int x = place(from, total), w = place(to, total) - x;

	printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"%s/>\n", x, y + 3,
		w < 2 ? 2 : w, ROW - 6, s->failed ? "#c1121f" : kinds[s->kind].colour, more);
}

static void bar(const struct step *s, int64_t total, int y)
{
	int64_t end = s->end_ms > total ? total : s->end_ms, right = s->open ? total : end;

	printf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 8, y + 14);
	text(s->name);
	printf("</text>\n");
	rect(s, s->begin_ms, end, total, y, "");
	if (s->open)
		rect(s, end, total, total, y, " opacity=\"0.4\"");
	printf("<text x=\"%d\" y=\"%d\" fill=\"#666\">%lld ms%s</text>\n", place(right, total) + 7,
		y + 14, (long long)(s->end_ms - s->begin_ms),
		s->failed ? ", failed"
		: s->open ? ", up"
			  : "");
}

void boot_print_svg(const struct timeline *t)
{
	int height = TOP + (int)t->n * ROW + 14;
	/* A bar that runs on shows a little of it. */
	int64_t total = t->end_ms + t->end_ms / 20 + 1;

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	       "font-family=\"sans-serif\" font-size=\"12\">\n"
	       "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		LEFT + WIDTH + RIGHT, height);
	legend();
	axis(total, height - 10);
	for (size_t i = 0; i < t->n; i++)
		bar(&t->steps[i], total, TOP + (int)i * ROW);
	printf("</svg>\n");
}
