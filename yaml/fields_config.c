/* The top of the file, and the sections that are no containers. LINUXKIT.md's order. */
#include "yaml/check.h"
#include "yaml/fields.h"

#include <stddef.h>

#define KERNEL(m) offsetof(struct kernel_item, m)
static const struct field kernel_fields[] = {
	FIELD(STR, "image", KERNEL(image), "The kernel's image.", .absent = "no kernel",
		.form = &form_image),
	FIELD(STR, "cmdline", KERNEL(cmdline), "The kernel's command line.", .absent = "empty",
		.form = &form_cmdline),
	FIELD(STR, "binary", KERNEL(binary), "The kernel's file in the image.",
		.absent = "`kernel`", .form = &form_path),
	FIELD(STR, "tar", KERNEL(tar),
		"The tar in the image that is unpacked at `/`, with the modules; `none`: nothing.",
		.absent = "`kernel.tar`", .form = &form_path),
	FIELD(STR, "ucode", KERNEL(ucode), "A cpio in the image with CPU microcode.",
		.absent = "none", .form = &form_path),
};
const struct table kernel_table = {
	.name = "kernel",
	.called = "the kernel",
	.doc = "The kernel. Other files of its image are left out.",
	FIELDS(kernel_fields),
	.size = sizeof(struct kernel_item),
	.pos_at = KERNEL(at),
	.set_at = KERNEL(set),
	.check = check_kernel,
};

#define VOLUME(m) offsetof(struct volume_item, m)
static const struct field volume_fields[] = {
	FIELD(STR, "name", VOLUME(name),
		"Binds use it as their source. Lower-case letters, digits, `_`, `-`.",
		.flags = FIELD_REQUIRED, .form = &form_volume_name),
	FIELD(STR, "image", VOLUME(image), "The image whose files are in the volume.",
		.absent = "an empty volume", .form = &form_image),
	FIELD(BOOL, "readonly", VOLUME(readonly), "Containers may only read it: binds need `ro`.",
		.absent = "`false`"),
	FIELD(STR, "format", VOLUME(format),
		"`filesystem`: the files of the image; `oci`: the image itself, as an OCI layout.",
		.absent = "`filesystem`", .form = &form_volume_format),
	FIELD(STRS, "platforms", VOLUME(platforms),
		"The platforms of an `oci` volume, as in `linux/amd64`.",
		.absent = "the platform of the image", .form = &form_platform),
	FIELD(STR, "override", NOWHERE,
		"What this does to the volume of the same name in an included or earlier file: `merge` replaces the keys given here, `replace` all of it, `remove` takes it away.",
		.flags = FIELD_OWN, .form = &form_override),
};
const struct table volume_table = {
	.name = "volume",
	.called = "a volume",
	.doc = "Files that containers share, under a name.",
	FIELDS(volume_fields),
	.size = sizeof(struct volume_item),
	.pos_at = VOLUME(at),
	.set_at = NOWHERE,
	.check = check_volume,
};

#define FILE_AT(m) offsetof(struct file_item, m)
static const struct field file_fields[] = {
	FIELD(STR, "path", FILE_AT(path),
		"Where it is, from the root of the system. Folders above it are made.",
		.flags = FIELD_REQUIRED, .form = &form_file_path),
	FIELD(BOOL, "directory", FILE_AT(directory), "Makes a folder.", .absent = "`false`"),
	FIELD(STR, "symlink", FILE_AT(symlink), "Makes a symbolic link to this."),
	FIELD(STR, "contents", FILE_AT(contents), "Makes a file that contains this text."),
	FIELD(STR, "source", FILE_AT(source),
		"Makes a file with the contents of this one, which is on the building machine. `~/` is the home folder."),
	FIELD(STR, "metadata", FILE_AT(metadata),
		"Makes a file that contains this config, as `json` or `yaml`.",
		.form = &form_metadata),
	FIELD(BOOL, "optional", FILE_AT(optional), "Leaves the file out when `source` is missing.",
		.absent = "`false`"),
	FIELD(STR, "mode", FILE_AT(mode), "Permissions: an octal number in quotes.",
		.absent = "`\"0600\"`, folders `\"0700\"`", .form = &form_mode),
	FIELD(ID, "uid", FILE_AT(uid), "The owner: a number, or the name of a container.",
		.absent = "0"),
	FIELD(ID, "gid", FILE_AT(gid), "The group: a number, or the name of a container.",
		.absent = "0"),
	FIELD(STR, "override", NOWHERE,
		"What this does to the file of the same path in an included or earlier file: `merge` replaces the keys given here, `replace` all of it, `remove` takes it away.",
		.flags = FIELD_OWN, .form = &form_override),
};
const struct table file_table = {
	.name = "file",
	.called = "a file",
	.doc = "One file of the root filesystem: exactly one of `contents`, `source`, `symlink`, `metadata` and `directory: true`.",
	FIELDS(file_fields),
	.size = sizeof(struct file_item),
	.pos_at = FILE_AT(at),
	.set_at = NOWHERE,
	.check = check_file,
};

