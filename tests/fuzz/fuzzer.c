/* libFuzzer's entry for one feeder: built with -DFEED=feed_NAME. */
#include "tests/fuzz/fuzz.h"

feeder FEED;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return FEED(data, len);
}
