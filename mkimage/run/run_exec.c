#include "mkimage/run/run_impl.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/*
 * /dev/kvm may be there and not work (nested hosts of other kinds): on x86 only Intel's and AMD's
 * modules count; on arm64 it is part of the kernel, and opens or does not.
 */
const char *run_accel(const char *arch)
{
	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return "tcg";
#if defined(__x86_64__)
	bool works = strcmp(arch, "amd64") == 0 &&
		     (access("/sys/module/kvm_intel", F_OK) == 0 ||
			     access("/sys/module/kvm_amd", F_OK) == 0);
#elif defined(__aarch64__)
	bool works = strcmp(arch, "arm64") == 0;
#else
	bool works = false;
	(void)arch;
#endif
	return works ? "kvm" : "tcg";
}

static int make_disk(struct arena *a, const struct run_disk *disk, struct diags *d)
{
	struct stat st;
	if (stat(disk->path, &st) == 0)
		return 0;
	if (errno != ENOENT)
		return fail_sys(d, errno, "cannot use the disk \"%s\"", disk->path);
	if (!disk->size)
		return fail(d, KIND_INPUT, "add a size to make it, as in `data.img,size=1G`",
			"there is no disk \"%s\"", disk->path);
	if (strcmp(disk->format, "raw") != 0) {
		struct spawn s = { .install = "qemu-utils" };
		spawn_args(a, &s, "qemu-img", "create", "-q", "-f", disk->format, "--", disk->path,
			arena_fmt(a, "%llu", (unsigned long long)disk->size), NULL);
		return spawn_run(a, &s, 0, NULL, NULL, d);
	}
	AUTO_FD fd = open(disk->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, (off_t)disk->size) < 0)
		return fail_sys(d, errno, "cannot make the disk \"%s\"", disk->path);
	return 0;
}

static int copy_file(const char *from, const char *to, struct diags *d)
{
	AUTO_FD in = open(from, O_RDONLY | O_CLOEXEC);
	AUTO_FD out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;
	if (in < 0 || fstat(in, &st) < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", from);
	if (out < 0 || fd_copy_range(in, 0, (uint64_t)st.st_size, out) < 0)
		return fail_sys(d, errno, "cannot write \"%s\"", to);
	return 0;
}

/* Debian's places. Every machine has variables of its own, new ones each time. */
static int find_firmware(struct arena *a, struct machine *m, const char *folder, struct diags *d)
{
	bool arm = strcmp(m->arch, "arm64") == 0;
	const char *code = arm	     ? "/usr/share/AAVMF/AAVMF_CODE.fd"
			   : m->keys ? "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
				     : "/usr/share/OVMF/OVMF_CODE_4M.fd";
	const char *vars = arm ? "/usr/share/AAVMF/AAVMF_VARS.fd"
			       : "/usr/share/OVMF/OVMF_VARS_4M.fd";
	if (access(code, R_OK) < 0 || access(vars, R_OK) < 0)
		return fail(d, KIND_SYSTEM,
			arm ? "apt-get install qemu-efi-aarch64" : "apt-get install ovmf",
			"there is no UEFI firmware \"%s\"", code);
	m->firmware_code = code;
	m->firmware_vars = arena_fmt(a, "%s/uefi-vars.fd", folder);
	if (copy_file(vars, m->firmware_vars, d) < 0)
		return -1;
	return m->keys ? run_keys_enrol(a, m->keys, m->firmware_vars, d) : 0;
}

static int start(
	struct arena *a, struct machine *m, const char *folder, int *status, struct diags *d)
{
	struct spawn s;
	vec_each (struct run_disk, disk, &m->disks) {
		if (make_disk(a, disk, d) < 0)
			return -1;
	}
	if ((m->firmware == FIRMWARE_UEFI && find_firmware(a, m, folder, d) < 0) ||
		run_tpm_start(a, m, folder, d) < 0 || run_shares_start(a, m, folder, d) < 0)
		return -1;
	struct run_screen *screen = NULL;
	if (m->exit_on)
		m->console_log = arena_fmt(a, "%s/console", folder);
	if (run_screen_start(a, m, folder, &screen, d) < 0)
		return -1;
	run_command(a, m, &s);
	int rc = spawn_status(a, &s, status, d);
	if (run_screen_end(&screen, d) < 0 || rc < 0)
		return -1;
	return m->exit_on && *status == 0 ? run_exit_status(m->console_log, m->exit_on, status, d)
					  : 0;
}

int run_exec(struct arena *a, struct machine *m, const char *folder, int *status, struct diags *d)
{
	if (!m->accel)
		m->accel = run_accel(m->arch);
	return run_devices_check(m, d) < 0 ? -1 : start(a, m, folder, status, d);
}
