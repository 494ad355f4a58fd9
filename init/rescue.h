/* What a machine does that could not boot: a shell, waiting, rebooting. */
#ifndef INIT_RESCUE_H
#define INIT_RESCUE_H

#include "init/bootconf.h"

_Noreturn void rescue(const struct bootconf *c);

#endif
