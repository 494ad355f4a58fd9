/*
 * The same filter, shorter. libseccomp compares with every number that a profile names; profiles
 * allow most numbers, in long runs. So its program is asked what it says for each number between
 * two that it compares with: an answer, or the place where it begins to look at arguments. What
 * comes out, for each architecture, is a binary search over ranges of numbers with one answer, and
 * the parts of the old program that look at arguments, as they are. The kernel compiles a filter
 * for every process that gets one: half of what a profile costs.
 */
#include "system-runtime/seccomp/filter.h"

#include <linux/seccomp.h>
#include <stddef.h>

enum {
	ARCHES_MAX = 8,
	LOAD = BPF_LD | BPF_W | BPF_ABS,
	JA = BPF_JMP | BPF_JA,
	JEQ = BPF_JMP | BPF_JEQ | BPF_K,
	JGE = BPF_JMP | BPF_JGE | BPF_K,
	JGT = BPF_JMP | BPF_JGT | BPF_K,
	AND = BPF_ALU | BPF_AND | BPF_K,
	RET = BPF_RET | BPF_K,
	AT_NR = offsetof(struct seccomp_data, nr),
	AT_ARCH = offsetof(struct seccomp_data, arch),
};

struct range {
	uint32_t first; /* up to the next one's */
	uint16_t at;	/* of the old program: a RET, or a load of something else than a number */
};

struct shorter {
	const struct sock_filter *old;
	size_t n_old;
	uint32_t *points; /* numbers at which an answer may change, in order */
	size_t n_points;
	uint32_t arches[ARCHES_MAX];
	size_t n_arches, other; /* where the old program says what others get */
	struct range *ranges;	/* of the architecture at hand */
	struct sock_filter *out;
	size_t n_out, room;
	uint16_t *moved; /* where an instruction of the old program is now; 0: nowhere */
};

/* A jump's target when a is compared. */
static size_t next(const struct sock_filter *i, size_t pc, uint32_t a)
{
	bool yes = i->code == JEQ ? a == i->k : i->code == JGE ? a >= i->k : a > i->k;

	return pc + 1 + (yes ? i->jt : i->jf);
}

/* Where the old program ends or begins to look at arguments. Jumps go forward alone. */
static uint16_t ask(const struct shorter *s, uint32_t arch, uint32_t nr)
{
	uint32_t a = 0;
	size_t pc = 0;

	while (s->old[pc].code != RET) {
		const struct sock_filter *i = &s->old[pc];
		if (i->code == LOAD && i->k != AT_NR && i->k != AT_ARCH)
			break;
		if (i->code == LOAD)
			a = i->k == AT_NR ? nr : arch;
		else if (i->code == AND)
			a &= i->k;
		pc = i->code == JA		     ? pc + 1 + i->k
		     : BPF_CLASS(i->code) == BPF_JMP ? next(i, pc, a)
						     : pc + 1;
	}
	return (uint16_t)pc;
}

static bool same(const struct shorter *s, uint16_t a, uint16_t b)
{
	return a == b ||
	       (s->old[a].code == RET && s->old[b].code == RET && s->old[a].k == s->old[b].k);
}

/* The instructions that libseccomp writes, each with its targets inside. */
static bool is_known(const struct sock_filter *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t code = f[i].code;
		size_t left = n - 1 - i;
		if (code == JA ? f[i].k >= left
			: (code == JEQ || code == JGE || code == JGT)
				? f[i].jt >= left || f[i].jf >= left
			: code == LOAD || code == AND ? left == 0
						      : code != RET)
			return false;
	}
	return true;
}

/* The program begins with the architecture, which is compared with each of its own in turn. */
static bool find_arches(struct shorter *s)
{
	size_t pc = 1;

	if (s->old[0].code != LOAD || s->old[0].k != AT_ARCH)
		return false;
	for (; s->old[pc].code == JEQ || s->old[pc].code == JA;
		pc += 1 + (s->old[pc].code == JA ? s->old[pc].k : s->old[pc].jf)) {
		if (s->old[pc].code == JEQ && s->n_arches == ARCHES_MAX)
			return false;
		if (s->old[pc].code == JEQ)
			s->arches[s->n_arches++] = s->old[pc].k;
	}
	s->other = pc;
	return s->old[pc].code == RET;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void find_points(struct shorter *s)
{
	s->points[s->n_points++] = 0;
	for (size_t i = 0; i < s->n_old; i++) {
		const struct sock_filter *f = &s->old[i];
		if (f->code == JEQ || f->code == JGE)
			s->points[s->n_points++] = f->k;
		if ((f->code == JEQ || f->code == JGT) && f->k != UINT32_MAX)
			s->points[s->n_points++] = f->k + 1;
	}
	qsort(s->points, s->n_points, sizeof(*s->points), by_number);
}

static size_t find_ranges(struct shorter *s, uint32_t arch)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_points; i++) {
		uint16_t at = ask(s, arch, s->points[i]);
		if (n == 0 || !same(s, s->ranges[n - 1].at, at))
			s->ranges[n++] = (struct range){ s->points[i], at };
	}
	return n;
}

