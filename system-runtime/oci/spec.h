/*
 * config.json of a bundle: OCI runtime specification 1.2, Linux. The structs hold what the file
 * says; oci/check.c has looked at every value that a later step relies on.
 */
#ifndef RT_OCI_SPEC_H
#define RT_OCI_SPEC_H

#include "system-runtime/json/decode.h"

/* A set of capabilities: bit N is capability N (linux/capability.h). */
typedef uint64_t cap_set;

struct rlimit_spec {
	const char *type;
	uint64_t soft, hard; /* ~0: unlimited */
	int resource;	     /* RLIMIT_* of type, by check */
};

struct caps_spec {
	struct strv bounding, effective, inheritable, permitted, ambient;
	/* The same as sets, by check. */
	cap_set set_bounding, set_effective, set_inheritable, set_permitted, set_ambient;
};

struct console_size {
	uint32_t width, height;
};

struct user_spec {
	uint32_t uid, gid;
	struct opt_int umask;
	VEC(uint32_t) additionalGids;
};

struct scheduler_spec {
	const char *policy;
	struct opt_int nice, priority;
	struct strv flags;
	uint64_t runtime, deadline, period;
	uint32_t number;    /* SCHED_*, by check */
	uint64_t flag_bits; /* SCHED_FLAG_*, by check */
};

struct io_priority_spec {
	const char *class_;
	struct opt_int priority;
	int value; /* of ioprio_set(2), by check */
};

/* Lists of CPUs: "0-3,7". */
struct affinity_spec {
	const char *initial, *final;
};

struct process_spec {
	struct strv args, env;
	const char *cwd;
	struct user_spec *user;
	struct caps_spec *capabilities;
	VEC(struct rlimit_spec) rlimits;
	bool terminal, noNewPrivileges;
	bool absent; /* by check: the config has none, and only create can do without */
	struct console_size *consoleSize;
	struct opt_int oomScoreAdj;
	const char *apparmorProfile, *selinuxLabel;
	struct scheduler_spec *scheduler;
	struct io_priority_spec *ioPriority;
	struct affinity_spec *execCPUAffinity;
};

struct root_spec {
	const char *path;
	bool readonly;
};

struct id_mapping {
	uint32_t containerID, hostID, size;
};

enum mount_source { MOUNT_FS, MOUNT_BIND, MOUNT_REMOUNT }; /* the last: what is there is changed */

struct mount_spec {
	const char *destination, *type, *source;
	struct strv options;
	VEC(struct id_mapping) uidMappings, gidMappings;
	/* By check, out of the options: */
	enum mount_source from;
	bool recursive;			       /* rbind */
	uint64_t attr_set, attr_clear;	       /* MOUNT_ATTR_* of this mount alone */
	uint64_t rec_attr_set, rec_attr_clear; /* of the whole tree below it */
	uint64_t propagation;		       /* MS_SHARED and so on, 0: as it comes */
	bool propagation_recursive;
	bool idmap, idmap_recursive;
	bool by_creator;  /* its source may be closed to the root of a user namespace */
	bool copy_up;	  /* a new tmpfs starts with what the image has at its place */
	struct strv data; /* what remains: options of the filesystem, "key" or "key=value" */
};

struct namespace_spec {
	const char *type, *path;
	uint64_t flag; /* CLONE_NEW*, by check */
};

struct device_spec {
	const char *path, *type;
	struct opt_int major, minor, fileMode;
	uint32_t uid, gid;
};

struct device_rule {
	bool allow;
	const char *type, *access;
	struct opt_int major, minor;
};

struct memory_spec {
	struct opt_int limit, reservation, swap;
	bool checkBeforeUpdate;
};

struct cpu_spec {
	struct opt_int shares, quota, burst, period, idle;
	const char *cpus, *mems;
};

struct pids_spec {
	struct opt_int limit;
};

struct throttle_spec {
	struct opt_int major, minor, rate;
};

struct weight_spec {
	struct opt_int major, minor, weight;
};

struct block_io_spec {
	struct opt_int weight;
	VEC(struct weight_spec) weightDevice;
	VEC(struct throttle_spec)
	throttleReadBpsDevice, throttleWriteBpsDevice, throttleReadIOPSDevice,
		throttleWriteIOPSDevice;
};

struct hugepage_spec {
	const char *pageSize;
	struct opt_int limit;
};

struct rdma_spec {
	const char *device;
	struct opt_int hcaHandles, hcaObjects;
};

struct resources_spec {
	VEC(struct device_rule) devices;
	struct memory_spec *memory;
	struct cpu_spec *cpu;
	struct pids_spec *pids;
	struct block_io_spec *blockIO;
	VEC(struct hugepage_spec) hugepageLimits;
	pair_vec unified;
	VEC(struct rdma_spec) rdma;
};

