/* Globs over paths, one part at a time. */
#ifndef PKG_GLOB_H
#define PKG_GLOB_H

#include <stdbool.h>

/*
 * Does the glob match the whole path? '*': any run of characters but '/'; '?': one of them; a part
 * that is "**": any number of parts. All else, '[' and '\' too, stands for itself. Empty parts and
 * "." do not count. Time is bounded by the product of the lengths.
 */
bool glob_match(const char *glob, const char *path);

#endif
