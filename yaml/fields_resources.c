/* OCI runtime-spec 1.2, config-linux.md "Control groups": checked here, passed on as nodes. */
#include "yaml/fields.h"

#define TABLE(of_fields, word, text)                                               \
	{                                                                          \
		.name = word, .called = "a " word, .doc = text, FIELDS(of_fields), \
		.pos_at = NOWHERE, .set_at = NOWHERE                               \
	}
#define NUMBER(key, text) FIELD(INT, key, NOWHERE, text, .absent = "unlimited")
/* An unsigned value in OCI. */
#define AMOUNT(key, text, most) \
	FIELD(INT, key, NOWHERE, text, .absent = "unset", .min = 0, .max = most)

static const struct field device_rule_fields[] = {
	FIELD(BOOL, "allow", NOWHERE, "Allowed or denied.", .absent = "`false`"),
	FIELD(STR, "type", NOWHERE, "`a` (all), `b` or `c`.", .absent = "`a`",
		.form = &form_resource_device_type),
	NUMBER("major", "The major number."),
	NUMBER("minor", "The minor number."),
	FIELD(STR, "access", NOWHERE, "Some of `rwm`.", .absent = "all",
		.form = &form_device_access),
};
static const struct table device_rule = TABLE(device_rule_fields, "device rule", "");

static const struct field memory_fields[] = {
	NUMBER("limit", "Bytes of memory."),
	NUMBER("reservation", "Bytes that are protected."),
	NUMBER("swap", "Bytes of memory and swap."),
	NUMBER("kernel", "Bytes of kernel memory (cgroup v1)."),
	NUMBER("kernelTCP", "Bytes of TCP buffers (cgroup v1)."),
	AMOUNT("swappiness", "0 to 100 (cgroup v1).", 100),
	FIELD(BOOL, "disableOOMKiller", NOWHERE, "Wait instead of killing (cgroup v1).",
		.absent = "`false`"),
	FIELD(BOOL, "useHierarchy", NOWHERE, "Count children (cgroup v1).", .absent = "`false`"),
	FIELD(BOOL, "checkBeforeUpdate", NOWHERE, "Refuse a limit below what is used.",
		.absent = "`false`"),
};
static const struct table memory = TABLE(memory_fields, "memory limit", "");

static const struct field cpu_fields[] = {
	AMOUNT("shares", "Relative weight.", INT64_MAX),
	NUMBER("quota", "Microseconds of each period."),
	AMOUNT("burst", "Microseconds that may be saved up.", INT64_MAX),
	AMOUNT("period", "Microseconds of a period.", INT64_MAX),
	NUMBER("realtimeRuntime", "Microseconds of real time (cgroup v1)."),
	AMOUNT("realtimePeriod", "Period of real time (cgroup v1).", INT64_MAX),
	FIELD(STR, "cpus", NOWHERE, "CPUs, as in `\"0-2,7\"`.", .absent = "all",
		.form = &form_cpus),
	FIELD(STR, "mems", NOWHERE, "Memory nodes, as in `\"0\"`.", .absent = "all",
		.form = &form_cpus),
	FIELD(INT, "idle", NOWHERE, "1: only when nothing else runs.", .absent = "0", .min = 0,
		.max = 1),
};
static const struct table cpu = TABLE(cpu_fields, "cpu limit", "");

static const struct field pids_fields[] = { NUMBER("limit", "Processes and threads.") };
static const struct table pids = TABLE(pids_fields, "pids limit", "");

static const struct field weight_device_fields[] = {
	NUMBER("major", "The major number."),
	NUMBER("minor", "The minor number."),
	AMOUNT("weight", "10 to 1000.", 1000),
	AMOUNT("leafWeight", "10 to 1000 (cgroup v1).", 1000),
};
static const struct table weight_device = TABLE(weight_device_fields, "device's weight", "");