struct seccomp_arg {
	uint32_t index;
	uint64_t value, valueTwo;
	const char *op;
	int compare; /* enum scmp_compare, by check */
};

struct seccomp_rule {
	struct strv names;
	const char *action;
	struct opt_int errnoRet;
	VEC(struct seccomp_arg) args;
	uint32_t ret; /* SECCOMP_RET_* with its data, by check */
};

struct seccomp_spec {
	const char *defaultAction;
	struct opt_int defaultErrnoRet;
	struct strv architectures, flags;
	const char *listenerPath, *listenerMetadata;
	VEC(struct seccomp_rule) syscalls;
	/* By check: */
	uint32_t default_ret;
	uint32_t arch[4];      /* AUDIT_ARCH_* and the like, beyond the native one; 0 ends */
	uint32_t filter_flags; /* SECCOMP_FILTER_FLAG_* */
	bool notifies;
};

struct memory_policy_spec {
	const char *mode, *nodes;
	struct strv flags;
	int number; /* of set_mempolicy(2) with its flags, by check */
};

struct net_device_spec {
	const char *host, *name; /* name: NULL keeps the host's */
};

struct rdt_spec {
	const char *closID, *l3CacheSchema, *memBwSchema;
	struct strv schemata;
	bool enableMonitoring;
};

struct personality_spec {
	const char *domain;
	struct strv flags;
	unsigned long value; /* of personality(2), by check */
};

struct time_offset {
	struct opt_int secs, nanosecs;
};

struct time_offsets_spec {
	struct time_offset *monotonic, *boottime;
};

struct hook_spec {
	const char *path;
	struct strv args, env;
	struct opt_int timeout;
};
typedef VEC(struct hook_spec) hook_vec;

struct hooks_spec {
	hook_vec prestart, createRuntime, createContainer, startContainer, poststart, poststop;
};

struct linux_spec {
	VEC(struct namespace_spec) namespaces;
	VEC(struct id_mapping) uidMappings, gidMappings;
	VEC(struct device_spec) devices;
	const char *cgroupsPath;
	struct resources_spec *resources;
	struct seccomp_spec *seccomp;
	pair_vec sysctl;
	struct strv maskedPaths, readonlyPaths;
	const char *rootfsPropagation, *mountLabel;
	struct personality_spec *personality;
	struct time_offsets_spec *timeOffsets;
	struct memory_policy_spec *memoryPolicy;
	VEC(struct net_device_spec) netDevices;
	struct rdt_spec *intelRdt;
	/* By check: */
	uint64_t root_propagation; /* MS_*, 0: private */
	bool root_propagation_recursive;
	uint64_t new_namespaces; /* CLONE_NEW* to make */
	bool joins;		 /* some namespace has a path */
};

struct spec {
	const char *ociVersion, *hostname, *domainname;
	struct process_spec *process;
	struct root_spec *root;
	VEC(struct mount_spec) mounts;
	pair_vec annotations;
	struct hooks_spec *hooks;
	struct linux_spec *linux_; /* never NULL after check */
};

/* The newest that is carried out, but for what is refused by name. */
#define OCI_VERSION "1.2.1"

extern const struct table spec_table, process_table, linux_table, oci_resources_table,
	seccomp_table, hooks_table, oci_mount_table, oci_mapping_table, oci_rdt_table;

/* Reads config.json in the folder bundle and checks it. On success *m holds the spec. */
CHECK int spec_load(struct mem *m, int bundle, struct spec *out, struct rt_error *e);
/* The same from a file of any name; NULL: config.json. */
CHECK int spec_load_from(
	struct mem *m, int bundle, const char *file, struct spec *out, struct rt_error *e);
/* Looks at every value and fills what is marked "by check". */
CHECK int spec_check(struct mem *m, struct spec *s, struct rt_error *e);
CHECK int process_check(
	struct mem *m, struct process_spec *p, const char *where, struct rt_error *e);
CHECK int policy_check(struct process_spec *p, const char *where, struct rt_error *e);
CHECK int linux_check(struct spec *s, struct rt_error *e);
CHECK int rdt_check(struct rdt_spec *r, struct rt_error *e);
CHECK int seccomp_check(struct seccomp_spec *s, struct rt_error *e);
CHECK int mount_options(struct mem *m, struct mount_spec *t, const char *where, struct rt_error *e);

/* NULL when there is none. */
const char *annotation(const struct spec *s, const char *key);
const struct namespace_spec *namespace_of(const struct spec *s, uint64_t flag);

/* Names to numbers; -1 for an unknown name. Signals: "TERM", "SIGTERM", "15", "RTMIN+3". */
int cap_number(const char *name);
int rlimit_number(const char *name);
int signal_number(const char *name);
/* "0-3,7" into *set (of sched_setaffinity(2)); false when it is no such list. */
bool cpu_list(const char *text, unsigned long *set, size_t words);

#endif
