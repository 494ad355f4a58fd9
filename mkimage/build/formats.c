/* The table of formats. */
#include "mkimage/build/build_impl.h"

#include "base/near.h"

#include <string.h>

#define ANY  "amd64 arm64"
#define BOTH (BOOT_BIOS | BOOT_UEFI)

/* Drivers: any of them will do. */
#define CD_DRIVERS    "sr_mod virtio_blk"
#define QEMU_DRIVERS  "virtio_blk virtio_scsi ahci"
#define AWS_DRIVERS   "nvme xen_blkfront"
#define AZURE_DRIVERS "hv_storvsc"
#define GCP_DRIVERS   "nvme virtio_scsi"
#define MMIO_DRIVERS  "virtio_mmio"
#define RPI_DRIVERS   "sdhci_iproc"
#define VMDK_DRIVERS  "vmw_pvscsi ahci ata_piix nvme"

/* LinuxKit's names mean its files; iso, raw and qcow2 boot under BIOS and UEFI alike. */
const struct format formats[] = {
	{ "kernel+initrd", ANY, BOOT_DIRECT, "-kernel -initrd.img -cmdline",
		"for QEMU's -kernel, netboot and boot loaders of your own", format_kernel_initrd, 0,
		NULL },
	{ "tar-kernel-initrd", ANY, 0, "-initrd.tar", "kernel, initrd.img and cmdline in one tar",
		format_tar_kernel_initrd, 0, NULL },
	{ "kernel+squashfs", ANY, 0, "-kernel -squashfs.img -cmdline",
		"the root as squashfs, for a kernel with its drivers built in",
		format_kernel_squashfs, 0, NULL },
	{ "kernel+erofs", ANY, 0, "-kernel -erofs.img -cmdline", "the same with an EROFS",
		format_kernel_fs, 0, NULL },
	{ "kernel+iso", ANY, 0, "-kernel .iso -cmdline", "the same with an ISO 9660",
		format_kernel_fs, FORMAT_ISO, NULL },
	{ "uki", ANY, BOOT_UEFI, ".efi", "one program for UEFI, with the root in it", format_uki, 0,
		NULL },
	{ "iso", ANY, BOTH, ".iso", "a CD that boots from a disk or USB stick too", format_iso, 0,
		CD_DRIVERS },
	{ "iso-bios", "amd64", BOTH, ".iso", "iso by LinuxKit's name", format_iso, 0, CD_DRIVERS },
	{ "iso-efi", ANY, BOOT_UEFI, "-efi.iso", "iso with systemd's stub alone", format_iso, 0,
		CD_DRIVERS },
	{ "iso-efi-initrd", ANY, BOOT_UEFI, "-efi-initrd.iso",
		"a CD whose root is in the initrd: the medium may go", format_iso, FORMAT_EMBEDDED,
		NULL },
	{ "raw", ANY, BOTH, ".img", "a disk: boot partition, root, and room for the next root",
		format_raw, 0, QEMU_DRIVERS },
	{ "raw-bios", "amd64", BOOT_BIOS, "-bios.img", "raw with syslinux alone", format_raw, 0,
		QEMU_DRIVERS },
	{ "raw-efi", ANY, BOOT_UEFI, "-efi.img", "raw with systemd-boot alone", format_raw, 0,
		QEMU_DRIVERS },
	{ "arm64-efi", "arm64", BOOT_UEFI, "-arm64-efi.img",
		"raw-efi for machines and boards of arm64", format_raw, 0, QEMU_DRIVERS },
	{ "qcow2", ANY, BOTH, ".qcow2", "raw for QEMU, compressed with zstd", format_qcow2, 0,
		QEMU_DRIVERS },
	{ "qcow2-bios", "amd64", BOOT_BIOS, ".qcow2", "raw-bios for QEMU", format_qcow2, 0,
		QEMU_DRIVERS },
	{ "qcow2-efi", ANY, BOOT_UEFI, "-efi.qcow2", "raw-efi for QEMU", format_qcow2, 0,
		QEMU_DRIVERS },
	{ "openstack", ANY, BOTH, "-openstack.qcow2", "raw for Glance: qcow2, compressed with zlib",
		format_qcow2, FORMAT_ZLIB, QEMU_DRIVERS },
	{ "aws", ANY, BOTH, ".raw", "raw for `aws ec2 import-snapshot`", format_raw, 0,
		AWS_DRIVERS },
	{ "azure", ANY, BOTH, "-azure.vhd", "raw for Azure: a fixed VHD of whole MiB", format_vhd,
		0, AZURE_DRIVERS },
	{ "gcp", ANY, BOTH, ".img.tar.gz", "raw for `gcloud compute images create`: whole GiB",
		format_gcp, FORMAT_WHOLE_GIB, GCP_DRIVERS },
	{ "vhd", ANY, BOTH, ".vhd", "raw for Hyper-V: a fixed VHD", format_vhd, 0, AZURE_DRIVERS },
	{ "dynamic-vhd", ANY, BOTH, ".vhd", "vhd without what is zero", format_vhd, FORMAT_DYNAMIC,
		AZURE_DRIVERS },
	{ "vmdk", ANY, BOTH, ".vmdk", "raw for VMware: streamOptimized", format_vmdk, 0,
		VMDK_DRIVERS },
	{ "rpi3", "arm64", BOOT_RPI, ".tar",
		"files for a FAT card of a Raspberry Pi 3 or 4, the root in the initrd",
		format_rpi_files, 0, NULL },
	{ "rpi4", "arm64", BOOT_RPI, "-rpi4.img",
		"raw for a card or USB stick of a Raspberry Pi 3 or 4", format_raw, 0,
		RPI_DRIVERS },
	{ "microvm", "amd64", BOOT_DIRECT,
		"-microvm-kernel -microvm-initrd.img -microvm-root.img -microvm.cfg",
		"for QEMU's -M microvm: the kernel uncompressed, a disk, and a -readconfig",
		format_microvm, 0, MMIO_DRIVERS },
	{ "firecracker", ANY, BOOT_DIRECT,
		"-firecracker-kernel -firecracker-initrd.img -firecracker-root.img -firecracker.json",
		"the same for Firecracker, with its --config-file", format_firecracker, 0,
		MMIO_DRIVERS },
	{ "oci", ANY, 0, "-oci.tar",
		"an OCI artifact: what an update of a disk needs, for registries", format_oci, 0,
		QEMU_DRIVERS },
	{ "docker", ANY, 0, ".docker", "the root with a Dockerfile, for `docker build -`",
		format_docker, 0, NULL },
	{ "tar", ANY, 0, ".tar", "the whole root filesystem, for other tools", format_tar, 0,
		NULL },
	{ "sbom", ANY, 0, ".spdx.json", "what is in all images, as an SPDX 2.3 document",
		format_sbom, 0, NULL },
};
const size_t formats_len = ARRAY_LEN(formats);

