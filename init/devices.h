/*
 * The devices' drivers at boot: cold plug begins when the supervisor wants it, so that services
 * which need no device need not wait until a machine's buses have been searched.
 */
#ifndef INIT_DEVICES_H
#define INIT_DEVICES_H

#include "init/bootconf.h"

/* Cold plug begins then (now_ns' clock), or earlier when that was said before. */
void devices_begin_by(uint64_t when);
/* Begins when it is time; what follows when all drivers are there: the host name, which may come
 * from a network card, the clock, power buttons, the watchdog. */
void devices_step(const struct bootconf *c);
/* When devices_step must be called next; UINT64_MAX: no more. */
uint64_t devices_deadline(void);
bool devices_settled(void);

#endif
