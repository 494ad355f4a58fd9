/* The table of formats, and how each is wrapped. */
#include "mkimage/build/build_impl.h"

#include "base/near.h"
#include "mkimage/fs/fs.h"

#include <string.h>

static int make_tar(struct build *b, const struct format *f, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct tree *t;
	struct out *to;
	if (build_tree(b, &t, d) < 0 || build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return fs_tar.write(t, &o, to, d);
}

static int copy_content(const struct content *c, struct out *to, struct diags *d)
{
	if (c->bytes)
		return out_write(to, c->bytes, (size_t)c->size, d);
	return out_copy(to, c->fd, c->offset, c->size, d);
}

static int make_kernel_initrd(struct build *b, const struct format *f, struct diags *d)
{
	const struct content *kernel;
	struct out *to, *initrd;
	(void)f; /* three files, whose names mean something */
	if (artefact_kernel(b, &kernel, d) < 0 || build_output(b, "-kernel", &to, d) < 0 ||
		copy_content(kernel, to, d) < 0 || build_output(b, "-cmdline", &to, d) < 0 ||
		out_write(to, b->plan->cmdline, strlen(b->plan->cmdline), d) < 0 ||
		build_output(b, "-initrd.img", &to, d) < 0)
		return -1;
	if (!b->plan->slipway_init)
		return artefact_linuxkit_initrd(b, to, d);
	/* Its files are copied out of it before it is freed. */
	if (artefact_initrd(b, INITRD_EMBEDDED, &initrd, d) < 0 ||
		plan_fits(b->plan, 2 * out_size(initrd),
			"the initrd, together with what the kernel unpacks of it,",
			"raise mem=, or build -f iso: its root stays on the medium", d) < 0)
		return -1;
	return out_copy(to, out_fd(initrd), 0, out_size(initrd), d);
}

static int make_sbom(struct build *b, const struct format *f, struct diags *d)
{
	struct out *to;
	const char *text;
	size_t len;
	if (artefact_sbom(b, &text, &len, d) < 0 || build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return out_write(to, text, len, d);
}

#define ANY  "amd64 arm64"
#define BOTH (BOOT_BIOS | BOOT_UEFI)

const struct format formats[] = {
	{ "kernel+initrd", ANY, BOOT_DIRECT, "-kernel -initrd.img -cmdline",
		"for QEMU's -kernel, netboot and boot loaders of your own", make_kernel_initrd, 0 },
	{ "iso", ANY, BOTH, ".iso", "a CD that boots from a disk or USB stick too", format_iso, 0 },
	{ "raw", ANY, BOTH, ".img", "a disk: boot partition, root, and room for the next root",
		format_raw, 0 },
	{ "raw-bios", "amd64", BOOT_BIOS, "-bios.img", "the same with syslinux alone", format_raw,
		0 },
	{ "raw-efi", ANY, BOOT_UEFI, "-efi.img", "the same with systemd-boot alone", format_raw,
		0 },
	{ "qcow2", ANY, BOTH, ".qcow2", "raw's disk for QEMU, compressed with zstd", format_qcow2,
		0 },
	{ "qcow2-bios", "amd64", BOOT_BIOS, ".qcow2", "raw-bios's disk for QEMU", format_qcow2, 0 },
	{ "qcow2-efi", ANY, BOOT_UEFI, "-efi.qcow2", "raw-efi's disk for QEMU", format_qcow2, 0 },
	{ "openstack", ANY, BOTH, "-openstack.qcow2",
		"raw's disk for OpenStack's Glance: qcow2, compressed with zlib", format_qcow2,
		FORMAT_ZLIB },
	{ "aws", ANY, BOTH, ".raw", "raw's disk, for `aws ec2 import-snapshot`", format_raw, 0 },
	{ "azure", ANY, BOTH, "-azure.vhd", "raw's disk for Azure: a fixed VHD of whole MiB",
		format_vhd, 0 },
	{ "vhd", ANY, BOTH, ".vhd", "raw's disk for Hyper-V: a fixed VHD", format_vhd, 0 },
	{ "dynamic-vhd", ANY, BOTH, ".vhd", "the same without what is zero", format_vhd,
		FORMAT_DYNAMIC },
	{ "vmdk", ANY, BOTH, ".vmdk", "raw's disk for VMware: streamOptimized", format_vmdk, 0 },
	{ "sbom", ANY, 0, ".spdx.json", "what is in all images, as an SPDX 2.3 document", make_sbom,
		0 },
	{ "tar", ANY, 0, ".tar", "the whole root filesystem, for other tools", make_tar, 0 },
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

/* Some of LinuxKit's formats share the name of their file. */
int formats_fit(const struct format *const *list, size_t len, struct diags *d)
{
	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(list[i]->suffix, list[k]->suffix) == 0)
				return fail(d, KIND_USAGE, "build them into two folders (-o)",
					"the formats \"%s\" and \"%s\" would write the same file, NAME%s",
					list[k]->name, list[i]->name, list[i]->suffix);
		}
	}
	return 0;
}
