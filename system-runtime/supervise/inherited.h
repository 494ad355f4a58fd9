/* Datagram sockets that were open when the program began: inherited.c says whose. */
#ifndef RT_SUPERVISE_INHERITED_H
#define RT_SUPERVISE_INHERITED_H

#include <stdint.h>

struct supervisor;

void inherited_find(struct supervisor *s);
int inherited_take(struct supervisor *s, uint64_t inode); /* -1: there is none */
void inherited_close(struct supervisor *s);

#endif
