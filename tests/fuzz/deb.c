/* Debian packages, and the ELF files in them. */
#include "tests/fuzz/fuzz.h"

#include "base/fd.h"
#include "mkimage/pkg/apt_impl.h"
#include "mkimage/pkg/deb.h"
#include "mkimage/pkg/elf.h"

#include <sys/mman.h>

feeder feed_deb, feed_elf;

/* What was unpacked is selected from as well: its links and ELF files are as hostile. */
int feed_deb(const uint8_t *data, size_t len)
{
	static const char *const all[] = { "**" };
	AUTO_ARENA a = arena_new();
	AUTO_OUT scratch = NULL;
	AUTO_FD fd = memfd_create("deb", MFD_CLOEXEC);
	struct diags d;
	char path[32];
	const struct strings keep = { .items = (const char **)(uintptr_t)all, .len = 1 },
			     drop = { 0 };
	diags_init(&d, a);
	if (fd < 0 || fd_write_all(fd, data, len) < 0 || out_scratch("/tmp", &scratch, &d) < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct tree *t = tree_new(a, 0);
	if (deb_unpack(a, path, "package", scratch, t, &d) == 0)
		(void)!deb_select(a, t, &keep, &drop, &d);
	return 0;
}

/* The line parser shares the input: it wants text, ELF files begin otherwise. */
int feed_elf(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct elf e;
	struct apt_file f;
	(void)elf_parse(a, data, len, &e);
	if (!apt_line_parse(a, (const char *)data, len, &f))
		(void)!apt_deb_name(a, f.name, &f);
	return 0;
}
