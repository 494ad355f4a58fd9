#include "mkimage/run/run_impl.h"

#include <string.h>

static bool is_arm(const struct machine *m)
{
	return strcmp(m->arch, "arm64") == 0;
}

static bool is_emulated(const struct machine *m)
{
	return strncmp(m->accel, "tcg", 3) == 0;
}

static void processor(struct arena *a, const struct machine *m, struct spawn *s)
{
	bool tcg = is_emulated(m), microvm = m->mmio && !is_arm(m);
	const char *board = is_arm(m)			   ? "virt"
			    : microvm			   ? "microvm,acpi=on"
			    : m->keys			   ? "q35,smm=on"
			    : m->firmware == FIRMWARE_UEFI ? "q35"
							   : "pc";
	/* virtiofsd reads and writes the guest's memory. */
	if (m->shares.len)
		spawn_args(a, s, "-object",
			arena_fmt(a, "memory-backend-memfd,id=memory,share=on,size=%uM", m->memory),
			"-machine", arena_fmt(a, "%s,memory-backend=memory", board), NULL);
	else
		spawn_args(a, s, "-machine", board, NULL);
	/*
	 * Emulated, a microvm now and then hangs while it measures its clock against the host's:
	 * there, time is what its instructions take. QEMU spends most of its time on the pointer
	 * authentication of newer processors of arm64 than that.
	 */
	const char *emulated = is_arm(m) ? "cortex-a72" : "max";
	spawn_args(a, s, "-accel",
		strcmp(m->accel, "tcg") == 0 && !microvm ? "tcg,thread=multi" : m->accel, "-cpu",
		tcg ? emulated : "host", NULL);
	if (tcg && microvm)
		spawn_args(a, s, "-icount", "shift=auto", NULL);
	unsigned cpus = m->cpus ? m->cpus : tcg ? 1 : 2;
	spawn_args(
		a, s, "-m", arena_fmt(a, "%u", m->memory), "-smp", arena_fmt(a, "%u", cpus), NULL);
}

static void network(struct arena *a, const struct machine *m, struct spawn *s)
{
	const char *net = "user,id=net0";
	vec_each (struct run_port, p, &m->ports)
		net = arena_fmt(a, "%s,hostfwd=%s:%s:%u-:%u", net, p->udp ? "udp" : "tcp",
			p->address, p->host, p->guest);
	spawn_args(a, s, "-netdev", net, "-device",
		arena_fmt(a, "virtio-net-%s,netdev=net0", run_bus(m)), NULL);
}

/*
 * At boot, x86 kernels wait some of their ticks for the timer's interrupts, and panic when none
 * came
 * ("IO-APIC + timer doesn't work!"). Emulated on a busy host, a machine may stand still for as
 * long. For other hypervisors than QEMU's emulation kernels leave that test out by themselves.
 */
static void boot_direct(struct arena *a, const struct machine *m, struct spawn *s)
{
	const char *words = m->cmdline;
	if (is_emulated(m) && !is_arm(m))
		words = arena_fmt(a, "%s no_timer_check", words);
	spawn_args(a, s, "-kernel", m->kernel, "-initrd", m->initrd, "-append", words, NULL);
}

const char *run_bus(const struct machine *m)
{
	return m->mmio ? "device" : "pci";
}

/* Where QEMU can write that kind of file: it cannot write a compressed VMDK, and a VHD's footer has
 * a time in it. */
bool run_keeps(const struct machine *m)
{
	return m->image_writable &&
	       (strcmp(m->image_format, "raw") == 0 || strcmp(m->image_format, "qcow2") == 0);
}

static void boot_image(struct arena *a, const struct machine *m, struct spawn *s)
{
	bool cd = m->media == MEDIA_CD;
	spawn_args(a, s, "-drive",
		arena_fmt(a, "if=none,id=boot,format=%s%s,file=%s", m->image_format,
			cd	       ? ",readonly=on,media=cdrom"
			: run_keeps(m) ? ""
				       : ",snapshot=on",
			run_escaped(a, m->image)),
		NULL);
	if (m->mmio)
		spawn_args(a, s, "-device", "virtio-blk-device,drive=boot", NULL);
	else if (!cd)
		spawn_args(a, s, "-device", "virtio-blk-pci,drive=boot,bootindex=0", NULL);
	else if (is_arm(m))
		spawn_args(a, s, "-device", "virtio-scsi-pci", "-device",
			"scsi-cd,drive=boot,bootindex=0", NULL);
	else
		spawn_args(a, s, "-device", "ide-cd,drive=boot,bootindex=0", NULL);
}

