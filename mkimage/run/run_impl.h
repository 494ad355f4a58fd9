/* The steps of a run. */
#ifndef RUN_RUN_IMPL_H
#define RUN_RUN_IMPL_H

#include "mkimage/run/run.h"

/* What the names of virtio's devices end in: "pci", or "device" on its other bus. */
const char *run_bus(const struct machine *m);
/* QEMU's option lists end at a comma; a doubled one stands for itself. */
const char *run_escaped(struct arena *a, const char *path);
/* Everything that a machine has beside its boot medium, network and disks. */
void run_devices(struct arena *a, const struct machine *m, struct spawn *s);
/* What has to be on this machine for them. */
CHECK int run_devices_check(const struct machine *m, struct diags *d);

/* The programs beside QEMU, which end when it does: their sockets are made in folder, and set in m.
 */
CHECK int run_tpm_start(struct arena *a, struct machine *m, const char *folder, struct diags *d);
CHECK int run_shares_start(struct arena *a, struct machine *m, const char *folder, struct diags *d);
/* A socket that is listened on already when QEMU starts. */
CHECK int run_listen(const char *path, int *out, struct diags *d);

/* Who looks at the machine's screen while it runs, until run_screen_end. */
struct run_screen;
CHECK int run_screen_start(struct arena *a, struct machine *m, const char *folder,
	struct run_screen **out, struct diags *d);
/* *s may be NULL. An error says why there is no picture. */
CHECK int run_screen_end(struct run_screen **s, struct diags *d);

/* PK, KEK and db of the folder (FOLDER/PK.esl, …) into a file with OVMF's variables. */
CHECK int run_keys_enrol(struct arena *a, const char *keys, const char *vars, struct diags *d);

/* The exit status that the supervisor said on the console (docs/boot.md, slipway.exit-on). */
CHECK int run_exit_status(const char *log, const char *name, int *status, struct diags *d);

#endif
