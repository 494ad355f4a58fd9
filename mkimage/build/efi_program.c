/* Where UEFI programs for the target are on this machine. */
#include "mkimage/build/build_impl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DEBIAN_FOLDER "/usr/lib/systemd/boot/efi"

static int beside_us(struct build *b, const char *name, const char **out, struct diags *d)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (len < 0)
		return fail_sys(d, errno, "cannot tell where slipway is");
	path[len] = '\0';
	char *slash = strrchr(path, '/');
	*out = arena_fmt(b->mem, "%.*s/%s/%s", slash ? (int)(slash - path) : 0, path,
		b->plan->platform.arch, name);
	return 0;
}

int efi_program(struct build *b, const char *name, const char **out, struct diags *d)
{
	const char *ours, *arch = b->plan->platform.arch, *mark = strstr(name, "%s");
	/* systemd-boot-efi names its programs after UEFI's names of machines. */
	name = arena_fmt(b->mem, "%.*s%s%s", (int)(mark - name), name,
		strcmp(arch, "arm64") == 0 ? "aa64" : "x64", mark + 2);
	const char *debian = arena_fmt(b->mem, "%s/%s", DEBIAN_FOLDER, name);
	if (beside_us(b, name, &ours, d) < 0)
		return -1;
	*out = access(debian, R_OK) == 0 ? debian : ours;
	if (*out == debian || access(ours, R_OK) == 0)
		return 0;
	return fail(d, KIND_SYSTEM,
		arena_fmt(b->mem,
			"it is in Debian's package systemd-boot-efi of %s; put it into %.*s", arch,
			(int)(strlen(ours) - strlen(name) - 1), ours),
		"neither \"%s\" nor \"%s\" is there", debian, ours);
}
