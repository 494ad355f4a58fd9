/* The keys below "linux" in config.json: carried out, or refused by name. */
#include "system-runtime/oci/spec.h"

static const struct field namespace_fields[] = {
	FIELD_NEEDED(struct namespace_spec, type, F_STR),
	FIELD(struct namespace_spec, path, F_STR),
};
static const struct table namespace_table = TABLE(struct namespace_spec, namespace_fields);

static const struct field mapping_fields[] = {
	FIELD(struct id_mapping, containerID, F_U32),
	FIELD(struct id_mapping, hostID, F_U32),
	FIELD(struct id_mapping, size, F_U32),
};
const struct table oci_mapping_table = TABLE(struct id_mapping, mapping_fields);

static const struct field device_fields[] = {
	FIELD_NEEDED(struct device_spec, path, F_STR),
	FIELD_NEEDED(struct device_spec, type, F_STR),
	FIELD(struct device_spec, major, F_INT),
	FIELD(struct device_spec, minor, F_INT),
	FIELD(struct device_spec, fileMode, F_INT),
	FIELD(struct device_spec, uid, F_U32),
	FIELD(struct device_spec, gid, F_U32),
};
static const struct table device_table = TABLE(struct device_spec, device_fields);

static const struct field rule_fields[] = {
	FIELD(struct device_rule, allow, F_BOOL),
	FIELD(struct device_rule, type, F_STR),
	FIELD(struct device_rule, access, F_STR),
	FIELD(struct device_rule, major, F_INT),
	FIELD(struct device_rule, minor, F_INT),
};
static const struct table rule_table = TABLE(struct device_rule, rule_fields);

static const struct field memory_fields[] = {
	FIELD(struct memory_spec, limit, F_INT),
	FIELD(struct memory_spec, reservation, F_INT),
	FIELD(struct memory_spec, swap, F_INT),
	FIELD_REFUSED("kernel", "cgroup v2 counts kernel memory in memory.limit"),
	FIELD_REFUSED("kernelTCP", "cgroup v2 counts kernel memory in memory.limit"),
	FIELD_REFUSED("swappiness", "cgroup v2 has no swappiness"),
	FIELD_REFUSED("disableOOMKiller", "cgroup v2 has no such switch"),
	FIELD_REFUSED("useHierarchy", "cgroup v2 always counts the whole tree"),
	FIELD(struct memory_spec, checkBeforeUpdate, F_BOOL),
};
static const struct table memory_table = TABLE(struct memory_spec, memory_fields);

static const struct field cpu_fields[] = {
	FIELD(struct cpu_spec, shares, F_INT),
	FIELD(struct cpu_spec, quota, F_INT),
	FIELD(struct cpu_spec, burst, F_INT),
	FIELD(struct cpu_spec, period, F_INT),
	FIELD(struct cpu_spec, idle, F_INT),
	FIELD(struct cpu_spec, cpus, F_STR),
	FIELD(struct cpu_spec, mems, F_STR),
	FIELD_REFUSED("realtimeRuntime", "cgroup v2 has no realtime budget"),
	FIELD_REFUSED("realtimePeriod", "cgroup v2 has no realtime budget"),
};
static const struct table cpu_table = TABLE(struct cpu_spec, cpu_fields);

static const struct field pids_fields[] = { FIELD(struct pids_spec, limit, F_INT) };
static const struct table pids_table = TABLE(struct pids_spec, pids_fields);

static const struct field throttle_fields[] = {
	FIELD(struct throttle_spec, major, F_INT),
	FIELD(struct throttle_spec, minor, F_INT),
	FIELD(struct throttle_spec, rate, F_INT),
};
static const struct table throttle_table = TABLE(struct throttle_spec, throttle_fields);

static const struct field weight_fields[] = {
	FIELD_NEEDED(struct weight_spec, major, F_INT),
	FIELD_NEEDED(struct weight_spec, minor, F_INT),
	FIELD(struct weight_spec, weight, F_INT),
	FIELD_REFUSED("leafWeight", "cgroup v2 has no leaf weights"),
};
static const struct table weight_table = TABLE(struct weight_spec, weight_fields);

static const struct field rdma_fields[] = {
	FIELD(struct rdma_spec, hcaHandles, F_INT),
	FIELD(struct rdma_spec, hcaObjects, F_INT),
};
static const struct table rdma_table = TABLE(struct rdma_spec, rdma_fields);

static const struct field block_io_fields[] = {
	FIELD(struct block_io_spec, weight, F_INT),
	FIELD_LONG(
		struct block_io_spec, KEY_READ_BPS, throttleReadBpsDevice, F_OBJV, throttle_table),
	FIELD_LONG(struct block_io_spec, KEY_WRITE_BPS, throttleWriteBpsDevice, F_OBJV,
		throttle_table),
	FIELD_LONG(struct block_io_spec, KEY_READ_IOPS, throttleReadIOPSDevice, F_OBJV,
		throttle_table),
	FIELD_LONG(struct block_io_spec, KEY_WRITE_IOPS, throttleWriteIOPSDevice, F_OBJV,
		throttle_table),
	FIELD_REFUSED("leafWeight", "cgroup v2 has no leaf weights"),
	FIELD_SUB(struct block_io_spec, weightDevice, F_OBJV, weight_table),
};
static const struct table block_io_table = TABLE(struct block_io_spec, block_io_fields);