static const struct field trust_fields[] = {
	FIELD(STRS, "image", NOWHERE, "Ignored."),
	FIELD(STRS, "org", NOWHERE, "Ignored."),
};
const struct table trust_table = {
	.name = "trust",
	.called = "trust",
	.doc = "What old LinuxKit files say about image signatures. It does nothing.",
	FIELDS(trust_fields),
	.pos_at = NOWHERE,
	.set_at = NOWHERE,
};

#define CONFIG(m) offsetof(struct config, m)
static const struct field config_fields[] = {
	FIELD(INT, "slipway", CONFIG(slipway),
		"`1` asks for Slipway's secure defaults and strict checks.",
		.absent = "LinuxKit's defaults", .flags = FIELD_OWN, .min = 1, .max = 1),
	FIELD(STRS, "include", NOWHERE,
		"Files that this one adds to, in this order; paths start at its folder. See [composing](../compose.md).",
		.absent = "none", .flags = FIELD_OWN, .form = &form_include),
	FIELD(STR, "arch", CONFIG(arch), "The machine that boots the image.",
		.absent = "the building machine's", .flags = FIELD_OWN, .form = &form_arch),
	FIELD(TABLE, "kernel", CONFIG(kernel), "The kernel and its command line.",
		.absent = "no kernel", .of = &kernel_table),
	FIELD(STRS, "init", CONFIG(init),
		"Images that are unpacked at `/`, in this order. Here and wherever an image is named, `\"@pkg:FOLDER\"` is the package in that folder, which counts from the folder of the file.",
		.absent = "nothing", .form = &form_image),
	FIELD(TABLES, "onboot", CONFIG(onboot),
		"Containers that run one after the other, before the services.", .of = &item_table,
		.item = "onboot"),
	FIELD(TABLES, "onshutdown", CONFIG(onshutdown),
		"Containers that run one after the other, before the machine goes down.",
		.of = &item_table, .item = "onshutdown"),
	FIELD(TABLES, "services", CONFIG(services),
		"Containers that run until the machine goes down.", .of = &item_table,
		.item = "service"),
	FIELD(TABLES, "volumes", CONFIG(volumes), "Files that containers share.",
		.of = &volume_table),
	FIELD(TABLES, "files", CONFIG(files), "Files of the root filesystem.", .of = &file_table),
	FIELD(STRS, "modules", CONFIG(modules),
		"Kernel modules beyond those that the kernel's image gives by itself.",
		.absent = "none", .flags = FIELD_OWN, .form = &form_module),
	FIELD(TABLE, "defaults", CONFIG(defaults), "What holds for all services.",
		.absent = "nothing", .flags = FIELD_OWN, .of = &defaults_table),
	FIELD(TABLE, "disk", CONFIG(disk), "The partitions of disk images.",
		.absent = "as the format has them", .flags = FIELD_OWN, .of = &disk_table),
	FIELD(TABLE, "sign", CONFIG(sign), "Whose signature the image gets.", .absent = "nobody's",
		.flags = FIELD_OWN, .of = &sign_table),
	FIELD(TABLES, "verify", CONFIG(verify), "Whose signatures images must have.",
		.absent = "nobody's", .flags = FIELD_OWN, .of = &verify_table),
	FIELD(TABLE, "trust", NOWHERE,
		"Ignored, as LinuxKit does; `verify` and the lock do what it was for.",
		.flags = FIELD_IGNORED, .of = &trust_table),
};
const struct table config_table = {
	.name = "config",
	.called = "the top of the file",
	.doc = "The top of the file.",
	FIELDS(config_fields),
	.size = sizeof(struct config),
	.pos_at = NOWHERE,
	.set_at = NOWHERE,
};

const struct table *const documented_tables[] = { &config_table, &kernel_table, &item_table,
	&options_table, &service_table, &restart_table, &ready_table, &health_table, &stop_table,
	&limits_table, &io_table, &log_table, &landlock_table, &runtime_table, &bind_ns_table,
	&interface_table, &mount_table, &device_table, &id_mapping_table, &volume_table,
	&file_table, &defaults_table, &disk_table, &data_table, &sign_table, &verify_table,
	&trust_table, &resources_table, NULL };
