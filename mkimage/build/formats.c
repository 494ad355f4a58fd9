/* The table of formats, and how each is wrapped. */
#include "mkimage/build/build_impl.h"

#include "base/near.h"
#include "mkimage/fs/fs.h"

#include <ctype.h>
#include <string.h>

static int make_tar(struct build *b, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct tree *t;
	struct out *to;
	if (build_tree(b, &t, d) < 0 || build_output(b, ".tar", &to, d) < 0)
		return -1;
	return fs_tar.write(t, &o, to, d);
}

static int copy_content(const struct content *c, struct out *to, struct diags *d)
{
	if (c->bytes)
		return out_write(to, c->bytes, (size_t)c->size, d);
	return out_copy(to, c->fd, c->offset, c->size, d);
}

static int make_kernel_initrd(struct build *b, struct diags *d)
{
	const struct content *kernel;
	struct out *to, *initrd;
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

static int make_sbom(struct build *b, struct diags *d)
{
	struct out *to;
	const char *text;
	size_t len;
	if (artefact_sbom(b, &text, &len, d) < 0 || build_output(b, ".spdx.json", &to, d) < 0)
		return -1;
	return out_write(to, text, len, d);
}

/* ISO 9660 (ECMA-119) 7.4.1: d-characters. */
static const char *volume_id(struct arena *a, const char *name)
{
	char *id = arena_fmt(a, "%.32s", name);
	for (char *p = id; *p; p++)
		*p = isalnum((unsigned char)*p) && (unsigned char)*p < 128
			     ? (char)toupper((unsigned char)*p)
			     : '_';
	return id;
}

static struct part part_of(const struct content *c)
{
	return (struct part){
		.fd = c->bytes ? -1 : c->fd, .offset = c->offset, .size = c->size, .bytes = c->bytes
	};
}

static struct part whole(const struct out *o)
{
	return (struct part){ .fd = out_fd(o), .size = out_size(o) };
}

/* systemd-boot-efi names its stubs after UEFI's names of machines. */
static const char *stub_path(const char *arch)
{
	return strcmp(arch, "arm64") == 0 ? "/usr/lib/systemd/boot/efi/linuxaa64.efi.stub"
					  : "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";
}

/* os-release(5), for boot menus. */
static const char *os_release(struct build *b)
{
	return arena_fmt(b->mem, "ID=slipway\nNAME=Slipway\nPRETTY_NAME=\"Slipway %s\"\n",
		volume_id(b->mem, b->name));
}

static int make_iso(struct build *b, struct diags *d)
{
	const struct plan *p = b->plan;
	const struct content *kernel;
	struct out *root, *initrd, *to;
	const char *scratch;
	struct part esp_kernel, esp_initrd;
	AUTO_OUT esp = NULL;
	if (!p->slipway_init)
		return fail(d, KIND_INPUT,
			"use kernel+initrd, or slipway/init and slipway/system-runtime as init:",
			"the format \"iso\" needs Slipway's init, which mounts the root from it");
	if (artefact_kernel(b, &kernel, d) < 0 || artefact_squashfs(b, &root, d) < 0 ||
		artefact_initrd(b, INITRD_PARTITION, &initrd, d) < 0 ||
		build_scratch_folder(b, &scratch, d) < 0 || build_scratch(b, &esp, d) < 0)
		return -1;
	struct esp_options e = { .arch = p->platform.arch,
		.epoch = p->epoch,
		.uki = { .stub = stub_path(p->platform.arch),
			.cmdline = p->cmdline,
			.os_release = os_release(b),
			.kernel = part_of(kernel),
			.initrd = whole(initrd) },
		.scratch = scratch };
	if (esp_write(b->mem, &e, esp, &esp_kernel, &esp_initrd, d) < 0 ||
		build_output(b, ".iso", &to, d) < 0)
		return -1;
	struct iso_options o = { .volume_id = volume_id(b->mem, b->name),
		.epoch = p->epoch,
		.arch = p->platform.arch,
		.cmdline = p->cmdline,
		.kernel = esp_kernel,
		.initrd = esp_initrd,
		.esp = whole(esp),
		.root = whole(root),
		.root_guid = b->root_guid,
		.scratch = scratch };
	return iso_write(b->mem, &o, to, d);
}

const struct format formats[] = {
	{ "kernel+initrd", "amd64 arm64", "NAME-kernel NAME-initrd.img NAME-cmdline",
		"for QEMU's -kernel, netboot and boot loaders of your own", make_kernel_initrd },
	{ "iso", "amd64 arm64", "NAME.iso",
		"boots from CD, disk or USB stick, under BIOS (amd64) and UEFI", make_iso },
	{ "sbom", "amd64 arm64", "NAME.spdx.json", "what is in all images, as an SPDX 2.3 document",
		make_sbom },
	{ "tar", "amd64 arm64", "NAME.tar", "the whole root filesystem, for other tools",
		make_tar },
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
