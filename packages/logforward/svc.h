/*
 * The read-only socket of the supervisor (docs/svc-protocol.md): requests one after another, each
 * answered by lines. The supervisor keeps what is not read yet, so nothing is kept here.
 */
#ifndef PACKAGES_LOGFORWARD_SVC_H
#define PACKAGES_LOGFORWARD_SVC_H

#include <stdbool.h>

/* Connects where there is no connection; waits for a supervisor that is not there. */
void svc_open(void);
/* False: there is none any more; what was not answered is asked again after svc_open. */
bool svc_ask(const char *request);
/* The next line of the answer; NULL when it is complete, or the connection is gone. Valid until the
 * next call. */
const char *svc_line(void);

#endif