/* Beyond the room nothing is written, and in the end nothing is used. */
static void put(struct shorter *s, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (s->n_out < s->room)
		s->out[s->n_out] = (struct sock_filter){ code, jt, jf, k };
	s->n_out++;
}

static size_t tree_size(size_t n)
{
	if (n == 1)
		return 1;
	size_t left = tree_size(n / 2);
	return 1 + (left > UINT8_MAX) + left + tree_size(n - n / 2);
}

/* A leaf that looks at arguments jumps to a place of the old program, for now: jt says so. */
static void put_tree(struct shorter *s, const struct range *r, size_t n)
{
	const struct sock_filter *leaf = &s->old[r->at];

	if (n == 1 && leaf->code == RET) {
		put(s, RET, 0, 0, leaf->k);
		return;
	}
	if (n == 1) {
		put(s, JA, 1, 0, r->at);
		s->moved[r->at] = 1;
		return;
	}
	size_t left = tree_size(n / 2);
	bool far = left > UINT8_MAX;
	put(s, JGE, far ? 0 : (uint8_t)left, far, r[n / 2].first);
	if (far)
		put(s, JA, 0, 0, (uint32_t)left);
	put_tree(s, r, n / 2);
	put_tree(s, r + n / 2, n - n / 2);
}

static void put_arches(struct shorter *s)
{
	put(s, LOAD, 0, 0, AT_ARCH);
	for (size_t i = 0; i < s->n_arches; i++) {
		size_t n = find_ranges(s, s->arches[i]);
		put(s, JEQ, 1, 0, s->arches[i]);
		put(s, JA, 0, 0, (uint32_t)tree_size(n) + 1);
		put(s, LOAD, 0, 0, AT_NR);
		put_tree(s, s->ranges, n);
	}
	/* No other architecture has a number that matters: see find_arches. */
	put(s, RET, 0, 0, s->old[s->other].k);
}

/* What of the old program looks at arguments goes behind, in its order. */
static void put_rest(struct shorter *s)
{
	const struct sock_filter *f = s->old;
	size_t n = s->n_out;

	for (size_t i = 0; i < s->n_old; i++) {
		if (s->moved[i] == 0)
			continue;
		s->moved[i] = (uint16_t)n++;
		if (f[i].code == JA)
			s->moved[i + 1 + f[i].k] = 1;
		else if (BPF_CLASS(f[i].code) == BPF_JMP)
			s->moved[i + 1 + f[i].jt] = s->moved[i + 1 + f[i].jf] = 1;
		else if (f[i].code != RET)
			s->moved[i + 1] = 1;
	}
	for (size_t i = 0; i < s->n_old; i++) {
		const uint16_t *to = s->moved + i + 1, from = (uint16_t)(s->moved[i] + 1);
		if (s->moved[i] == 0)
			continue;
		if (f[i].code == JA)
			put(s, JA, 0, 0, (uint32_t)(to[f[i].k] - from));
		else if (BPF_CLASS(f[i].code) == BPF_JMP)
			put(s, f[i].code, (uint8_t)(to[f[i].jt] - from),
				(uint8_t)(to[f[i].jf] - from), f[i].k);
		else
			put(s, f[i].code, 0, 0, f[i].k);
	}
}

static void find_places(struct shorter *s, size_t n_tree)
{
	for (size_t i = 0; i < n_tree; i++) {
		struct sock_filter *f = &s->out[i];
		if (f->code == JA && f->jt == 1)
			*f = (struct sock_filter){ JA, 0, 0, (uint32_t)(s->moved[f->k] - i - 1) };
	}
}

void filter_shorten(struct mem *m, struct filter *f)
{
	struct shorter s = { .old = f->insns, .n_old = f->n, .room = f->n };
	size_t before = m->used, n = 2 * s.n_old + 1;

	s.out = mem_array(m, s.room, sizeof(*s.out));
	size_t with_out = m->used;
	s.points = mem_array(m, n, sizeof(*s.points));
	s.ranges = mem_array(m, n, sizeof(*s.ranges));
	s.moved = mem_array(m, s.n_old, sizeof(*s.moved));
	m->used = before;
	if (s.out == NULL || s.points == NULL || s.ranges == NULL || s.moved == NULL ||
		!is_known(s.old, s.n_old) || !find_arches(&s))
		return;
	memset(s.moved, 0, s.n_old * sizeof(*s.moved));
	find_points(&s);
	put_arches(&s);
	size_t n_tree = s.n_out;
	if (n_tree < s.n_old)
		put_rest(&s);
	if (s.n_out >= s.n_old)
		return;
	find_places(&s, n_tree);
	m->used = with_out;
	f->insns = s.out;
	f->n = (uint16_t)s.n_out;
}
