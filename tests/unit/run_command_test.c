/* What QEMU is asked for. */
#include "tests/unit/base_test.h"

#include "mkimage/run/run.h"

static const char *joined(struct fixture *f, const struct machine *m)
{
	struct spawn s;
	const char *out = "";
	run_command(f->mem, m, &s);
	vec_each (const char *, w, &s.argv)
		out = arena_fmt(f->mem, "%s%s%s", out, *out ? " " : "", *w);
	return out;
}

static void direct(void **state)
{
	struct fixture *f = *state;
	struct machine m = { .arch = "amd64",
		.kernel = "k",
		.initrd = "i",
		.cmdline = "console=ttyS0 a",
		.accel = "tcg",
		.memory = 512,
		.cpus = 1 };
	struct run_port p;
	assert_int_equal(run_port_parse(f->mem, "8080:80", &p, &f->d), 0);
	vec_push(f->mem, &m.ports, p);
	vec_push(f->mem, &m.extra, "-no-reboot");
	assert_string_equal(joined(f, &m),
		"qemu-system-x86_64 -no-user-config -nodefaults -machine pc -accel tcg,thread=multi -cpu max "
		"-m 512 -smp 1 -display none -serial mon:stdio -device virtio-rng-pci "
		"-netdev user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80 -device virtio-net-pci,netdev=net0 "
		"-kernel k -initrd i -append console=ttyS0 a no_timer_check -no-reboot");
}

static void image(void **state)
{
	struct fixture *f = *state;
	struct machine m = { .arch = "amd64",
		.firmware = FIRMWARE_BIOS,
		.image = "a,b.iso",
		.image_format = "raw",
		.accel = "kvm",
		.memory = 512,
		.cpus = 1 };
	struct run_disk disk;
	assert_int_equal(run_disk_parse(f->mem, "d.qcow2,size=2G", &disk, &f->d), 0);
	assert_int_equal(disk.size, UINT64_C(2) << 30);
	vec_push(f->mem, &m.disks, disk);
	const char *text = joined(f, &m);
	assert_non_null(strstr(text, "-accel kvm -cpu host"));
	m.cpus = 0;
	assert_non_null(strstr(joined(f, &m), "-smp 2"));
	m.accel = "tcg";
	assert_non_null(strstr(joined(f, &m), "-smp 1"));
	assert_non_null(strstr(text, "-vga std"));
	assert_non_null(strstr(text,
		"-drive if=none,id=boot,format=raw,readonly=on,media=cdrom,file=a,,b.iso "
		"-device ide-cd,drive=boot,bootindex=0"));
	assert_non_null(strstr(text, "-drive if=none,id=disk0,format=qcow2,file=d.qcow2 "
				     "-device virtio-blk-pci,drive=disk0"));
	m.media = MEDIA_DISK;
	assert_non_null(strstr(joined(f, &m),
		"format=raw,snapshot=on,file=a,,b.iso -device virtio-blk-pci,drive=boot"));
	m.image_writable = true;
	assert_non_null(strstr(joined(f, &m),
		"format=raw,file=a,,b.iso -device virtio-blk-pci,drive=boot,bootindex=0"));
	m.image_format = "vmdk";
	assert_non_null(strstr(joined(f, &m), "format=vmdk,snapshot=on,file="));
	assert_false(run_keeps(&m));
}

