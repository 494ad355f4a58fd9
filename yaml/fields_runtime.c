/* The parts that containers' keys are made of. */
#include "yaml/check.h"
#include "yaml/fields.h"

#include <stddef.h>

#define MOUNT(m) offsetof(struct y_mount, m)
static const struct field mount_fields[] = {
	FIELD(STR, "destination", MOUNT(destination), "Where it is mounted.",
		.absent = "the usual place of its type", .form = &form_path),
	FIELD(STR, "type", MOUNT(type), "A filesystem, or `bind`.",
		.absent =
			"the source, if it is one of `proc`, `devpts`, `sysfs`, `cgroup`, `mqueue`"),
	FIELD(STR, "source", MOUNT(source), "A device, path, or (for `bind`) volume.",
		.absent = "the type"),
	FIELD(STRS, "options", MOUNT(options), "Mount options.", .absent = "none",
		.form = &form_mount_option),
	FIELD(TABLES, "uidMappings", MOUNT(uid_mappings), "User ids of an id-mapped mount.",
		.flags = FIELD_SET, .of = &id_mapping_table, .other_spelling = "uidmappings"),
	FIELD(TABLES, "gidMappings", MOUNT(gid_mappings), "Group ids of an id-mapped mount.",
		.flags = FIELD_SET, .of = &id_mapping_table, .other_spelling = "gidmappings"),
};
const struct table mount_table = {
	.name = "mount",
	.called = "a mount",
	.doc = "One mount, as in OCI's `mounts`.",
	FIELDS(mount_fields),
	.size = sizeof(struct y_mount),
	.pos_at = MOUNT(at),
	.set_at = NOWHERE,
	.check = check_mount,
};

#define DEVICE(m) offsetof(struct y_device, m)
static const struct field device_fields[] = {
	FIELD(STR, "path", DEVICE(path),
		"The node, as in `/dev/kvm`; `all`: no node, leave to use every device of the type.",
		.flags = FIELD_REQUIRED, .form = &form_path),
	FIELD(STR, "type", DEVICE(type),
		"`b` (block), `c` or `u` (character), `p` (pipe); with `all` also `a`.",
		.flags = FIELD_REQUIRED, .form = &form_device_type),
	FIELD(INT, "major", DEVICE(major), "The major number.", .absent = "0", .min = 0,
		.max = 4095),
	FIELD(INT, "minor", DEVICE(minor), "The minor number.", .absent = "0", .min = 0,
		.max = 1048575),
	FIELD(STR, "mode", DEVICE(mode), "Permissions: an octal number in quotes.",
		.absent = "required, but for `all`", .form = &form_mode),
};
const struct table device_table = {
	.name = "device",
	.called = "a device",
	.doc = "One device node.",
	FIELDS(device_fields),
	.size = sizeof(struct y_device),
	.pos_at = DEVICE(at),
	.set_at = NOWHERE,
	.check = check_device,
};

#define ID_MAPPING(m) offsetof(struct y_id_mapping, m)
static const struct field id_mapping_fields[] = {
	FIELD(INT, "containerID", ID_MAPPING(container_id), "The first id in the container.",
		.absent = "0", .min = 0, .max = UINT32_MAX),
	FIELD(INT, "hostID", ID_MAPPING(host_id), "The first id outside.", .absent = "0", .min = 0,
		.max = UINT32_MAX),
	FIELD(INT, "size", ID_MAPPING(size), "How many.", .flags = FIELD_REQUIRED, .min = 1,
		.max = UINT32_MAX),
};
const struct table id_mapping_table = {
	.name = "id mapping",
	.called = "an id mapping",
	.doc = "A range of ids.",
	FIELDS(id_mapping_fields),
	.size = sizeof(struct y_id_mapping),
	.pos_at = ID_MAPPING(at),
	.set_at = NOWHERE,
};

#define INTERFACE(m) offsetof(struct y_interface, m)
static const struct field interface_fields[] = {
	FIELD(STR, "name", INTERFACE(name),
		"Its name; alone, an interface that there is moves into the container.",
		.flags = FIELD_REQUIRED, .form = &form_interface),
	FIELD(STR, "add", INTERFACE(add), "The type of an interface to make, as in `veth`.",
		.absent = "none is made"),
	FIELD(STR, "peer", INTERFACE(peer), "The other end's name; makes a `veth`.",
		.absent = "none", .form = &form_interface),
	FIELD(BOOL, "createInRoot", INTERFACE(create_in_root), "Make it outside, then move it.",
		.absent = "`false`"),
};
const struct table interface_table = {
	.name = "interface",
	.called = "an interface",
	.doc = "One network interface of a container with a network of its own.",
	FIELDS(interface_fields),
	.size = sizeof(struct y_interface),
	.pos_at = INTERFACE(at),
	.set_at = NOWHERE,
};

#define RUNTIME(m) offsetof(struct runtime_options, m)
#define BIND_NS(key, m)                                                             \
	FIELD(STR, key, RUNTIME(m), "Where the " key " namespace is bind-mounted.", \
		.absent = "nowhere", .form = &form_path)
static const struct field bind_ns_fields[] = {
	BIND_NS("cgroup", bind_cgroup),
	BIND_NS("ipc", bind_ipc),
	BIND_NS("mnt", bind_mnt),
	BIND_NS("net", bind_net),
	BIND_NS("pid", bind_pid),
	BIND_NS("user", bind_user),
	BIND_NS("uts", bind_uts),
};
const struct table bind_ns_table = {
	.name = "bindNS",
	.called = "bindNS",
	.doc = "Paths that keep a container's namespaces for others.",
	FIELDS(bind_ns_fields),
	.size = sizeof(struct runtime_options), /* its fields stand in runtime's struct */
	.pos_at = NOWHERE,
	.set_at = NOWHERE,
};

static const struct field runtime_fields[] = {
	FIELD(STRS, "cgroups", RUNTIME(cgroups), "Control groups that are made first.",
		.absent = "none", .form = &form_path),
	FIELD(TABLES, "mounts", RUNTIME(mounts),
		"Mounts outside the container; a relative destination is under its root.",
		.absent = "none", .flags = FIELD_SET, .of = &mount_table),
	FIELD(STRS, "mkdir", RUNTIME(mkdir),
		"Folders that are made after the mounts; relative ones under its root.",
		.absent = "none", .form = &form_path),
	FIELD(TABLES, "interfaces", RUNTIME(interfaces), "Network interfaces.", .absent = "none",
		.flags = FIELD_SET, .of = &interface_table),
	FIELD(TABLE, "bindNS", 0, "Where its namespaces are bind-mounted.", .absent = "nowhere",
		.of = &bind_ns_table),
	FIELD(STR, "namespace", RUNTIME(namespace), "A containerd namespace.",
		.absent = "`services.linuxkit`", .form = &form_runtime_namespace),
};
const struct table runtime_table = {
	.name = "runtime",
	.called = "runtime",
	.doc = "What the system prepares around a container. It is no part of OCI.",
	FIELDS(runtime_fields),
	.size = sizeof(struct runtime_options),
	.pos_at = RUNTIME(at),
	.set_at = RUNTIME(set),
};
