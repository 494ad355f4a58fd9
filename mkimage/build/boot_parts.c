/* Kernel, initrd and command line, as boot loaders and stubs take them. */
#include "mkimage/build/build_impl.h"

#include <ctype.h>
#include <string.h>

/* ISO 9660 (ECMA-119) 7.4.1: d-characters. */
const char *iso_volume_id(struct arena *a, const char *name)
{
	char *id = arena_fmt(a, "%.32s", name);
	for (char *p = id; *p; p++)
		*p = isalnum((unsigned char)*p) && (unsigned char)*p < 128
			     ? (char)toupper((unsigned char)*p)
			     : '_';
	return id;
}

struct part part_of(const struct content *c)
{
	return (struct part){
		.fd = c->bytes ? -1 : c->fd, .offset = c->offset, .size = c->size, .bytes = c->bytes
	};
}

struct part part_whole(const struct out *o)
{
	return (struct part){ .fd = out_fd(o), .size = out_size(o) };
}

/* os-release(5), for boot menus. */
static const char *os_release(struct build *b)
{
	return arena_fmt(b->mem, "ID=slipway\nNAME=Slipway\nPRETTY_NAME=\"Slipway %s\"\n",
		iso_volume_id(b->mem, b->name));
}

int need_slipway_init(const struct build *b, struct diags *d)
{
	if (b->plan->slipway_init)
		return 0;
	return fail(d, KIND_INPUT,
		"use kernel+initrd, or slipway/init and slipway/system-runtime as init:",
		"this format needs Slipway's init, which mounts the root from it");
}

int boot_parts(struct build *b, enum initrd_kind kind, struct uki_options *out, struct diags *d)
{
	const struct content *kernel;
	const char *cmdline;
	struct out *initrd;
	const char *stub;
	if (need_slipway_init(b, d) < 0 || efi_program(b, "linux%s.efi.stub", &stub, d) < 0 ||
		artefact_kernel(b, &kernel, d) < 0 || artefact_cmdline(b, kind, &cmdline, d) < 0 ||
		artefact_initrd(b, kind, &initrd, d) < 0)
		return -1;
	*out = (struct uki_options){ .stub = stub,
		.cmdline = cmdline,
		.os_release = os_release(b),
		.kernel = part_of(kernel),
		.initrd = part_whole(initrd),
		.finish = b->nobody_signs || !b->plan->sign.certificate ? NULL : build_finish_uki,
		.finish_ctx = b };
	return 0;
}
