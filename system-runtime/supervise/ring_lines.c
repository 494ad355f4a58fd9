/* A ring's records read out as lines. */
#include "system-runtime/supervise/ring_impl.h"

size_t ring_size(const struct ring *r)
{
	return r->head ? r->head->size : 0;
}

uint64_t ring_lines(const struct ring *r)
{
	return r->head ? ring_slot(r->head)->seq : 0;
}

uint64_t ring_dropped(const struct ring *r)
{
	return r->head ? ring_slot(r->head)->dropped : 0;
}

uint64_t ring_shown(const struct ring *r)
{
	return r->head ? r->head->shown : 0;
}

void ring_set_shown(struct ring *r, uint64_t seq)
{
	if (r->head != NULL)
		r->head->shown = seq;
}

uint64_t ring_filed(const struct ring *r)
{
	return r->head ? r->head->filed : 0;
}

void ring_set_filed(struct ring *r, uint64_t seq)
{
	if (r->head != NULL)
		r->head->filed = seq;
}

struct ring_cursor ring_end(const struct ring *r)
{
	const struct ring_slot *s = r->head ? ring_slot(r->head) : NULL;

	return s == NULL ? (struct ring_cursor){ 0 }
			 : (struct ring_cursor){ .at = s->end, .seq = s->seq, .mid = s->open };
}

/* The line at the cursor is number seq: what is between is lost. */
static uint64_t settle(struct ring_cursor *c, uint64_t seq)
{
	uint64_t lost = seq > c->seq ? seq - c->seq : 0;

	c->seq = seq;
	return lost;
}

/* Over the rest of a line whose beginning is gone. */
static uint64_t skip_rest(const struct ring_head *h, struct ring_cursor *c)
{
	const struct ring_record *rec;

	while ((rec = ring_record_at(h, &c->at)) != NULL && (rec->flags & RING_CONTINUES)) {
		const char *nl = memchr(ring_text(rec), '\n', rec->len);
		if (nl != NULL) {
			c->off = (uint32_t)(nl - ring_text(rec)) + 1;
			return settle(c, rec->seq + 1);
		}
		c->at = ring_after(c->at, rec);
	}
	return 0;
}

/* To the last record that begins a line and has at least `lines` of the n ones behind it. */
static uint64_t skip_records(
	const struct ring_head *h, struct ring_cursor *c, uint64_t n, uint64_t lines)
{
	uint64_t at = c->at, left = n;
	const struct ring_record *rec = ring_record_at(h, &at);

	while (rec != NULL && left >= lines) {
		if (!(rec->flags & RING_CONTINUES)) {
			c->at = at;
			n = left;
		}
		left -= rec->lines < left ? rec->lines : left;
		at = ring_after(at, rec);
		rec = ring_record_at(h, &at);
	}
	return n;
}

struct ring_cursor ring_begin(const struct ring *r, uint64_t lines, uint64_t since)
{
	const struct ring_head *h = r->head;
	struct ring_cursor c = { 0 };
	const struct ring_record *rec;
	struct ring_line unused;
	uint64_t n = 0;

	if (h == NULL)
		return c;
	c.at = ring_slot(h)->first;
	while ((rec = ring_record_at(h, &c.at)) != NULL && rec->ms < since)
		c.at = ring_after(c.at, rec);
	/* What is gone before the first line is not lost, it is old. */
	c.seq = rec != NULL ? rec->seq : ring_slot(h)->seq;
	skip_rest(h, &c);
	for (uint64_t at = c.at; (rec = ring_record_at(h, &at)) != NULL; at = ring_after(at, rec))
		n += rec->lines;
	n -= c.off > 0;
	n += ring_slot(h)->open;
	if (n > lines && c.off == 0)
		n = skip_records(h, &c, n, lines);
	while (n > lines && ring_next(r, &c, true, &unused))
		n -= !c.mid;
	rec = ring_record_at(h, &c.at);
	if (rec != NULL && c.off <= rec->skip)
		c.seq = rec->seq;
	return c;
}

struct gather {
	char *text;
	size_t len;
	bool begun, ended;
};

/* From the record at p into the line; true when the line has come to its end or its most. */
static bool take(struct gather *g, const struct ring_record *rec, struct ring_cursor *p)
{
	const char *from = ring_text(rec) + p->off;
	size_t left = rec->len - p->off, most = RING_LINE - g->len;
	const char *nl = memchr(from, '\n', left < most + 1 ? left : most + 1);
	size_t n = nl != NULL ? (size_t)(nl - from) : left < most ? left : most;

	memcpy(g->text + g->len, from, n);
	g->len += n;
	p->off += (uint32_t)n + (nl != NULL);
	g->ended = nl != NULL;
	return g->ended || g->len == RING_LINE;
}

bool ring_next(const struct ring *r, struct ring_cursor *c, bool unfinished, struct ring_line *out)
{
	static char text[RING_LINE];
	const struct ring_head *h = r->head;
	struct gather g = { .text = text };
	struct ring_cursor p = *c;
	const struct ring_record *rec = NULL;
	bool full = false;

	if (h == NULL)
		return false;
	out->lost = 0;
	if (p.at < ring_slot(h)->first) {
		p = (struct ring_cursor){ .at = ring_slot(h)->first, .seq = c->seq };
		out->lost = skip_rest(h, &p);
	}
	while (!full && (rec = ring_record_at(h, &p.at)) != NULL) {
		bool entering = p.off <= rec->skip;
		if (entering)
			p.off = rec->skip;
		if (p.off == rec->len) {
			p.at = ring_after(p.at, rec);
			p.off = 0;
			continue;
		}
		/* A line that was cut off for want of memory ends where the next one begins. */
		if (g.begun && entering && !(rec->flags & RING_CONTINUES))
			break;
		if (!g.begun) {
			out->lost += entering ? settle(&p, rec->seq) : 0;
			out->time = (struct ring_time){ rec->ms, rec->wall_ms };
			out->seq = p.seq;
			g.begun = true;
		}
		full = take(&g, rec, &p);
	}
	if (!g.begun || (!full && !unfinished && rec == NULL))
		return false;
	p.mid = !g.ended;
	p.seq = out->seq + g.ended;
	out->text = text;
	out->len = g.len > 0 && g.ended && text[g.len - 1] == '\r' ? g.len - 1 : g.len;
	*c = p;
	return true;
}
