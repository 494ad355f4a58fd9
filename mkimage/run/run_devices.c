#include "mkimage/run/run_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *run_escaped(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) * 2 + 1), *to = out;
	for (; *path; path++) {
		if (*path == ',')
			*to++ = ',';
		*to++ = *path;
	}
	return out;
}

static void shares(struct arena *a, const struct machine *m, struct spawn *s)
{
	for (size_t i = 0; i < m->shares.len; i++) {
		const struct run_share *one = &m->shares.items[i];
		spawn_args(a, s, "-chardev",
			arena_fmt(a, "socket,id=share%zu,path=%s", i, run_escaped(a, one->socket)),
			"-device",
			arena_fmt(a, "vhost-user-fs-%s,chardev=share%zu,tag=%s", run_bus(m), i,
				one->tag),
			NULL);
	}
}

static void tpm(struct arena *a, const struct machine *m, struct spawn *s)
{
	bool arm = strcmp(m->arch, "arm64") == 0;
	if (!m->tpm_socket)
		return;
	spawn_args(a, s, "-chardev",
		arena_fmt(a, "socket,id=tpm,path=%s", run_escaped(a, m->tpm_socket)), "-tpmdev",
		"emulator,id=tpm0,chardev=tpm", "-device",
		arm ? "tpm-tis-device,tpmdev=tpm0" : "tpm-crb,tpmdev=tpm0", NULL);
}

void run_devices(struct arena *a, const struct machine *m, struct spawn *s)
{
	if (m->seed)
		spawn_args(a, s, "-drive",
			arena_fmt(a, "if=none,id=seed,format=raw,readonly=on,file=%s",
				run_escaped(a, m->seed)),
			"-device",
			arena_fmt(a, "virtio-blk-%s,drive=seed,serial=cidata", run_bus(m)), NULL);
	shares(a, m, s);
	if (m->vsock)
		spawn_args(a, s, "-device",
			arena_fmt(a, "vhost-vsock-%s,guest-cid=%u", run_bus(m), m->vsock), NULL);
	tpm(a, m, s);
}

int run_devices_check(const struct machine *m, struct diags *d)
{
	struct stat st;
	vec_each (struct run_share, one, &m->shares) {
		if (stat(one->path, &st) < 0)
			return fail_sys(d, errno, "cannot share \"%s\"", one->path);
		if (!S_ISDIR(st.st_mode))
			return fail(d, KIND_INPUT, "share the folder that it is in",
				"\"%s\" is no folder", one->path);
	}
	if (m->mmio && strcmp(m->arch, "amd64") == 0 && (m->tpm || m->screenshot))
		return fail(d, KIND_USAGE, "run another format of the same config",
			"a microvm has no %s", m->tpm ? "TPM" : "screen");
	/* QEMU tells such a device of nothing that the guest asks of it. */
	if (m->mmio && strcmp(m->accel, "kvm") != 0 && (m->shares.len || m->vsock))
		return fail(d, KIND_USAGE, "run another format of the same config",
			"an emulated machine without PCI has no %s",
			m->shares.len ? "shared folders" : "vsock");
	if (m->vsock && access("/dev/vhost-vsock", R_OK | W_OK) < 0)
		return fail(d, KIND_SYSTEM,
			"load the module vhost_vsock, and be of the group that may use the device",
			"a vsock needs /dev/vhost-vsock: %s", strerror(errno));
	return 0;
}
