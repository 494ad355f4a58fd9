/* The machine's clock at boot. */
#ifndef INIT_CLOCK_H
#define INIT_CLOCK_H

#include <stdint.h>

/* No clock that is behind the time at which the image was built is right: then the hardware clock,
 * and if that is behind too, epoch itself becomes the time. epoch 0: only the hardware clock. */
void clock_at_least(int64_t epoch);

#endif
