/*
 * The lock of a config: every image by the digest of its manifest, every Debian package in them by
 * version and SHA-256, every local file by digest, the time that the image gets. The same config
 * and lock give the same bytes. The text is YAML, sorted, one thing a line, for code review; it is
 * hostile input like any other file.
 */
#ifndef LOCK_LOCK_H
#define LOCK_LOCK_H

#include "mkimage/plan/plan.h"

enum { LOCK_VERSION = 1 };

struct locked_image {
	const char *ref;      /* normalised */
	struct digest digest; /* of the manifest for that platform */
	uint64_t size;	      /* of the manifest */
	const char *platform; /* linux/amd64, linux/arm/v7 */
	struct digest key;    /* of the file of verify: whose key signed it; when has_key */
	bool has_key;
	struct strings sboms; /* digests of the manifests that bring its bills of materials */
	struct pos at;
};
struct locked_images {
	struct locked_image *items;
	size_t len, cap;
};

/* A binary package, or a source package (arch "source"). */
struct locked_package {
	const char *name, *version, *arch;
	const char *digests; /* one or two, with a space between */
	struct pos at;
};
struct locked_packages {
	struct locked_package *items;
	size_t len, cap;
};

/* source: as the config has it. */
struct locked_file {
	const char *source;
	struct digest digest;
	uint64_t size;
	struct pos at;
};
struct locked_files {
	struct locked_file *items;
	size_t len, cap;
};

/* What --set or an env file gave a variable of the config. Only its hash: it may be a secret. */
struct locked_value {
	const char *name;
	struct digest digest;
	struct pos at;
};
struct locked_values {
	struct locked_value *items;
	size_t len, cap;
};

/* All lists are sorted, each thing once. */
struct lock {
	const char *file; /* for messages */
	int64_t plan;	  /* PLAN_VERSION of the tool that wrote it */
	const char *platform;
	int64_t time;
	struct locked_images images;
	struct locked_packages packages;
	struct locked_files files;
	struct locked_values values;
	struct pos plan_at, platform_at, time_at;
};

/* Every mistake is KIND_INPUT, with its place. text is borrowed until d is dropped. */
CHECK int lock_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct lock *out, struct diags *d);
const char *lock_text(struct arena *a, const struct lock *l, size_t *len);

/* What a plan is made of; reads the local files. Of images that the plan has pinned, the bills of
 * materials are those of the pin, else those that s has now. */
CHECK int lock_make(
	struct arena *a, const struct plan *p, struct store *s, struct lock *out, struct diags *d);

/* The plan of a locked config: its images by the lock's digests, at its time. */
void lock_pin(struct arena *a, const struct lock *l, struct plan_options *out);

/* One difference, as a line for the reader of a review. */
struct lock_change {
	const char *what;     /* image "x", Debian package "y", file "z", time, platform, … */
	const char *was, *is; /* NULL: not there */
	struct pos at;	      /* in the old lock; line 0: not there */
};
struct lock_changes {
	struct lock_change *items;
	size_t len, cap;
};
void lock_compare(
	struct arena *a, const struct lock *was, const struct lock *is, struct lock_changes *out);

/*
 * Whether a config fits its lock, as far as can be said without looking at images and files: both
 * name the same. Each difference is an error of KIND_INTEGRITY.
 */
CHECK int lock_check_config(struct arena *a, const struct lock *l, const struct config *c,
	const struct platform *p, struct diags *d);
/* Whether a plan made with the lock is what the lock says; errors likewise. */
CHECK int lock_check_plan(struct arena *a, const struct lock *l, const struct plan *p,
	struct store *s, struct diags *d);

#endif
