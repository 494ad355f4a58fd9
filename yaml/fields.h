/*
 * The field tables: the one place that says which keys there are. They drive parsing, checking,
 * "did you mean", the JSON Schema and the reference page. A new key is one line in the table of its
 * section (and a member of its struct in config.h).
 */
#ifndef YAML_FIELDS_H
#define YAML_FIELDS_H

#include "yaml/config.h"
#include "yaml/node.h"

struct reader;

enum field_type {
	FIELD_STR,	/* struct y_str */
	FIELD_BOOL,	/* struct y_bool */
	FIELD_INT,	/* struct y_int */
	FIELD_TIME,	/* struct y_int: milliseconds; `30s` */
	FIELD_SIZE,	/* struct y_int: bytes; `64M` */
	FIELD_CPUS,	/* struct y_int: thousandths; `0.5` */
	FIELD_STRS,	/* struct y_list */
	FIELD_MAP,	/* struct y_map: strings by name */
	FIELD_ID,	/* struct y_id */
	FIELD_IDS,	/* struct y_ids */
	FIELD_TABLE,	/* a map with the keys of .of */
	FIELD_TABLES,	/* a list of such maps: { T *items; size_t len; [bool set; struct pos at;] }
			 */
	FIELD_TABLE_MAP /* such maps by name; only checked, never stored */
};

enum field_flag {
	FIELD_REQUIRED = 1,
	FIELD_OWN = 2,	   /* Slipway's, unknown to LinuxKit */
	FIELD_IGNORED = 4, /* LinuxKit accepts it and does nothing */
	FIELD_NODE = 8,	   /* FIELD_TABLE: kept as a checked node (struct y_resources) */
	FIELD_SET = 16,	   /* FIELD_TABLES: the list has set and at */
	FIELD_NUMBERS = 32 /* STR, STRS: a number counts as its text */
};

/* A form that a text must have; a checker says what is wrong, the pattern is for the schema. */
struct form {
	void (*check)(struct reader *r, const struct y_str *v);
	const char *pattern;	  /* ECMA 262, or NULL */
	const char *const *words; /* instead of both: the values there are, ended by NULL */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	size_t at; /* offset in the struct of the table; NOWHERE: checked, not stored */
	const char *doc;
	/* What holds without it; NULL: nothing to say. One value is a number or stands in
	 * backticks:
	 * "`a`", or "`a`; in a LinuxKit file `b`"; `slipway show` prints it. */
	const char *absent;
	const struct form *form;    /* STR, and each of STRS; MAP: the keys */
	const struct table *of;	    /* TABLE, TABLES, TABLE_MAP */
	const char *item;	    /* TABLES: how messages call one; NULL: of->name */
	int64_t min, max;	    /* INT; both 0: any. TIME, SIZE, CPUS */
	const char *other_spelling; /* accepted as well: what LinuxKit's schema calls it */
};

#define NOWHERE ((size_t)-1)

struct table {
	const char *name;   /* "id mapping": the id mapping has no … */
	const char *called; /* "an id mapping": … is no key of an id mapping */
	const char *doc;
	const char *shorthand; /* the key that a single value stands for, or NULL */
	const struct field *fields;
	size_t len;
	size_t size;		  /* of the struct; 0: only checked */
	size_t pos_at, set_at;	  /* of its struct pos and bool set, or NOWHERE */
	const struct table *base; /* more fields, in a struct that stands at base_at */
	size_t base_at;
	void (*check)(struct reader *r, const struct yaml_node *map, const void *item);
};

/* FIELD(type, "key", offset, "doc", ...more members) */
#define FIELD(t, key, where, text, ...)                                               \
	{                                                                             \
		.name = key, .type = FIELD_##t, .at = where, .doc = text, __VA_ARGS__ \
	}
#define FIELDS(array) .fields = array, .len = ARRAY_LEN(array)

/* The field and, in *at, its offset in the struct of t (NOWHERE when it is not stored). */
const struct field *field_find(const struct table *t, const char *name, size_t *at);
/* The i-th field, bases included; NULL after the last. */
const struct field *field_at(const struct table *t, size_t i, size_t *at);

extern const struct table config_table, item_table, options_table, runtime_table, bind_ns_table,
	kernel_table, volume_table, file_table, trust_table, mount_table, device_table,
	interface_table, id_mapping_table, resources_table, service_table, restart_table,
	ready_table, health_table, stop_table, limits_table, io_table, log_table, landlock_table,
	defaults_table, disk_table, data_table, verify_table, sign_table;
/* Every table that has a section in the reference, ended by NULL. */
extern const struct table *const documented_tables[];

/* yaml/form_*.c */
extern const struct form form_name, form_volume_name, form_image, form_path, form_absolute,
	form_mode, form_arch, form_module, form_cmdline, form_capability, form_rlimit, form_bind,
	form_tmpfs, form_env, form_namespace, form_net, form_cgroupns, form_restart,
	form_propagation, form_hostname, form_sysctl, form_device_type, form_metadata,
	form_volume_format, form_platform, form_interface, form_runtime_namespace,
	form_resource_device_type, form_device_access, form_cpus, form_mount_option, form_page_size,
	form_file_path, form_include, form_override, form_health_action, form_on_failure, form_http,
	form_signal, form_block_device, form_port, form_seccomp, form_userns, form_disk_label,
	form_filesystem, form_image_pattern, form_below_var;

/* A time in seconds, a size in bytes, a number of CPUs: digits and perhaps a point. */
const char *quantity_text(struct arena *a, enum field_type type, int64_t v);

#endif
