/* Every key of config.json that this version knows: carried out, or refused by name. */
#include "system-runtime/oci/spec.h"

static const struct field console_fields[] = {
	FIELD(struct console_size, width, F_U32),
	FIELD(struct console_size, height, F_U32),
};
static const struct table console_table = TABLE(struct console_size, console_fields);

static const struct field user_fields[] = {
	FIELD(struct user_spec, uid, F_U32),
	FIELD(struct user_spec, gid, F_U32),
	FIELD(struct user_spec, umask, F_INT),
	FIELD(struct user_spec, additionalGids, F_U32V),
};
static const struct table user_table = TABLE(struct user_spec, user_fields);

static const struct field caps_fields[] = {
	FIELD(struct caps_spec, bounding, F_STRV),
	FIELD(struct caps_spec, effective, F_STRV),
	FIELD(struct caps_spec, inheritable, F_STRV),
	FIELD(struct caps_spec, permitted, F_STRV),
	FIELD(struct caps_spec, ambient, F_STRV),
};
static const struct table caps_table = TABLE(struct caps_spec, caps_fields);

static const struct field rlimit_fields[] = {
	FIELD_NEEDED(struct rlimit_spec, type, F_STR),
	FIELD_NEEDED(struct rlimit_spec, soft, F_U64),
	FIELD_NEEDED(struct rlimit_spec, hard, F_U64),
};
static const struct table rlimit_table = TABLE(struct rlimit_spec, rlimit_fields);

static const struct field scheduler_fields[] = {
	FIELD_NEEDED(struct scheduler_spec, policy, F_STR),
	FIELD(struct scheduler_spec, nice, F_INT),
	FIELD(struct scheduler_spec, priority, F_INT),
	FIELD(struct scheduler_spec, flags, F_STRV),
	FIELD(struct scheduler_spec, runtime, F_U64),
	FIELD(struct scheduler_spec, deadline, F_U64),
	FIELD(struct scheduler_spec, period, F_U64),
};
static const struct table scheduler_table = TABLE(struct scheduler_spec, scheduler_fields);

static const struct field io_priority_fields[] = {
	{ .key = "class",
		.kind = F_STR,
		.required = true,
		.offset = offsetof(struct io_priority_spec, class_) },
	FIELD(struct io_priority_spec, priority, F_INT),
};
static const struct table io_priority_table = TABLE(struct io_priority_spec, io_priority_fields);

static const struct field affinity_fields[] = {
	FIELD(struct affinity_spec, initial, F_STR),
	FIELD(struct affinity_spec, final, F_STR),
};
static const struct table affinity_table = TABLE(struct affinity_spec, affinity_fields);

static const struct field process_fields[] = {
	FIELD(struct process_spec, args, F_STRV),
	FIELD(struct process_spec, env, F_STRV),
	FIELD_NEEDED(struct process_spec, cwd, F_STR),
	FIELD_SUB(struct process_spec, user, F_OBJ, user_table),
	FIELD_SUB(struct process_spec, capabilities, F_OBJ, caps_table),
	FIELD_SUB(struct process_spec, rlimits, F_OBJV, rlimit_table),
	FIELD(struct process_spec, terminal, F_BOOL),
	FIELD(struct process_spec, noNewPrivileges, F_BOOL),
	FIELD_SUB(struct process_spec, consoleSize, F_OBJ, console_table),
	FIELD(struct process_spec, oomScoreAdj, F_INT),
	FIELD(struct process_spec, apparmorProfile, F_STR),
	FIELD(struct process_spec, selinuxLabel, F_STR),
	FIELD_SUB(struct process_spec, scheduler, F_OBJ, scheduler_table),
	FIELD_SUB(struct process_spec, ioPriority, F_OBJ, io_priority_table),
	FIELD_SUB(struct process_spec, execCPUAffinity, F_OBJ, affinity_table),
};
const struct table process_table = TABLE(struct process_spec, process_fields);

static const struct field root_fields[] = {
	FIELD_NEEDED(struct root_spec, path, F_STR),
	FIELD(struct root_spec, readonly, F_BOOL),
};
static const struct table root_table = TABLE(struct root_spec, root_fields);

static const struct field mount_fields[] = {
	FIELD_NEEDED(struct mount_spec, destination, F_STR),
	FIELD(struct mount_spec, type, F_STR),
	FIELD(struct mount_spec, source, F_STR),
	FIELD(struct mount_spec, options, F_STRV),
	FIELD_SUB(struct mount_spec, uidMappings, F_OBJV, oci_mapping_table),
	FIELD_SUB(struct mount_spec, gidMappings, F_OBJV, oci_mapping_table),
};
const struct table oci_mount_table = TABLE(struct mount_spec, mount_fields);

static const struct field hook_fields[] = {
	FIELD_NEEDED(struct hook_spec, path, F_STR),
	FIELD(struct hook_spec, args, F_STRV),
	FIELD(struct hook_spec, env, F_STRV),
	FIELD(struct hook_spec, timeout, F_INT),
};
static const struct table hook_table = TABLE(struct hook_spec, hook_fields);

static const struct field hooks_fields[] = {
	FIELD_SUB(struct hooks_spec, prestart, F_OBJV, hook_table),
	FIELD_SUB(struct hooks_spec, createRuntime, F_OBJV, hook_table),
	FIELD_SUB(struct hooks_spec, createContainer, F_OBJV, hook_table),
	FIELD_SUB(struct hooks_spec, startContainer, F_OBJV, hook_table),
	FIELD_SUB(struct hooks_spec, poststart, F_OBJV, hook_table),
	FIELD_SUB(struct hooks_spec, poststop, F_OBJV, hook_table),
};
const struct table hooks_table = TABLE(struct hooks_spec, hooks_fields);

static const struct field spec_fields[] = {
	FIELD_NEEDED(struct spec, ociVersion, F_STR),
	FIELD(struct spec, hostname, F_STR),
	FIELD(struct spec, domainname, F_STR),
	FIELD_SUB(struct spec, process, F_OBJ, process_table),
	FIELD_SUB(struct spec, root, F_OBJ, root_table),
	FIELD_SUB(struct spec, mounts, F_OBJV, oci_mount_table),
	FIELD(struct spec, annotations, F_PAIRS),
	{ .key = "linux",
		.kind = F_OBJ,
		.offset = offsetof(struct spec, linux_),
		.sub = &linux_table },
	FIELD_SUB(struct spec, hooks, F_OBJ, hooks_table),
};
const struct table spec_table = TABLE(struct spec, spec_fields);
