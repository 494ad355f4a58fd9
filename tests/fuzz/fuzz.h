/* One feeder for each input language. A feeder takes any bytes and returns 0; it may not crash,
 * hang or leak. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

typedef int feeder(const uint8_t *data, size_t len);

#endif
