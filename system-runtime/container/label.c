/* AppArmor profiles and SELinux labels: what the kernel shall put on the program at execve. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <linux/openat2.h>

static bool is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static bool has_apparmor(void)
{
	char buf[4];

	return read_small(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", buf, sizeof(buf)) >
		       0 &&
	       buf[0] == 'Y';
}

static bool has_selinux(void)
{
	/* selinuxfs exists as a type of filesystem only where SELinux runs. */
	char buf[4096];

	return read_small(AT_FDCWD, "/proc/filesystems", buf, sizeof(buf)) > 0 &&
	       strstr(buf, "\tselinuxfs\n") != NULL;
}

const char *label_of_mounts(const char *label)
{
	return is_set(label) && has_selinux() ? label : NULL;
}

int labels_check(const struct process_spec *p, struct rt_error *e)
{
	if (is_set(p->apparmorProfile) && !has_apparmor())
		return rt_fail(
			e, 0, "process.apparmorProfile: AppArmor is not enabled in this kernel");
	if (is_set(p->selinuxLabel) && !has_selinux())
		return rt_fail(e, 0, "process.selinuxLabel: SELinux is not enabled in this kernel");
	return 0;
}

static int write_attr(const char *file, const char *text)
{
	char path[64];
	AUTO_FD fs = sys_fsopen("proc", 0);

	if (fs < 0 || sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
		return -1;
	AUTO_FD proc = sys_fsmount(fs, 0, 0);
	/* A procfs of our own, which nobody can have mounted over (CVE-2019-16884). */
	snprintf(path, sizeof(path), "%d/attr/%s", (int)getpid(), file);
	AUTO_FD fd = proc < 0 ? -1
			      : sys_openat2(proc, path, O_WRONLY | O_CLOEXEC, 0,
					RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	return fd < 0 ? -1 : write_all(fd, text, strlen(text));
}

int labels_apply(const struct process_spec *p, struct rt_error *e)
{
	char text[300];

	if (is_set(p->apparmorProfile)) {
		if (snprintf(text, sizeof(text), "exec %s", p->apparmorProfile) >=
			(int)sizeof(text))
			return rt_fail(e, ENAMETOOLONG, "process.apparmorProfile");
		/* The file of its own came with Linux 5.8; before, it shared SELinux's. */
		if (write_attr("apparmor/exec", text) != 0 &&
			(errno != ENOENT || write_attr("exec", text) != 0))
			return rt_fail(e, errno, "process.apparmorProfile: cannot set \"%s\"",
				p->apparmorProfile);
	}
	if (is_set(p->selinuxLabel) && write_attr("exec", p->selinuxLabel) != 0)
		return rt_fail(
			e, errno, "process.selinuxLabel: cannot set \"%s\"", p->selinuxLabel);
	return 0;
}