static void firmware(struct arena *a, const struct machine *m, struct spawn *s)
{
	const char *code = run_escaped(a, m->firmware_code),
		   *vars = run_escaped(a, m->firmware_vars);
	/* Only what runs in system management mode may write the variables. */
	if (m->keys)
		spawn_args(a, s, "-global", "driver=cfi.pflash01,property=secure,value=on",
			"-global", "ICH9-LPC.disable_s3=1", NULL);
	spawn_args(a, s, "-drive",
		arena_fmt(a, "if=pflash,unit=0,format=raw,readonly=on,file=%s", code), "-drive",
		arena_fmt(a, "if=pflash,unit=1,format=raw,file=%s", vars), NULL);
}

static void disks(struct arena *a, const struct machine *m, struct spawn *s)
{
	for (size_t i = 0; i < m->disks.len; i++) {
		const struct run_disk *disk = &m->disks.items[i];
		spawn_args(a, s, "-drive",
			arena_fmt(a, "if=none,id=disk%zu,format=%s,file=%s", i, disk->format,
				run_escaped(a, disk->path)),
			"-device", arena_fmt(a, "virtio-blk-%s,drive=disk%zu", run_bus(m), i),
			NULL);
	}
}

/*
 * The console and QEMU's monitor share the terminal: Ctrl-a x ends, Ctrl-a c changes over. Without
 * a terminal, the console is a file, and the monitor a socket.
 */
static void terminal(struct arena *a, const struct machine *m, struct spawn *s)
{
	spawn_args(a, s, "-display", "none", NULL);
	if (m->detached)
		spawn_args(a, s, "-daemonize", "-pidfile", m->detached->pid, "-serial",
			arena_fmt(a, "file:%s", m->detached->console), "-monitor",
			arena_fmt(a, "unix:%s,server=on,wait=off",
				run_escaped(a, m->detached->monitor)),
			NULL);
	else if (m->console_log)
		spawn_args(a, s, "-chardev",
			arena_fmt(a, "stdio,id=console,mux=on,signal=off,logfile=%s",
				run_escaped(a, m->console_log)),
			"-serial", "chardev:console", "-mon", "chardev=console", NULL);
	else
		spawn_args(a, s, "-serial", "mon:stdio", NULL);
	if (m->exit_on)
		spawn_arg(a, s, "-no-reboot");
	/* Who looks at the screen looks once more when the machine has ended, and then ends QEMU.
	 */
	if (m->screen_socket)
		spawn_args(a, s, "-chardev",
			arena_fmt(a, "socket,id=screen,path=%s", run_escaped(a, m->screen_socket)),
			"-mon", "chardev=screen,mode=control", "-action", "shutdown=pause", NULL);
}

/* isolinux writes to a screen, and does not start without one. */
static void display(struct arena *a, const struct machine *m, struct spawn *s)
{
	if (is_arm(m) && m->screen_socket)
		spawn_args(a, s, "-device", "virtio-gpu-pci", NULL);
	else if (!is_arm(m) && (m->screen_socket || m->firmware == FIRMWARE_BIOS))
		spawn_args(a, s, "-vga", "std", NULL);
}

void run_command(struct arena *a, const struct machine *m, struct spawn *out)
{
	struct spawn s = { .inherit = true,
		.install = is_arm(m) ? "qemu-system-arm" : "qemu-system-x86" };
	spawn_args(a, &s, is_arm(m) ? "qemu-system-aarch64" : "qemu-system-x86_64",
		"-no-user-config", "-nodefaults", NULL);
	processor(a, m, &s);
	terminal(a, m, &s);
	display(a, m, &s);
	spawn_args(a, &s, "-device", arena_fmt(a, "virtio-rng-%s", run_bus(m)), NULL);
	network(a, m, &s);
	switch (m->firmware) {
	case FIRMWARE_DIRECT:
		boot_direct(a, m, &s);
		if (m->image)
			boot_image(a, m, &s);
		break;
	case FIRMWARE_UEFI:
		firmware(a, m, &s);
		boot_image(a, m, &s);
		break;
	case FIRMWARE_BIOS:
		boot_image(a, m, &s);
		break;
	}
	disks(a, m, &s);
	run_devices(a, m, &s);
	vec_each (const char *, e, &m->extra)
		spawn_arg(a, &s, *e);
	*out = s;
}
