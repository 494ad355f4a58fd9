/* What `slipway inspect` says about a finished image. */
#ifndef CLI_IMAGE_REPORT_H
#define CLI_IMAGE_REPORT_H

#include "mkimage/cli/cli.h"
#include "mkimage/inspect/inspect.h"

/* An image that the command line names; temporary files go where TMPDIR says. */
CHECK int cli_image(struct cli *c, const char *path, struct inspected **out);

/* One container that the machine starts, as its config.json has it. */
struct image_container {
	const char *stage, *name; /* "onboot", "services", "onshutdown"; "nginx" */
	const char *args;	  /* in one line */
	uint32_t uid;
	bool read_only, no_new_privileges, seccomp;
	struct strings capabilities;
	uint64_t size, stored; /* of its files */
};

struct image_containers {
	struct image_container *items;
	size_t len, cap;
};

CHECK int image_containers(struct cli *c, const struct inspected *i, struct image_containers *out);

struct image_totals {
	uint64_t files, size, stored;
};
/* Hard links count once. */
struct image_totals image_totals(const struct node *from);

/* As JSON, what a TPM will hold after a boot; keys as inspect_pcrs takes them. */
CHECK int image_pcrs(struct cli *c, const struct inspected *i, const char *keys, const char **out);
/* What a build wrote: PREFIX with the suffixes of these formats. */
struct format;
struct image_made {
	const struct strings *paths;
	const char *prefix;
	const struct format *const *formats;
	size_t len;
};
/* The same into PATH.pcrs.json, for each that is an image for UEFI; told: gets their paths. */
CHECK int image_pcrs_beside(
	struct cli *c, const struct image_made *m, const char *keys, struct strings *told);

/* A picture (SVG 1.1) of what takes the space below root. */
CHECK int treemap_write(struct cli *c, const struct node *root, const char *name, const char *path);
/* The same of an image's root file system. */
CHECK int image_treemap(struct cli *c, const struct inspected *i, const char *path);

#endif
