/* swtpm beside QEMU: a TPM 2.0 that is new at each start, and ends with the machine. */
#include "mkimage/run/run_impl.h"

#include "base/fd.h"

int run_tpm_start(struct arena *a, struct machine *m, const char *folder, struct diags *d)
{
	struct spawn s = { .install = "swtpm" };
	const char *state = arena_fmt(a, "%s/tpm", folder);
	if (!m->tpm)
		return 0;
	m->tpm_socket = arena_fmt(a, "%s/tpm.socket", folder);
	if (dir_make(state, 0700, d) < 0)
		return -1;
	spawn_args(a, &s, "swtpm", "socket", "--tpm2", "--terminate", "--daemon", "--tpmstate",
		arena_fmt(a, "dir=%s", state), "--ctrl",
		arena_fmt(a, "type=unixio,path=%s", m->tpm_socket), NULL);
	return spawn_run(a, &s, 0, NULL, NULL, d) < 0 ? fail_ctx(d, "starting a TPM") : 0;
}
