/* What is done to a mount in its place: "remount", and read-only at the end. */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <linux/stat.h>
#include <sys/syscall.h>

static bool is_mount(int target)
{
	struct statx st = { 0 };

	return syscall(SYS_statx, target, "", AT_EMPTY_PATH, 0, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

int mount_change(const struct mount_spec *m, int target, struct rt_error *e)
{
	const uint64_t last = MOUNT_ATTR_RDONLY;
	uint64_t set = m->attr_set & ~last, rec_set = m->rec_attr_set & ~last;

	if (!is_mount(target))
		return rt_fail(e, 0, "\"remount\": nothing is mounted on %s", m->destination);
	if (((set | m->attr_clear) && mount_fd_attr(target, set, m->attr_clear, false) != 0) ||
		((rec_set | m->rec_attr_clear) &&
			mount_fd_attr(target, rec_set, m->rec_attr_clear, true) != 0))
		return rt_fail(e, errno, "cannot change the options of %s%s", m->destination,
			errno == EPERM ? ": what a mount has from outside of a user namespace stays"
				       : "");
	if (m->propagation != 0 &&
		mount_fd_propagation(target, m->propagation, m->propagation_recursive) != 0)
		return rt_fail(e, errno, "cannot set the propagation of %s", m->destination);
	if (m->data.n == 0)
		return 0;
	AUTO_FD fs = sys_fspick(target);
	if (fs < 0)
		return rt_fail(e, errno, "cannot open the filesystem of %s", m->destination);
	return fs_configure(fs, m->destination, NULL, &m->data, FSCONFIG_CMD_RECONFIGURE, e);
}

int mount_seal(const struct mount_spec *m, int mount, struct rt_error *e)
{
	const uint64_t ro = MOUNT_ATTR_RDONLY;
	/* Of several remounts of one mount the last one counts, so "rw" is said again as well. */
	uint64_t change = m->from == MOUNT_REMOUNT ? m->attr_set | m->attr_clear : m->attr_set;
	uint64_t rec = m->from == MOUNT_REMOUNT ? m->rec_attr_set | m->rec_attr_clear : 0;

	if (m->from == MOUNT_BIND)
		return 0;
	if (((change & ro) &&
		    mount_fd_attr(mount, m->attr_set & ro, m->attr_clear & ro, false) != 0) ||
		((rec & ro) && mount_fd_attr(mount, m->rec_attr_set & ro, m->rec_attr_clear & ro,
				       true) != 0))
		return rt_fail(e, errno, "cannot make %s read-only", m->destination);
	return 0;
}
