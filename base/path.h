/* Paths as text, before anything is opened. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

/* A part that is ".." would leave the folder that the path is meant for. */
bool path_climbs(const char *path);

#endif