static void without_pci(void **state)
{
	struct fixture *f = *state;
	struct run_disk disk;
	struct machine m = { .arch = "amd64",
		.kernel = "k",
		.initrd = "i",
		.cmdline = "c",
		.image = "r",
		.image_format = "raw",
		.image_writable = true,
		.mmio = true,
		.media = MEDIA_DISK,
		.accel = "tcg",
		.memory = 512 };
	assert_int_equal(run_disk_parse(f->mem, "d", &disk, &f->d), 0);
	vec_push(f->mem, &m.disks, disk);
	assert_string_equal(joined(f, &m),
		"qemu-system-x86_64 -no-user-config -nodefaults -machine microvm,acpi=on -accel tcg -cpu max "
		"-icount shift=auto -m 512 -smp 1 -display none -serial mon:stdio -device virtio-rng-device "
		"-netdev user,id=net0 -device virtio-net-device,netdev=net0 -kernel k -initrd i -append c no_timer_check "
		"-drive if=none,id=boot,format=raw,file=r -device virtio-blk-device,drive=boot "
		"-drive if=none,id=disk0,format=raw,file=d -device virtio-blk-device,drive=disk0");
	m.accel = "kvm";
	assert_null(strstr(joined(f, &m), "icount"));
	assert_null(strstr(joined(f, &m), "no_timer_check"));
	m.arch = "arm64";
	m.accel = "tcg";
	assert_non_null(strstr(joined(f, &m),
		"-machine virt -accel tcg,thread=multi -cpu cortex-a72 -m 512 -smp 1"));
	assert_null(strstr(joined(f, &m), "no_timer_check"));
	assert_non_null(strstr(joined(f, &m), "-device virtio-blk-device,drive=boot"));
}

static void image_kinds(void **state)
{
	static const struct {
		const char *path, *kind;
		enum run_media media;
	} cases[] = {
		{ "a.iso", "raw", MEDIA_CD },
		{ "a-efi.img", "raw", MEDIA_DISK },
		{ "a.raw", "raw", MEDIA_DISK },
		{ "a.iso.qcow2", "qcow2", MEDIA_DISK },
		{ "a.vmdk", "vmdk", MEDIA_DISK },
		{ "a.vhd", "vpc", MEDIA_DISK },
	};
	static const char *const none[] = { "", "a", ".iso", "a.isos", "a-initrd.tar" };
	enum run_media media;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_string_equal(run_image_kind(cases[i].path, &media), cases[i].kind);
		assert_int_equal(media, cases[i].media);
	}
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_null(run_image_kind(none[i], &media));
}

static void arm_uefi(void **state)
{
	struct fixture *f = *state;
	struct machine m = { .arch = "arm64",
		.firmware = FIRMWARE_UEFI,
		.image = "x.iso",
		.image_format = "raw",
		.firmware_code = "code",
		.firmware_vars = "vars",
		.accel = "tcg",
		.memory = 512,
		.cpus = 1 };
	const char *text = joined(f, &m);
	assert_non_null(
		strstr(text, "qemu-system-aarch64 -no-user-config -nodefaults -machine virt "));
	assert_non_null(strstr(text, "if=pflash,unit=0,format=raw,readonly=on,file=code"));
	assert_non_null(
		strstr(text, "-device virtio-scsi-pci -device scsi-cd,drive=boot,bootindex=0"));
}

static void ports(void **state)
{
	struct fixture *f = *state;
	struct run_port p;
	assert_int_equal(run_port_parse(f->mem, "0.0.0.0:53:5353/udp", &p, &f->d), 0);
	assert_string_equal(p.address, "0.0.0.0");
	assert_true(p.udp);
	assert_int_equal(p.host, 53);
	assert_int_equal(p.guest, 5353);
	static const char *const bad[] = { "", "80", "80:", ":80", "0:80", "80:65536", "80:80/sctp",
		"a:80:80", "1.2.3.4,x:80:80", "80:80,x", ":80:80" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(run_port_parse(f->mem, bad[i], &p, &f->d), -1);
		assert_int_equal(f->d.last->kind, KIND_USAGE);
	}
}