int format_find(struct arena *a, const char *name, const struct format **out, struct diags *d)
{
	struct strings names = { 0 };
	for (size_t i = 0; i < formats_len; i++) {
		if (strcmp(formats[i].name, name) == 0) {
			*out = &formats[i];
			return 0;
		}
		vec_push(a, &names, formats[i].name);
	}
	return fail(d, KIND_USAGE, near_hint(a, name, &names, "`slipway formats` lists them"),
		"there is no format \"%s\"", name);
}

/* Whether two formats have a file of one name; kernel and command line are the same in all. */
static bool clash(const char *a, const char *b, size_t *at, size_t *len)
{
	static const char *const shared[] = { "-kernel", "-cmdline" };
	for (const char *p = a; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		bool skip = false;
		for (size_t i = 0; i < ARRAY_LEN(shared); i++)
			skip |= strlen(shared[i]) == n && memcmp(p, shared[i], n) == 0;
		for (const char *q = b; *q && !skip; q += strspn(q, " ")) {
			size_t m = strcspn(q, " ");
			if (m == n && memcmp(p, q, n) == 0) {
				*at = (size_t)(p - a);
				*len = n;
				return true;
			}
			q += m;
		}
		p += n;
	}
	return false;
}

/* Some of LinuxKit's formats share the name of their file. */
int formats_fit(const struct format *const *list, size_t len, struct diags *d)
{
	size_t at, n;
	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < i; k++) {
			if (clash(list[i]->suffix, list[k]->suffix, &at, &n))
				return fail(d, KIND_USAGE, "build them into two folders (-o)",
					"the formats \"%s\" and \"%s\" would write the same file, NAME%.*s",
					list[k]->name, list[i]->name, (int)n, list[i]->suffix + at);
		}
	}
	return 0;
}
