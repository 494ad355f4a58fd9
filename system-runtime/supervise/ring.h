/*
 * A service's log: a bounded ring in a file of /run (memory), mapped shared, so that a supervisor
 * that takes over finds all that its predecessor read. Bytes go from the service's FIFO straight
 * into the mapping, and every change becomes visible by one store: a supervisor may be killed
 * between any two instructions without losing or repeating a byte.
 *
 * The ring holds records: what one read gave, with the time of the read. Lines are told apart when
 * they are read out. Each line has a number; numbers that are not there are lines that were lost.
 */
#ifndef RT_SUPERVISE_RING_H
#define RT_SUPERVISE_RING_H

#include "base/attr.h"
#include "system-runtime/common/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	RING_SIZE = 64 * 1024, /* of records, when nothing is said */
	RING_SIZE_LEAST = 4096,
	RING_SIZE_MOST = 1 << 30,
	RING_LINE = 2048, /* a longer line is given out in pieces */
};

struct ring_head;

struct ring {
	struct ring_head *head; /* NULL: not open */
	uint64_t window_ms;	/* the second that the rate is counted in */
	uint32_t in_window;	/* lines begun in it */
};

/* CLOCK_BOOTTIME, and the wall's clock as it was set then. */
struct ring_time {
	uint64_t ms, wall_ms;
};

struct ring_line {
	struct ring_time time;
	uint64_t seq;	  /* its number, from 0 */
	uint64_t lost;	  /* lines between the one before it and this */
	const char *text; /* valid until the next call on any ring */
	size_t len;
};

struct ring_cursor {
	uint64_t at;  /* a record */
	uint32_t off; /* bytes of it that are behind the cursor */
	bool mid;     /* in a line, pieces of which were given out */
	uint64_t seq; /* of the next line */
};

/* Opens or makes dir/name. size 0: as the file is, else RING_SIZE. A file that does not hold a
 * valid ring of that size is started afresh; bytes of a read that was cut short are kept. */
CHECK int ring_open(struct ring *r, int dir, const char *name, size_t size, struct rt_error *e);
void ring_close(struct ring *r);
/* Lines in a second, 0: no limit; kept in the file. */
void ring_limit(struct ring *r, uint32_t rate);
size_t ring_size(const struct ring *r);

/* One read, at most an eighth of the ring and 8 KiB; returns the bytes read, 0 when there is
 * nothing. Lines beyond the rate, and all when there is no memory left, are counted as lost. */
ssize_t ring_read(struct ring *r, int fd, struct ring_time now);
/* A whole line of our own. */
void ring_add(struct ring *r, struct ring_time now, const char *text, size_t len);
/* What was printed last becomes a line, even if it has no end. */
void ring_end_line(struct ring *r, struct ring_time now);

/* At the first line; with lines, so that at most that many follow; since is a CLOCK_BOOTTIME. */
struct ring_cursor ring_begin(const struct ring *r, uint64_t lines, uint64_t since);
struct ring_cursor ring_end(const struct ring *r);
/* Gives the next line and moves on. unfinished: also one that has no end yet. */
bool ring_next(const struct ring *r, struct ring_cursor *c, bool unfinished, struct ring_line *out);
/* A cursor that is kept in the file: the lines before it were printed on the console. */
uint64_t ring_shown(const struct ring *r);
void ring_set_shown(struct ring *r, uint64_t seq);
/* The same of the lines that were handed to the writer of the log's file. */
uint64_t ring_filed(const struct ring *r);
void ring_set_filed(struct ring *r, uint64_t seq);
/* Lines ever, and those of them that were never kept. */
uint64_t ring_lines(const struct ring *r);
uint64_t ring_dropped(const struct ring *r);

#endif
