/*
 * The image config: what a YAML file says, typed, every value with its place. One table of fields
 * (yaml/fields.h) drives parsing, checking, the schema and the reference page. The same struct
 * image_options is read from an image's label org.mobyproject.config.
 */
#ifndef YAML_CONFIG_H
#define YAML_CONFIG_H

#include "yaml/config_service.h"
#include "yaml/config_values.h"

struct y_id_mapping {
	struct y_int container_id, host_id, size;
	struct pos at;
};
struct y_id_mappings {
	struct y_id_mapping *items;
	size_t len;
	bool set;
	struct pos at;
};

struct y_mount {
	struct y_str destination, type, source;
	struct y_list options;
	struct y_id_mappings uid_mappings, gid_mappings;
	struct pos at;
};
struct y_mounts {
	struct y_mount *items;
	size_t len;
	bool set;
	struct pos at;
};

struct y_device {
	struct y_str path, type, mode;
	struct y_int major, minor;
	struct pos at;
};
struct y_devices {
	struct y_device *items;
	size_t len;
	bool set;
	struct pos at;
};

struct y_interface {
	struct y_str name, add, peer;
	struct y_bool create_in_root;
	struct pos at;
};
struct y_interfaces {
	struct y_interface *items;
	size_t len;
	bool set;
	struct pos at;
};

/* LINUXKIT.md "runtime (per image)". */
struct runtime_options {
	struct y_list cgroups, mkdir;
	struct y_mounts mounts;
	struct y_interfaces interfaces;
	struct y_str bind_cgroup, bind_ipc, bind_mnt, bind_net, bind_pid, bind_user, bind_uts;
	struct y_str namespace;
	bool set;
	struct pos at;
};

/* OCI LinuxResources is passed through as checked nodes: OCI's names, in OCI's case. */
struct y_resources {
	struct yaml_node *node; /* NULL when absent; a map */
	struct pos at;
};

/* Everything that an item of onboot/services/onshutdown and an image's label can say. */
struct image_options {
	struct y_list capabilities, capabilities_add, ambient;
	struct y_mounts mounts;
	struct y_list binds, binds_add, tmpfs;
	struct y_devices devices;
	struct y_list command, env;
	struct y_str cwd, net, ipc, uts, pid, userns, hostname;
	struct y_bool readonly, no_new_privileges;
	struct y_list masked_paths, readonly_paths;
	struct y_id uid, gid;
	struct y_ids additional_gids;
	struct y_int oom_score_adj;
	struct y_str rootfs_propagation, cgroups_path;
	struct y_resources resources;
	struct y_map sysctl, annotations;
	struct y_list rlimits;
	struct y_id_mappings uid_mappings, gid_mappings;
	struct runtime_options runtime;
	/* Slipway's own. */
	struct y_str cgroupns; /* new | host */
	struct service_options service;
};

struct image_item {
	struct y_str name, image;
	struct image_options options;
	struct pos at;
};
struct image_items {
	struct image_item *items;
	size_t len;
};

struct volume_item {
	struct y_str name, image, format;
	struct y_bool readonly;
	struct y_list platforms;
	struct pos at;
};
struct volume_items {
	struct volume_item *items;
	size_t len;
};

struct file_item {
	struct y_str path, symlink, contents, source, metadata, mode;
	struct y_bool directory, optional;
	struct y_id uid, gid;
	struct pos at;
};
struct file_items {
	struct file_item *items;
	size_t len;
};

struct kernel_item {
	struct y_str image, cmdline, binary, tar, ucode;
	bool set;
	struct pos at;
};

struct config_file_id {
	uint64_t device, inode;
};
/* A file that was read. */
struct config_source {
	const char *name; /* as in positions */
	bool included;
	struct pos at; /* of the include */
	struct config_file_id id;
	const char *text;
	size_t len;
};
struct config_sources {
	struct config_source *items; /* in the order of reading: a file, then what it includes */
	size_t len, cap;
};

struct variables;

struct config {
	const char *file; /* the first, as given, for messages */
	struct config_sources sources;
	const struct variables *variables; /* that values come from */
	struct y_int slipway;		   /* 1: Slipway's secure defaults; absent: LinuxKit's */
	struct y_str arch;		   /* amd64 | arm64; absent: the host's */
	struct kernel_item kernel;
	struct y_list init;
	struct image_items onboot, onshutdown, services;
	struct volume_items volumes;
	struct file_items files;
	struct y_list modules;	       /* kernel modules beyond the kernel image's default list */
	struct image_options defaults; /* of services */
	struct disk_item disk;
	struct verify_items verify;
	struct sign_item sign;
};

/* How files are read; the file system's is config_file_reader. */
struct config_reader {
	/* Which file a path names, so that one is known again by any name. from: the include that
	 * names it, or NULL: the command line does. */
	CHECK int (*find)(void *ctx, const char *path, const struct y_str *from,
		struct config_file_id *out, struct diags *d);
	CHECK int (*read)(void *ctx, struct arena *a, const char *path, size_t max,
		const char **text, size_t *len, struct diags *d);
	void *ctx;
};
extern const struct config_reader config_file_reader;

/* What the command line says a config is made of. */
struct config_input {
	struct strings files;		    /* at least one; "-": standard input */
	struct strings set;		    /* NAME=VALUE */
	struct strings env_files;	    /* files of NAME=VALUE lines */
	const struct config_reader *reader; /* NULL: config_file_reader */
};

/*
 * Reads the files and what they include, replaces variables, merges (yaml/compose.h), and checks
 * all that can be checked from the text alone (types, names, references between items). Up to
 * d->limit errors are recorded. All lives in the arena.
 */
CHECK int config_load(
	struct arena *a, const struct config_input *in, struct config *out, struct diags *d);
/* The same for one text that includes nothing. text is borrowed until d is dropped. */
CHECK int config_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct config *out, struct diags *d);
/* Says, beside what is wrong with values, which variables they come from. */
void config_explain(const struct config *c, struct diags *d);
/* A label's value: org.mobyproject.config. name is what messages call it: `label of image "x"`. */
CHECK int config_parse_label(struct arena *a, const char *name, const char *text,
	struct image_options *out, struct diags *d);

/* The language as a JSON Schema (draft 2020-12), for editors; and as a page of Markdown. */
const char *config_schema_json(struct arena *a);
const char *config_reference_md(struct arena *a);

#endif
