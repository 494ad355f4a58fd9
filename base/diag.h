/*
 * What went wrong, where, and what to do: one object travels up, one place (cli/) prints it.
 * Functions return 0, or -1 with an error recorded; every recorder returns -1, so that
 * `return fail_at(...)` is one line. Texts: one sentence in present tense, values in quotes, no
 * full stop; a hint is an action that the user can take.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/arena.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum severity { SEV_ERROR, SEV_WARNING, SEV_NOTE };

/* The values are the program's exit codes. */
enum diag_kind {
	KIND_INPUT = 1,	    /* the input is wrong */
	KIND_USAGE = 2,	    /* the command line is wrong */
	KIND_SYSTEM = 3,    /* the system failed: I/O, memory, a missing program */
	KIND_INTEGRITY = 4, /* a digest, a stale lock */
	KIND_BUG = 5	    /* ours */
};

/* A place in a text. line 0: no place in the file; file NULL: no file. Columns count characters. */
struct pos {
	const char *file;
	uint32_t line, col, len;
};

struct diag {
	enum severity sev;
	enum diag_kind kind;
	struct pos at;
	const char *what;
	const char *hint;	 /* NULL: none */
	struct strings contexts; /* "while ..." lines, innermost first */
	struct diag *next;
};

/* A text that positions point into, kept for the line and caret. */
struct source {
	const char *name;
	const char *text;
	size_t len;
	struct source *next;
};

struct diags {
	struct arena *mem;
	struct diag *first, *last;
	struct source *sources;
	unsigned errors, warnings;
	unsigned limit; /* errors recorded after this many are counted, not kept; 0: 20 */
};

void diags_init(struct diags *d, struct arena *mem);
/* Borrows text until d is dropped. */
void diags_add_source(struct diags *d, const char *name, const char *text, size_t len);
bool diags_full(const struct diags *d);

int fail_at(struct diags *d, struct pos at, const char *hint, const char *fmt, ...) PRINTF(4, 5);
int fail(struct diags *d, enum diag_kind kind, const char *hint, const char *fmt, ...) PRINTF(4, 5);
/* Appends ": " and the text of errno value sys; kind SYSTEM. */
int fail_sys(struct diags *d, int sys, const char *fmt, ...) PRINTF(3, 4);
/* Adds a "while ..." line to the newest error. */
int fail_ctx(struct diags *d, const char *fmt, ...) PRINTF(2, 3);
void warn_at(struct diags *d, struct pos at, const char *hint, const char *fmt, ...) PRINTF(4, 5);
/* Nothing is wrong; somebody may want to know. Not counted. */
void note_at(struct diags *d, struct pos at, const char *hint, const char *fmt, ...) PRINTF(4, 5);

/* Control bytes and invalid UTF-8 come out escaped. */
void diags_print(const struct diags *d, FILE *to);
/* A JSON array of {severity, kind, file, line, column, length, message, hint, context[]}. */
void diags_print_json(const struct diags *d, FILE *to);
/* 0 without errors, else the kind of the first error. */
int diags_exit_code(const struct diags *d);

#endif
