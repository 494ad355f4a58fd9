#include "system-runtime/supervise/hardware.h"

#include <string.h>

static const struct field caps_fields[] = { FIELD(struct caps_view, bounding, F_STRV) };
static const struct table caps_table = TABLE(struct caps_view, caps_fields);
static const struct field process_fields[] = {
	FIELD_SUB(struct process_view, capabilities, F_OBJ, caps_table),
};
static const struct table process_table_ = TABLE(struct process_view, process_fields);
static const struct field mount_fields[] = { FIELD(struct mount_view, source, F_STR) };
static const struct table mount_table = TABLE(struct mount_view, mount_fields);
static const struct field device_fields[] = {
	FIELD(struct device_view, path, F_STR),
	FIELD(struct device_view, major, F_INT),
};
static const struct table device_table = TABLE(struct device_view, device_fields);
static const struct field linux_fields[] = {
	FIELD_SUB(struct linux_view, devices, F_OBJV, device_table),
};
static const struct table linux_view_table = TABLE(struct linux_view, linux_fields);
static const struct field bundle_fields[] = {
	FIELD(struct bundle_view, annotations, F_PAIRS),
	FIELD_SUB(struct bundle_view, process, F_OBJ, process_table_),
	FIELD_SUB(struct bundle_view, mounts, F_OBJV, mount_table),
	{ .key = "linux",
		.kind = F_OBJ,
		.offset = offsetof(struct bundle_view, linux_),
		.sub = &linux_view_table },
};
const struct table bundle_view_table = TABLE(struct bundle_view, bundle_fields);

/* With any of these a program can reach network cards, devices, modules, or the clock. */
static const char *const strong[] = { "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN",
	"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_TIME", "CAP_MKNOD" };

static bool has_strong_capability(const struct bundle_view *b)
{
	if (b->process == NULL || b->process->capabilities == NULL)
		return false;
	const struct strv *caps = &b->process->capabilities->bounding;
	for (size_t i = 0; i < caps->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(strong); k++)
			if (strcmp(caps->v[i], strong[k]) == 0)
				return true;
	return false;
}

static bool has_device(const struct bundle_view *b)
{
	enum { MEMORY_DEVICES = 1, TERMINALS = 5 }; /* the kernel's own, always there */

	for (size_t i = 0; b->linux_ != NULL && i < b->linux_->devices.n; i++) {
		const struct device_view *d = &b->linux_->devices.v[i];
		if (!d->major.set || (d->major.v != MEMORY_DEVICES && d->major.v != TERMINALS))
			return true;
	}
	return false;
}

static bool is_at_or_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool sees_hardware(const struct bundle_view *b)
{
	for (size_t i = 0; i < b->mounts.n; i++) {
		const char *source = b->mounts.v[i].source;
		if (source != NULL && (strcmp(source, "/") == 0 || is_at_or_below(source, "/dev") ||
					      is_at_or_below(source, "/sys")))
			return true;
	}
	return false;
}

static bool limits_device(const struct bundle_view *b)
{
	static const char prefix[] = "io.slipway.limits.io.";

	for (size_t i = 0; i < b->annotations.n; i++) {
		if (strncmp(b->annotations.v[i].key, prefix, sizeof(prefix) - 1) == 0)
			return true;
	}
	return false;
}

bool bundle_needs_drivers(const struct bundle_view *b)
{
	return limits_device(b) || has_device(b) || sees_hardware(b) || has_strong_capability(b);
}
