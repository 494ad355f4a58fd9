/* The key limits: -> members of LinuxResources (runtime-spec 1.2 config-linux.md). */
#include "mkimage/bundle/bundle_impl.h"

#include <stdlib.h>
#include <string.h>

enum { CPU_PERIOD = 100000 /* microseconds */ };

static yyjson_mut_val *group(struct json_out *o, yyjson_mut_val *resources, const char *name)
{
	yyjson_mut_val *g = yyjson_mut_obj_get(resources, name);
	if (!g) {
		g = bundle_object(o);
		bundle_add(o, resources, name, g);
	}
	return g;
}

static void throttle(struct json_out *o, yyjson_mut_val *resources, const struct io_limit *io,
	const char *key, const struct y_int *rate)
{
	if (!rate->set)
		return;
	yyjson_mut_val *block = group(o, resources, "blockIO"), *v = bundle_object(o);
	yyjson_mut_val *list = yyjson_mut_obj_get(block, key);
	if (!list) {
		list = bundle_array(o);
		bundle_add(o, block, key, list);
	}
	bundle_add_int(o, v, "major", strtol(io->device.v, NULL, 10));
	bundle_add_int(o, v, "minor", strtol(strchr(io->device.v, ':') + 1, NULL, 10));
	bundle_add_uint(o, v, "rate", (uint64_t)rate->v);
	yyjson_mut_arr_append(list, v);
}

void bundle_limits(struct json_out *o, const struct limit_options *l, yyjson_mut_val *resources)
{
	if (l->memory.set) {
		yyjson_mut_val *memory = group(o, resources, "memory");
		bundle_add_int(o, memory, "limit", l->memory.v);
		if (l->swap.set) /* OCI counts both together */
			bundle_add_int(o, memory, "swap", l->memory.v + l->swap.v);
	}
	if (l->cpu.set) {
		yyjson_mut_val *cpu = group(o, resources, "cpu");
		bundle_add_int(o, cpu, "quota", l->cpu.v * (CPU_PERIOD / 1000));
		bundle_add_uint(o, cpu, "period", CPU_PERIOD);
	}
	if (l->pids.set)
		bundle_add_int(o, group(o, resources, "pids"), "limit", l->pids.v);
	if (l->io_weight.set)
		bundle_add_uint(
			o, group(o, resources, "blockIO"), "weight", (uint64_t)l->io_weight.v);
	for (size_t i = 0; i < l->io.len; i++) {
		const struct io_limit *io = &l->io.items[i];
		if (io->device.v[0] == '/')
			continue;
		throttle(o, resources, io, "throttleReadBpsDevice", &io->read);
		throttle(o, resources, io, "throttleWriteBpsDevice", &io->write);
		throttle(o, resources, io, "throttleReadIOPSDevice", &io->read_ops);
		throttle(o, resources, io, "throttleWriteIOPSDevice", &io->write_ops);
	}
}
