/*
 * A machine in QEMU. run_command is pure: it turns a description into QEMU's arguments; run_exec
 * looks at this machine (acceleration, firmware) and starts it on the terminal.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "base/spawn.h"

#include <stdbool.h>
#include <stdint.h>

enum run_firmware { FIRMWARE_DIRECT, FIRMWARE_BIOS, FIRMWARE_UEFI };
enum run_media { MEDIA_CD, MEDIA_DISK };

/* PORT:PORT of the host and the guest. */
struct run_port {
	const char *address; /* the host's; loopback unless said */
	bool udp;
	uint16_t host, guest;
};

struct run_ports {
	struct run_port *items;
	size_t len, cap;
};

struct run_disk {
	const char *path, *format; /* raw or qcow2 */
	uint64_t size; /* made with this size when it is not there; 0: it must be there */
};

struct run_disks {
	struct run_disk *items;
	size_t len, cap;
};

/* A folder of this machine's, for the guest to mount by its tag. */
struct run_share {
	const char *path, *tag;
	const char *socket; /* set by run_exec */
};

struct run_shares {
	struct run_share *items;
	size_t len, cap;
};

/* Names of the files of a machine that runs on without us: FOLDER/NAME.pid, .console, .monitor. */
struct run_files {
	const char *pid, *console, *monitor;
};

struct machine {
	const char *arch; /* amd64, arm64 */
	enum run_firmware firmware;
	const char *kernel, *initrd, *cmdline; /* FIRMWARE_DIRECT */
	const char *image;   /* the others: a bootable file; FIRMWARE_DIRECT: a disk, or NULL */
	bool image_writable; /* by who runs this */
	bool mmio;	     /* a machine without PCI (QEMU's microvm; on arm64 virt, too) */
	const char *image_format; /* QEMU's name of what kind of file it is */
	enum run_media media;
	const char *firmware_code, *firmware_vars; /* FIRMWARE_UEFI; vars is written to */
	const char *keys;  /* FIRMWARE_UEFI: a folder of them, for Secure Boot; or NULL */
	const char *accel; /* "kvm", "tcg", … */
	unsigned memory;   /* MiB */
	/*
	 * 0: 2 with an accelerator, 1 without: QEMU 7.2 emulating two processors now and then runs
	 * a stale byte while the kernel patches its own code ("Oops: int3" during boot).
	 */
	unsigned cpus;
	struct run_ports ports;
	struct run_disks disks;
	struct run_shares shares;
	const char *seed;		  /* a volume to read, or NULL */
	unsigned vsock;			  /* the guest's address; 0: none */
	bool tpm;			  /* a TPM 2.0, new each time */
	const char *tpm_socket;		  /* set by run_exec */
	const char *exit_on;		  /* a container whose exit status is ours; or NULL */
	const char *console_log;	  /* where what the console says is kept, too; or NULL */
	const struct run_files *detached; /* NULL: it has our terminal */
	const char *screenshot;		  /* a PNG or .ppm, renewed while it runs; or NULL */
	const char *screen_socket;	  /* set by run_exec */
	struct strings extra;		  /* for QEMU as they are */
};

/* [ADDRESS:]HOST:GUEST[/tcp|/udp]; KIND_USAGE when it is not. */
CHECK int run_port_parse(struct arena *a, const char *text, struct run_port *out, struct diags *d);
/* PATH[,size=N[K|M|G|T]][,format=raw|qcow2] */
CHECK int run_disk_parse(struct arena *a, const char *text, struct run_disk *out, struct diags *d);

/* FOLDER[:TAG]; the tag is the folder's name when there is none. */
CHECK int run_share_parse(
	struct arena *a, const char *text, struct run_share *out, struct diags *d);

/* What a bootable file is by its name: QEMU's name of its kind, NULL for others; a CD or a disk. */
const char *run_image_kind(const char *path, enum run_media *media);

/* MiB that a kernel and its programs want beside the initrd. */
enum { MEMORY_BESIDE = 256 };
/* KIND_USAGE when the machine's memory cannot hold its initrd. */
CHECK int run_fits(const struct machine *m, struct diags *d);

/* Whether the boot disk keeps what the machine writes; else that is gone when it ends. */
bool run_keeps(const struct machine *m);

void run_command(struct arena *a, const struct machine *m, struct spawn *out);

/* "kvm" when it will work on this machine for that architecture, else "tcg". */
const char *run_accel(const char *arch);
/*
 * Makes disks, finds firmware, starts what runs beside QEMU, and runs. What they need is written
 * into folder, which is the machine's own. *status is QEMU's; with exit_on the container's. A
 * detached machine runs on.
 */
CHECK int run_exec(
	struct arena *a, struct machine *m, const char *folder, int *status, struct diags *d);

#endif
