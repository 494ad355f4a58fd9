/* The socket of sd_notify(3), for a unit that asks for it. */
#ifndef RT_SUPERVISE_NOTIFY_H
#define RT_SUPERVISE_NOTIFY_H

#include "system-runtime/supervise/supervise.h"

CHECK int notify_open(struct supervisor *s, struct unit *u, struct rt_error *e);
/* What was said in its former life is not of this one. */
void notify_forget(const struct unit *u);
/* Its socket, when a former supervisor's outlived it. */
void notify_inherit(struct supervisor *s, struct unit *u);
void notify_folder(const struct supervisor *s, const struct unit *u, char *out, size_t size);

#endif
