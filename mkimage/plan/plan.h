/*
 * config + store -> plan: everything resolved, nothing written. Image references are found in the
 * store, labels merged, ids given, volumes looked up, checks made that need an image (a command
 * that is not there). The plan can be printed (slipway show) and decides all; the build only
 * carries it out.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "mkimage/plan/seccomp.h"
#include "mkimage/store/store.h"
#include "yaml/config.h"

enum section { SECTION_ONBOOT, SECTION_ONSHUTDOWN, SECTION_SERVICE };

struct id_mapping {
	uint32_t container_id, host_id, size;
};

struct mount_point {
	const char *destination, *type, *source;
	struct strings options;
	struct id_mapping *uid_mappings, *gid_mappings;
	size_t uid_mappings_len, gid_mappings_len;
	struct pos at; /* line 0: a default */
};

struct mount_points {
	struct mount_point *items;
	size_t len, cap;
};

struct device {
	const char *path, *type; /* path NULL: a cgroup rule for the whole type */
	int64_t major, minor;
	uint32_t mode;
};

struct rlimit {
	const char *type; /* RLIMIT_… */
	uint64_t soft, hard;
};

/* One container, every default applied: exactly what config.json and runtime.json say. */
struct service {
	const char *name;
	enum section section;
	size_t index; /* in its section */
	struct pos at;
	const struct image_item *item;
	const struct image_options *options; /* the item's, merged with the label's */
	const struct image *image;
	const char *ref;    /* the normalised reference */
	const char *bundle; /* "containers/onboot/000-dhcp", "containers/services/nginx" */
	/* The bundle that holds the files: this one, or the first one of the same image. */
	const char *root_bundle;
	const char
		*root_dir; /* root_bundle/rootfs if that one is read-only, else root_bundle/lower */
	bool slipway;	   /* Slipway's defaults, or LinuxKit's */

	struct strings args, env;
	struct pos args_at; /* the command, or the image that it comes from */
	const char *cwd, *hostname;
	uint32_t uid, gid;
	uint32_t *additional_gids;
	size_t additional_gids_len;
	struct strings bounding, effective, inheritable, permitted, ambient; /* CAP_… */
	bool readonly, no_new_privileges;
	struct mount_points mounts; /* sorted by destination as LinuxKit does */
	/* NULL: the host's namespace; "": a new one; else a path. */
	const char *net, *ipc, *uts, *pid, *userns, *cgroupns;
	struct strings masked_paths, readonly_paths;
	bool has_oom_score_adj;
	int oom_score_adj;
	const char *rootfs_propagation, *cgroups_path;
	struct device *devices;
	size_t devices_len;
	struct rlimit *rlimits;
	size_t rlimits_len;
	struct labels sysctl, annotations; /* sorted by key */
	struct id_mapping *uid_mappings, *gid_mappings;
	size_t uid_mappings_len, gid_mappings_len;
	struct yaml_node *resources;	/* LinuxResources, or NULL */
	struct limit_options limits;	/* in linux.resources beside it */
	const struct seccomp *seccomp;	/* NULL: unconfined */
	const char *seccomp_file;	/* it came from this file of the building machine */
	const char *seccomp_path;	/* where that was read: there, or in the store */
	struct runtime_options runtime; /* merged; paths as written */
};

struct planned_volume {
	const char *name;
	const struct image *image; /* NULL: an empty volume */
	/* As an OCI layout of these, one for each platform; 0: the image's files, unpacked. */
	const struct image **oci;
	size_t oci_len;
	bool readonly;
	struct pos at;
};

struct planned_file {
	const struct file_item *item;
	uint32_t uid, gid, mode;
	const char *source; /* a path on this machine, or NULL */
};

/* Images that the store lacks; what needs them is not in the plan. */
struct missing_images {
	size_t len;
	const struct y_str *first;
	const char *hint; /* how to get the first; or NULL */
};

/* The key by which the image of that name is signed, by the digest of its file. */
struct plan_key {
	const char *ref;
	struct digest key;
};

struct plan_keys {
	struct plan_key *items;
	size_t len, cap;
};

/* Who signs; certificate NULL: nobody. */
struct plan_sign {
	const char *certificate, *key; /* paths, or a pkcs11: URI */
	struct strings command;
	struct pos certificate_at, key_at; /* key_at: of the key or the command */
};

struct plan {
	const struct config *config;
	struct platform platform;
	int64_t epoch;		    /* the time of all generated entries */
	const struct image *kernel; /* NULL: none */
	const char *kernel_ref, *cmdline, *kernel_binary, *kernel_tar,
		*ucode;	 /* tar, ucode: NULL for none */
	uint64_t memory; /* bytes that the machine has by its command line; 0: it does not say */
	struct strings modules_boot, modules_default,
		modules_extra; /* empty boot list: take kernel.tar whole */
	const struct image **init;
	const char **init_refs;
	size_t init_len;
	bool slipway_init; /* an init image has io.slipway.init=1: squashfs root, our layout */
	struct planned_volume *volumes;
	size_t volumes_len;
	struct service
		*services; /* onboot, then onshutdown, then services, in the order of the file */
	size_t services_len;
	struct planned_file *files;
	size_t files_len;
	struct plan_keys keys;	     /* of verify: */
	const struct plan_pin *pins; /* those of the options */
	size_t pins_len;
	struct plan_sign sign;
	struct missing_images missing; /* only with skip_missing */
};

/* What a lock says of an image, by its normalised name; or NULL. */
const struct plan_pin *plan_pin_of(const struct plan *p, const char *ref);

/* A mistake about the machine's memory: an error in a Slipway file, a warning in a LinuxKit file.
 */
CHECK int plan_fits(
	const struct plan *p, uint64_t needs, const char *what, const char *hint, struct diags *d);

/* What decides the plan of a config; another version may plan the same config otherwise. */
enum { PLAN_VERSION = 1 };

/* An image that a lock holds by the digest of its manifest. */
struct plan_pin {
	const char *ref; /* normalised */
	struct digest digest;
	struct digest key; /* by which it was signed when it was locked; when has_key */
	bool has_key;
	struct strings sboms; /* digests of the manifests that bring its bills of materials */
};

/* A local file that a lock holds; when it is not in its place, the store may have it. */
struct plan_file_pin {
	const char *source; /* as the config has it */
	struct digest digest;
};

/* Zeros are what a build without a lock wants. */
struct plan_options {
	const struct plan_pin *pins; /* sorted by ref; images that are not among them: by name */
	size_t pins_len;
	const struct plan_file_pin *file_pins; /* sorted by source */
	size_t file_pins_len;
	const int64_t *epoch; /* unless SOURCE_DATE_EPOCH is set; NULL: the default */
	/* What needs an image that the store lacks is left out of the plan. */
	bool skip_missing;
	/*
	 * Asked to bring an image that the store lacks, by a full reference; *got: whether it did.
	 * NULL: what is not there is missing.
	 */
	CHECK int (*fetch)(void *ctx, const char *ref, const struct platform *want, bool *got,
		struct diags *d);
	void *fetch_ctx;
	/* Names that are not pinned are asked for again, though the store has them. */
	bool renew;
};

CHECK int plan_make(struct arena *a, const struct config *c, struct store *s,
	const struct plan_options *o, struct plan *out, struct diags *d);

#endif
