/* What the table of the root's disk lacks, as the settings have it. Pure: works on the table alone.
 */
#ifndef DISK_LAYOUT_H
#define DISK_LAYOUT_H

#include "gpt.h"
#include "settings.h"

/* The name of the partition for data until it has its file system. */
#define NAME_NEW "_new"

/* An entry that is free; NULL when there is none. */
struct gpt_entry *layout_data(struct gpt *g);

/* A table with a root-a, or one of its slots, is one of our disks. */
bool layout_is_ours(const struct gpt *g);

enum layout { LAYOUT_FAILED = -1, LAYOUT_SAME, LAYOUT_CHANGED };

/* The second of everything that a slot has. */
enum layout layout_slots(struct gpt *g);
/* The partition for data, in the room that is left, named NAME_NEW; or the one there is, grown. */
enum layout layout_add_data(struct gpt *g, const struct settings *s);
enum layout layout_grow_data(struct gpt *g, const struct settings *s);

#endif