static const struct field hugepage_fields[] = {
	FIELD_NEEDED(struct hugepage_spec, pageSize, F_STR),
	FIELD_NEEDED(struct hugepage_spec, limit, F_INT),
};
static const struct table hugepage_table = TABLE(struct hugepage_spec, hugepage_fields);

static const struct field resources_fields[] = {
	FIELD_SUB(struct resources_spec, devices, F_OBJV, rule_table),
	FIELD_SUB(struct resources_spec, memory, F_OBJ, memory_table),
	FIELD_SUB(struct resources_spec, cpu, F_OBJ, cpu_table),
	FIELD_SUB(struct resources_spec, pids, F_OBJ, pids_table),
	FIELD_SUB(struct resources_spec, blockIO, F_OBJ, block_io_table),
	FIELD_SUB(struct resources_spec, hugepageLimits, F_OBJV, hugepage_table),
	FIELD(struct resources_spec, unified, F_PAIRS),
	FIELD_REFUSED("network", "cgroup v2 has no net_cls and net_prio"),
	FIELD_SUB(struct resources_spec, rdma, F_MAP, rdma_table),
};
const struct table oci_resources_table = TABLE(struct resources_spec, resources_fields);

static const struct field personality_fields[] = {
	FIELD_NEEDED(struct personality_spec, domain, F_STR),
	FIELD(struct personality_spec, flags, F_STRV),
};
static const struct table personality_table = TABLE(struct personality_spec, personality_fields);

static const struct field time_offset_fields[] = {
	FIELD(struct time_offset, secs, F_INT),
	FIELD(struct time_offset, nanosecs, F_INT),
};
static const struct table time_offset_table = TABLE(struct time_offset, time_offset_fields);

static const struct field time_offsets_fields[] = {
	FIELD_SUB(struct time_offsets_spec, monotonic, F_OBJ, time_offset_table),
	FIELD_SUB(struct time_offsets_spec, boottime, F_OBJ, time_offset_table),
};
static const struct table time_offsets_table = TABLE(struct time_offsets_spec, time_offsets_fields);

static const struct field memory_policy_fields[] = {
	FIELD_NEEDED(struct memory_policy_spec, mode, F_STR),
	FIELD(struct memory_policy_spec, nodes, F_STR),
	FIELD(struct memory_policy_spec, flags, F_STRV),
};
static const struct table memory_policy_table = TABLE(
	struct memory_policy_spec, memory_policy_fields);

static const struct field net_device_fields[] = { FIELD(struct net_device_spec, name, F_STR) };
static const struct table net_device_table = TABLE(struct net_device_spec, net_device_fields);

static const struct field rdt_fields[] = {
	FIELD(struct rdt_spec, closID, F_STR),
	FIELD(struct rdt_spec, l3CacheSchema, F_STR),
	FIELD(struct rdt_spec, memBwSchema, F_STR),
	FIELD(struct rdt_spec, schemata, F_STRV),
	FIELD(struct rdt_spec, enableMonitoring, F_BOOL),
	FIELD_REFUSED("enableCMT", "enableMonitoring has taken its place"),
	FIELD_REFUSED("enableMBM", "enableMonitoring has taken its place"),
};
const struct table oci_rdt_table = TABLE(struct rdt_spec, rdt_fields);

static const struct field linux_fields[] = {
	FIELD_SUB(struct linux_spec, namespaces, F_OBJV, namespace_table),
	FIELD_SUB(struct linux_spec, uidMappings, F_OBJV, oci_mapping_table),
	FIELD_SUB(struct linux_spec, gidMappings, F_OBJV, oci_mapping_table),
	FIELD_SUB(struct linux_spec, devices, F_OBJV, device_table),
	FIELD(struct linux_spec, cgroupsPath, F_STR),
	FIELD_SUB(struct linux_spec, resources, F_OBJ, oci_resources_table),
	FIELD(struct linux_spec, sysctl, F_PAIRS),
	FIELD(struct linux_spec, maskedPaths, F_STRV),
	FIELD(struct linux_spec, readonlyPaths, F_STRV),
	FIELD(struct linux_spec, rootfsPropagation, F_STR),
	FIELD_SUB(struct linux_spec, seccomp, F_OBJ, seccomp_table),
	FIELD(struct linux_spec, mountLabel, F_STR),
	FIELD_SUB(struct linux_spec, personality, F_OBJ, personality_table),
	FIELD_SUB(struct linux_spec, timeOffsets, F_OBJ, time_offsets_table),
	FIELD_SUB(struct linux_spec, intelRdt, F_OBJ, oci_rdt_table),
	FIELD_SUB(struct linux_spec, netDevices, F_MAP, net_device_table),
	FIELD_SUB(struct linux_spec, memoryPolicy, F_OBJ, memory_policy_table),
};
const struct table linux_table = TABLE(struct linux_spec, linux_fields);