static const struct field throttle_fields[] = {
	NUMBER("major", "The major number."),
	NUMBER("minor", "The minor number."),
	AMOUNT("rate", "Bytes or operations in a second.", INT64_MAX),
};
static const struct table throttle = TABLE(throttle_fields, "device's rate", "");
#define THROTTLE(key, text) FIELD(TABLES, key, NOWHERE, text, .absent = "none", .of = &throttle)

static const struct field block_io_fields[] = {
	AMOUNT("weight", "10 to 1000.", 1000),
	AMOUNT("leafWeight", "10 to 1000 (cgroup v1).", 1000),
	FIELD(TABLES, "weightDevice", NOWHERE, "Weights of devices.", .absent = "none",
		.of = &weight_device),
	THROTTLE("throttleReadBpsDevice", "Bytes read in a second."),
	THROTTLE("throttleWriteBpsDevice", "Bytes written in a second."),
	THROTTLE("throttleReadIOPSDevice", "Reads in a second."),
	THROTTLE("throttleWriteIOPSDevice", "Writes in a second."),
};
static const struct table block_io = TABLE(block_io_fields, "block I/O limit", "");

static const struct field hugepage_fields[] = {
	FIELD(STR, "pageSize", NOWHERE, "As in `2MB`, or a number of bytes.",
		.flags = FIELD_REQUIRED | FIELD_NUMBERS, .form = &form_page_size),
	FIELD(INT, "limit", NOWHERE, "Bytes.", .flags = FIELD_REQUIRED, .min = 0, .max = INT64_MAX),
};
static const struct table hugepage = TABLE(hugepage_fields, "huge page limit", "");

static const struct field priority_fields[] = {
	FIELD(STR, "name", NOWHERE, "The interface.", .flags = FIELD_REQUIRED,
		.form = &form_interface),
	FIELD(INT, "priority", NOWHERE, "Its priority.", .flags = FIELD_REQUIRED, .min = 0,
		.max = UINT32_MAX),
};
static const struct table priority = TABLE(priority_fields, "network priority", "");
static const struct field network_fields[] = {
	AMOUNT("classID", "Class of packets (cgroup v1).", UINT32_MAX),
	FIELD(TABLES, "priorities", NOWHERE, "Priorities of interfaces (cgroup v1).",
		.absent = "none", .of = &priority),
};
static const struct table network = TABLE(network_fields, "network limit", "");

static const struct field rdma_fields[] = {
	AMOUNT("hcaHandles", "Handles.", UINT32_MAX),
	AMOUNT("hcaObjects", "Objects.", UINT32_MAX),
};
static const struct table rdma = TABLE(rdma_fields, "rdma limit", "");

static const struct field resources_fields[] = {
	FIELD(TABLES, "devices", NOWHERE, "Devices that may be used.", .absent = "the usual ones",
		.of = &device_rule),
	FIELD(TABLE, "memory", NOWHERE, "`limit`, `reservation`, `swap` and more.", .of = &memory),
	FIELD(TABLE, "cpu", NOWHERE, "`shares`, `quota`, `period`, `cpus` and more.", .of = &cpu),
	FIELD(TABLE, "pids", NOWHERE, "`limit`.", .of = &pids),
	FIELD(TABLE, "blockIO", NOWHERE, "`weight`, `throttleReadBpsDevice` and more.",
		.of = &block_io, .other_spelling = "blockio"),
	FIELD(TABLES, "hugepageLimits", NOWHERE, "`pageSize` and `limit`.", .of = &hugepage),
	FIELD(TABLE, "network", NOWHERE, "`classID`, `priorities`.", .of = &network),
	FIELD(TABLE_MAP, "rdma", NOWHERE, "`hcaHandles`, `hcaObjects` by device.",
		.flags = FIELD_OWN, .of = &rdma),
	FIELD(MAP, "unified", NOWHERE, "Files of cgroup v2 and their values.", .flags = FIELD_OWN),
};
const struct table resources_table = TABLE(resources_fields, "resource limit",
	"OCI's `linux.resources`, with OCI's names (runtime-spec, config-linux.md).");
