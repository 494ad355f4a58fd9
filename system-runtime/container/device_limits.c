/*
 * Limits of a device that the config names by its path: io.slipway.limits.io.DEVICE.WHAT
 * (docs/svc-protocol.md, "Settings of a bundle"). Its numbers are the machine's.
 */
#include "system-runtime/common/file.h"
#include "system-runtime/container/job.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char prefix[] = "io.slipway.limits.io.";
static const struct {
	char what[12], key[8]; /* ours, io.max's */
} kinds[] = { { "read", "rbps" }, { "write", "wbps" }, { "read_ops", "riops" },
	{ "write_ops", "wiops" } };

/* "MAJOR:MINOR" of the whole disk: the kernel limits no partition alone. */
static int disk_numbers(const char *path, char *out, size_t size, struct rt_error *e)
{
	char text[64];
	struct stat st;

	int r = stat(path, &st);
	if (r != 0 || !S_ISBLK(st.st_mode))
		return rt_fail(e, r != 0 ? errno : ENOTBLK, "limits.io: %s", path);
	snprintf(out, size, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	snprintf(text, sizeof(text), "/sys/dev/block/%s/partition", out);
	if (faccessat(AT_FDCWD, text, F_OK, 0) != 0)
		return 0;
	snprintf(text, sizeof(text), "/sys/dev/block/%s/../dev", out);
	ssize_t n = read_small(AT_FDCWD, text, out, size);
	if (n <= 0)
		return rt_fail(e, EIO, "limits.io: %s", path);
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

static int add(struct mem *m, struct spec *s, const struct pair *a, struct rt_error *e)
{
	char path[PATH_MAX], disk[32], text[80];
	const char *device = a->key + sizeof(prefix) - 1, *what = strrchr(device, '.');
	struct resources_spec *r = s->linux_->resources;
	size_t k = 0;

	while (what != NULL && k < ARRAY_LEN(kinds) && strcmp(what + 1, kinds[k].what) != 0)
		k++;
	if (what == NULL || k == ARRAY_LEN(kinds) || a->value[strspn(a->value, "0123456789")])
		return rt_fail(
			e, 0, "annotation %s: \"%.200s\" is not understood", a->key, a->value);
	snprintf(path, sizeof(path), "%.*s", (int)(what - device), device);
	if (disk_numbers(path, disk, sizeof(disk), e) != 0)
		return -1;
	snprintf(text, sizeof(text), "%s %s=%s", disk, kinds[k].key, a->value);
	if (r == NULL)
		r = s->linux_->resources = mem_alloc(m, sizeof(*r));
	struct pair *v = r == NULL ? NULL : mem_array(m, r->unified.n + 1, sizeof(*v));
	char *value = mem_str(m, text);
	if (v == NULL || value == NULL)
		return rt_fail(e, 0, "no memory");
	for (size_t i = 0; i < r->unified.n; i++)
		v[i] = r->unified.v[i];
	v[r->unified.n++] = (struct pair){ "io.max", value };
	r->unified.v = v;
	return 0;
}

int spec_device_limits(struct mem *m, struct spec *s, struct rt_error *e)
{
	for (size_t i = 0; i < s->annotations.n; i++) {
		if (strncmp(s->annotations.v[i].key, prefix, sizeof(prefix) - 1) == 0 &&
			add(m, s, &s->annotations.v[i], e) != 0)
			return -1;
	}
	return 0;
}
