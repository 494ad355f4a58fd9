/*
 * Checks that need more than one value: of one item (called by the field tables), and between the
 * items of a file. All from the text alone.
 */
#ifndef YAML_CHECK_H
#define YAML_CHECK_H

#include "yaml/reader.h"

/* struct table's check: item is the struct of that table. */
void check_kernel(struct reader *r, const struct yaml_node *map, const void *item);
void check_volume(struct reader *r, const struct yaml_node *map, const void *item);
void check_file(struct reader *r, const struct yaml_node *map, const void *item);
void check_options(struct reader *r, const struct yaml_node *map, const void *item);
void check_mount(struct reader *r, const struct yaml_node *map, const void *item);
void check_device(struct reader *r, const struct yaml_node *map, const void *item);
void check_restart_delays(struct reader *r, const struct yaml_node *map, const void *item);
void check_ready(struct reader *r, const struct yaml_node *map, const void *item);
void check_health(struct reader *r, const struct yaml_node *map, const void *item);
void check_limits(struct reader *r, const struct yaml_node *map, const void *item);
void check_log(struct reader *r, const struct yaml_node *map, const void *item);
void check_verify(struct reader *r, const struct yaml_node *map, const void *item);
void check_sign(struct reader *r, const struct yaml_node *map, const void *item);
void check_io(struct reader *r, const struct yaml_node *map, const void *item);
/* limits: and resources: that say the same. */
void check_limits_twice(struct reader *r, const struct image_options *o);
/* Keys that only containers of other sections can have. */
void check_sections(struct reader *r, const struct config *c);

/* Names that are taken twice, ids and volumes that are named and not there. */
void check_names(struct reader *r, const struct config *c);
void check_references(struct reader *r, const struct config *c);
/* `after` and `requires`: unknown names, circles. */
void check_order(struct reader *r, const struct config *c);
/* A command line that sends the console nowhere. */
void check_console(struct reader *r, const struct config *c);

/* Names, sorted for look-ups: a hostile file has tens of thousands. */
struct name_set {
	const struct y_str **items;
	size_t len, cap;
};
void name_set_sort(struct name_set *s);
const struct y_str *name_set_find(const struct name_set *s, const char *name);
/* "did you mean", or otherwise. */
const char *name_set_hint(
	struct reader *r, const struct name_set *s, const char *name, const char *otherwise);

/* Parts of "SOURCE:DESTINATION[:OPTIONS]"; false when it has another form. */
struct bind_parts {
	const char *source, *destination, *options; /* options NULL: none */
};
bool bind_split(struct arena *a, const char *text, struct bind_parts *out);
/* One of the comma-separated words. */
bool options_have(const char *options, const char *word);
/* "/etc//motd", "etc/motd" and "./etc/motd" are one file: without `/`s and `.`s too many. */
const char *path_plain(struct arena *a, const char *path);
bool path_same(const char *a, const char *b);

#endif