static void disks(void **state)
{
	struct fixture *f = *state;
	struct run_disk disk;
	assert_int_equal(run_disk_parse(f->mem, "a", &disk, &f->d), 0);
	assert_string_equal(disk.format, "raw");
	assert_int_equal(disk.size, 0);
	static const char *const bad[] = { "", ",size=1", "a,size=", "a,size=0", "a,size=1X",
		"a,size=-1", "a,file=b", "a,format=vmdk", "a,size=99999999999999999999",
		"a,size=17179869184T" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(run_disk_parse(f->mem, bad[i], &disk, &f->d), -1);
}

static void devices(void **state)
{
	struct fixture *f = *state;
	struct run_share share;
	struct machine m = { .arch = "amd64",
		.kernel = "k",
		.initrd = "i",
		.cmdline = "",
		.accel = "tcg",
		.memory = 512,
		.seed = "a,b",
		.vsock = 7,
		.tpm_socket = "t" };
	assert_int_equal(run_share_parse(f->mem, "/a/src", &share, &f->d), 0);
	assert_string_equal(share.tag, "src");
	assert_int_equal(run_share_parse(f->mem, "/a:b/src:tag", &share, &f->d), 0);
	assert_string_equal(share.path, "/a:b/src");
	share.socket = "s";
	vec_push(f->mem, &m.shares, share);
	const char *text = joined(f, &m);
	assert_non_null(strstr(text,
		"-object memory-backend-memfd,id=memory,share=on,size=512M -machine pc,memory-backend=memory"));
	assert_non_null(strstr(text,
		"-drive if=none,id=seed,format=raw,readonly=on,file=a,,b -device virtio-blk-pci,drive=seed,serial=cidata "
		"-chardev socket,id=share0,path=s -device vhost-user-fs-pci,chardev=share0,tag=tag "
		"-device vhost-vsock-pci,guest-cid=7 "
		"-chardev socket,id=tpm,path=t -tpmdev emulator,id=tpm0,chardev=tpm -device tpm-crb,tpmdev=tpm0"));
	m.arch = "arm64";
	assert_non_null(strstr(joined(f, &m), "-device tpm-tis-device,tpmdev=tpm0"));
}

static void secure_boot(void **state)
{
	struct fixture *f = *state;
	struct machine m = { .arch = "amd64",
		.firmware = FIRMWARE_UEFI,
		.image = "i",
		.image_format = "raw",
		.media = MEDIA_DISK,
		.firmware_code = "c",
		.firmware_vars = "v",
		.keys = "k",
		.accel = "tcg",
		.memory = 512 };
	const char *text = joined(f, &m);
	assert_non_null(strstr(text, "-machine q35,smm=on -accel"));
	assert_non_null(strstr(text,
		"-global driver=cfi.pflash01,property=secure,value=on -global ICH9-LPC.disable_s3=1 "));
}

static void terminals(void **state)
{
	struct fixture *f = *state;
	struct run_files files = { "p", "c", "m" };
	struct machine m = { .arch = "amd64",
		.kernel = "k",
		.initrd = "i",
		.cmdline = "",
		.accel = "tcg",
		.exit_on = "test",
		.console_log = "log" };
	assert_non_null(strstr(joined(f, &m),
		"-chardev stdio,id=console,mux=on,signal=off,logfile=log -serial chardev:console "
		"-mon chardev=console -no-reboot"));
	m = (struct machine){ .arch = "amd64",
		.kernel = "k",
		.initrd = "i",
		.cmdline = "",
		.accel = "tcg",
		.detached = &files };
	assert_non_null(strstr(joined(f, &m),
		"-daemonize -pidfile p -serial file:c -monitor unix:m,server=on,wait=off"));
	assert_null(strstr(joined(f, &m), "-vga"));
	m = (struct machine){ .arch = "amd64",
		.kernel = "k",
		.initrd = "i",
		.cmdline = "",
		.accel = "tcg",
		.screen_socket = "s" };
	assert_non_null(strstr(joined(f, &m),
		"-chardev socket,id=screen,path=s -mon chardev=screen,mode=control "
		"-action shutdown=pause -vga std"));
	m.arch = "arm64";
	assert_non_null(strstr(joined(f, &m), "-device virtio-gpu-pci"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(direct),
		TEST(image),
		TEST(without_pci),
		TEST(image_kinds),
		TEST(arm_uefi),
		TEST(ports),
		TEST(disks),
		TEST(devices),
		TEST(secure_boot),
		TEST(terminals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
