/*
 * Volumes, before the first container: CONTAINERS/volumes/NAME/merged becomes `lower` with a memory
 * overlay above it, or, when there is no `tmp`, a read-only bind of `lower` (docs/ARCHITECTURE.md,
 * "Root image"). The paths are the image's own.
 */
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/supervise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Short enough for three paths below it in one page, which is all that mount(2) takes. */
enum { VOLUME_PATH_SIZE = 1024 };

static bool is_mounted(const char *path)
{
	struct statx st;

	return syscall(SYS_statx, AT_FDCWD, path, 0, 0, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static int mount_readonly(const char *volume, const char *merged, struct rt_error *e)
{
	char lower[VOLUME_PATH_SIZE + 16];

	snprintf(lower, sizeof(lower), "%s/lower", volume);
	if (mount(lower, merged, NULL, MS_BIND, NULL) != 0 ||
		mount(NULL, merged, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0)
		return rt_fail(e, errno, "cannot mount it read-only");
	return 0;
}

static int mount_writable(
	const char *volume, const char *tmp, const char *merged, struct rt_error *e)
{
	char upper[VOLUME_PATH_SIZE + 16], work[VOLUME_PATH_SIZE + 16];
	char options[3 * sizeof(upper) + 64];

	snprintf(upper, sizeof(upper), "%s/tmp/upper", volume);
	snprintf(work, sizeof(work), "%s/tmp/work", volume);
	if (!is_mounted(tmp) && mount("tmpfs", tmp, "tmpfs", MS_NOSUID, "mode=0755") != 0)
		return rt_fail(e, errno, "cannot mount the memory for what is written");
	if (mkdirs(AT_FDCWD, upper) != 0 || mkdirs(AT_FDCWD, work) != 0)
		return rt_fail(e, errno, "cannot make the overlay's folders");
	snprintf(options, sizeof(options), "lowerdir=%s/lower,upperdir=%s,workdir=%s", volume,
		upper, work);
	if (mount("overlay", merged, "overlay", 0, options) != 0)
		return rt_fail(e, errno, "cannot mount the overlay");
	return 0;
}

static int mount_volume(const char *volume, struct rt_error *e)
{
	char tmp[VOLUME_PATH_SIZE + 16], merged[VOLUME_PATH_SIZE + 16];

	snprintf(tmp, sizeof(tmp), "%s/tmp", volume);
	snprintf(merged, sizeof(merged), "%s/merged", volume);
	if (is_mounted(merged))
		return 0; /* by a former supervisor */
	return access(tmp, F_OK) == 0 ? mount_writable(volume, tmp, merged, e)
				      : mount_readonly(volume, merged, e);
}

void volumes_mount(const struct supervisor *s)
{
	char folder[512], path[VOLUME_PATH_SIZE], text[700];
	struct dirent *entry;
	DIR *d = NULL;

	if (snprintf(folder, sizeof(folder), "%s/volumes", s->containers) < (int)sizeof(folder))
		d = opendir(folder);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		struct rt_error e = { 0 };
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (mount_volume(path, &e) == 0)
			continue;
		/* Who binds it fails to start and says so; the rest of the machine goes on. */
		rt_error_text(&e, text, sizeof(text));
		console("volume %s: %s", entry->d_name, text);
	}
	if (d != NULL)
		closedir(d);
}
