/* The planner's state, and its steps. */
#ifndef PLAN_PLAN_IMPL_H
#define PLAN_PLAN_IMPL_H

#include "mkimage/plan/plan.h"

/* An image that was looked up already, with its label's options. */
struct found_image {
	const char *ref;
	const struct image *image;   /* NULL: missing, and skipped */
	struct image_options *label; /* NULL: none was asked for yet, or there is none */
	bool label_read;
};

struct found_images {
	struct found_image *items;
	size_t len, cap;
};

struct planner {
	struct arena *mem;
	const struct config *c;
	struct store *store;
	struct plan *p;
	struct diags *d;
	struct found_images found;
	const struct plan_options *options;
	bool slipway; /* the file asks for Slipway's defaults */
};

/* Whether to go on collecting errors after one: only the user's mistakes, and not too many. */
bool plan_go_on(const struct planner *pl);
/* A mistake in a Slipway file (-1), a warning in a LinuxKit file (0): LinuxKit does not check it.
 */
CHECK int plan_mistake(struct planner *pl, struct pos at, const char *hint, const char *fmt, ...)
	PRINTF(4, 5);

/* The image that name.v names, for our platform. Looked up once. 1: the store lacks it, and what
 * needs it is to be skipped. */
CHECK int plan_image(struct planner *pl, const struct y_str *name, struct found_image **out);
/* The options in its label org.mobyproject.config, or NULL. */
CHECK int plan_label(struct planner *pl, struct found_image *f, const struct image_options **out);
/* An image label's comma-separated words. */
void plan_words(struct arena *a, const char *text, struct strings *out);

/* What of the two is meant, field by field: the file's value, else the label's. Either may be NULL.
 */
void plan_merge(struct arena *a, const struct image_options *yaml,
	const struct image_options *label, struct image_options *out);

CHECK int plan_id(struct planner *pl, const struct y_id *id, uint32_t *out);

/* Whether verify: lets the image be used. */
CHECK int plan_verify(struct planner *pl, const struct y_str *name, const char *ref,
	const struct image *image, const struct plan_pin *pin);
/* A partition for data needs a step that makes it. */
CHECK int plan_disk(struct planner *pl);
/* Rules that name no image. */
CHECK int plan_verify_unused(struct planner *pl);
/* Where the certificate and the key of sign: are. */
CHECK int plan_sign(struct planner *pl);
/* A relative path counts from the folder of the file that says it. */
const char *plan_beside(struct planner *pl, const struct y_str *y);

CHECK int plan_kernel(struct planner *pl);
/* What mem= of its command line leaves of the memory. */
CHECK int plan_memory(struct planner *pl);
CHECK int plan_init(struct planner *pl);
CHECK int plan_volumes(struct planner *pl);
CHECK int plan_services(struct planner *pl);
CHECK int plan_files(struct planner *pl);

/* Parts of a service; the merged options are in o. */
CHECK int plan_capabilities(struct planner *pl, const struct image_options *o, struct service *s);
CHECK int plan_mounts(struct planner *pl, const struct image_options *o, struct service *s);
CHECK int plan_namespaces(struct planner *pl, const struct image_options *o, struct service *s);
CHECK int plan_limits(struct planner *pl, const struct image_options *o, struct service *s);
/* Slipway's own keys, as annotations; and s->limits. */
void plan_settings(struct planner *pl, const struct service_options *o, struct service *s);
/* After plan_capabilities: the profile depends on them. */
/* 1: a locked file that is not in its place, but came into the store with a bundle: *out. Else 0.
 */
int plan_locked_file(struct planner *pl, const char *source, const char **out);
CHECK int plan_seccomp(struct planner *pl, const struct y_str *y, struct service *s);
CHECK int plan_devices(struct planner *pl, const struct image_options *o, struct service *s);
CHECK int plan_id_mappings(
	struct planner *pl, const struct y_id_mappings *y, struct id_mapping **items, size_t *len);
void plan_sorted_map(struct arena *a, const struct y_map *y, struct labels *out);
/* Adds or replaces one key. */
void plan_set(struct arena *a, struct labels *map, const char *key, const char *value);

/* An octal mode of at most 7777. */
CHECK int plan_mode(struct planner *pl, const struct y_str *y, uint32_t *out);

#endif
