/* The files of a tree, as lines or as JSON. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "mkimage/cli/cli.h"
#include "mkimage/tree/tree.h"

/* All that is below from; with deep false, what is in it; a file is its own list. Paths begin with
 * prefix. --json of the command decides the form. */
void print_tree(struct cli *c, struct node *from, const char *prefix, bool deep);

#endif
