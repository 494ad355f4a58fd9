/* Machines without firmware and without PCI: a kernel, an initrd, a disk on virtio-mmio, and a
 * description to start them by. */
#include "mkimage/build/build_impl.h"

#include "base/json.h"

#include <string.h>

enum {
	QEMU_VALUE_MAX = 1000, /* QEMU's util/qemu-config.c reads lines of 1023 bytes */
	MEMORY_MIB = 1024,
	CPUS = 2,
};

/* NAME-FORMAT-WHAT */
static const char *file_name(struct build *b, const struct format *f, const char *what)
{
	return arena_fmt(b->mem, "%s-%s%s", b->name, f->name, what);
}

static int output(
	struct build *b, const struct format *f, const char *what, struct out **to, struct diags *d)
{
	return build_output(b, arena_fmt(b->mem, "-%s%s", f->name, what), to, d);
}

static int put_parts(struct build *b, const struct format *f, struct diags *d)
{
	struct content kernel;
	struct out *to;
	struct format disk = *f;
	disk.suffix = arena_fmt(b->mem, "-%s-root.img", f->name);
	if (artefact_kernel_elf(b, &kernel, d) < 0 || output(b, f, "-kernel", &to, d) < 0 ||
		out_copy(to, kernel.fd, kernel.offset, kernel.size, d) < 0 ||
		format_raw(b, &disk, d) < 0 || output(b, f, "-initrd.img", &to, d) < 0)
		return -1;
	return artefact_initrd_to(b, INITRD_PARTITION, to, d);
}

/* QEMU's format knows no way to write a '"'. */
static int check_value(const char *what, const char *value, struct diags *d)
{
	if (strpbrk(value, "\"\n"))
		return fail(d, KIND_INPUT, "leave it out, or build another format",
			"the %s holds a \" or the end of a line, which a configuration file of QEMU cannot",
			what);
	if (strlen(value) > QEMU_VALUE_MAX)
		return fail(d, KIND_INPUT, "make it shorter, or build another format",
			"the %s has %zu bytes, %zu more than a line of a configuration file of QEMU holds",
			what, strlen(value), strlen(value) - QEMU_VALUE_MAX);
	return 0;
}

int format_microvm(struct build *b, const struct format *f, struct diags *d)
{
	struct out *to;
	const char *cmdline;
	if (artefact_cmdline(b, INITRD_PARTITION, &cmdline, d) < 0 ||
		check_value("command line", cmdline, d) < 0 ||
		check_value("name", b->name, d) < 0 || put_parts(b, f, d) < 0 ||
		output(b, f, ".cfg", &to, d) < 0)
		return -1;
	/* Its devices stand in ACPI's tables: Debian's kernels do not take them from the command
	 * line. */
	const char *text = arena_fmt(b->mem,
		"# qemu-system-x86_64 -nodefaults -no-user-config -nographic -serial mon:stdio -readconfig %s\n"
		"[machine]\n  type = \"microvm\"\n  acpi = \"on\"\n"
		"  kernel = \"%s\"\n  initrd = \"%s\"\n  append = \"%s\"\n"
		"[memory]\n  size = \"%d\"\n"
		"[drive \"root\"]\n  if = \"none\"\n  format = \"raw\"\n  file = \"%s\"\n"
		"[device]\n  driver = \"virtio-blk-device\"\n  drive = \"root\"\n"
		"[netdev \"net0\"]\n  type = \"user\"\n"
		"[device]\n  driver = \"virtio-net-device\"\n  netdev = \"net0\"\n"
		"[device]\n  driver = \"virtio-rng-device\"\n",
		file_name(b, f, ".cfg"), file_name(b, f, "-kernel"), file_name(b, f, "-initrd.img"),
		cmdline, MEMORY_MIB, file_name(b, f, "-root.img"));
	return out_write(to, text, strlen(text), d);
}

/* Firecracker's API, version 1 (src/firecracker/swagger/firecracker.yaml), as --config-file takes
 * it. */
static const char *firecracker_json(struct build *b, const struct format *f, const char *cmdline)
{
	yyjson_mut_doc *doc = json_new(b->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc), *list;
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_val *v = yyjson_mut_obj_add_obj(doc, root, "boot-source");
	json_add_str(doc, v, "kernel_image_path", file_name(b, f, "-kernel"));
	json_add_str(doc, v, "initrd_path", file_name(b, f, "-initrd.img"));
	/* Firecracker ends when the guest restarts; it has no power to switch off. */
	json_add_str(doc, v, "boot_args", arena_fmt(b->mem, "reboot=k panic=1 %s", cmdline));
	list = yyjson_mut_obj_add_arr(doc, root, "drives");
	v = yyjson_mut_arr_add_obj(doc, list);
	json_add_str(doc, v, "drive_id", "root");
	json_add_str(doc, v, "path_on_host", file_name(b, f, "-root.img"));
	yyjson_mut_obj_add_bool(doc, v, "is_root_device", false); /* init finds it by its GUID */
	yyjson_mut_obj_add_bool(doc, v, "is_read_only", false);
	v = yyjson_mut_obj_add_obj(doc, root, "machine-config");
	yyjson_mut_obj_add_uint(doc, v, "vcpu_count", CPUS);
	yyjson_mut_obj_add_uint(doc, v, "mem_size_mib", MEMORY_MIB);
	return json_write(b->mem, doc, 2, &len);
}

int format_firecracker(struct build *b, const struct format *f, struct diags *d)
{
	struct out *to;
	const char *cmdline;
	if (artefact_cmdline(b, INITRD_PARTITION, &cmdline, d) < 0 || put_parts(b, f, d) < 0 ||
		output(b, f, ".json", &to, d) < 0)
		return -1;
	const char *text = arena_fmt(b->mem, "%s\n", firecracker_json(b, f, cmdline));
	return out_write(to, text, strlen(text), d);
}
