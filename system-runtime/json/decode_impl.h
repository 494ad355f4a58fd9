/* Inside of json/: the step from yyjson's values to structs. */
#ifndef RT_JSON_DECODE_IMPL_H
#define RT_JSON_DECODE_IMPL_H

#include "system-runtime/json/decode.h"

#include <yyjson.h>

CHECK int decode_root(struct mem *m, const char *name, yyjson_val *root, const struct table *t,
	void *out, struct rt_error *e);

#endif
