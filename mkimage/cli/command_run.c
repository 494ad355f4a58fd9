#include "mkimage/cli/run.h"

#include "base/fd.h"
#include "mkimage/build/build.h"
#include "mkimage/inspect/inspect.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool ends(const char *text, const char *with)
{
	size_t len = strlen(text), with_len = strlen(with);
	return len > with_len && strcmp(text + len - with_len, with) == 0;
}

/* The NAME of NAME-kernel, or of the description of a machine without firmware. */
static const char *prefix_of(struct cli *c, const char *word)
{
	static const char *const with[] = { "-kernel", ".cfg", ".json" };
	for (size_t i = 0; i < ARRAY_LEN(with); i++)
		if (ends(word, with[i]))
			return arena_strn(c->mem, word, strlen(word) - strlen(with[i]));
	return word;
}

/* NAME-kernel, NAME-initrd.img and NAME-cmdline; microvm and firecracker have a disk, too. */
static int use_prefix(struct cli *c, const char *prefix, struct machine *m)
{
	m->firmware = FIRMWARE_DIRECT;
	m->kernel = arena_fmt(c->mem, "%s-kernel", prefix);
	m->initrd = arena_fmt(c->mem, "%s-initrd.img", prefix);
	const char *root = arena_fmt(c->mem, "%s-root.img", prefix);
	if (access(m->kernel, R_OK) < 0 || access(m->initrd, R_OK) < 0)
		return fail(&c->d, KIND_INPUT,
			"name a FILE.yml, an image (.iso, .img, .qcow2, .vmdk, .vhd), or the prefix of NAME-kernel and NAME-initrd.img",
			"there is nothing to boot at \"%s\"", prefix);
	m->mmio = access(root, F_OK) == 0;
	if (m->mmio) {
		m->image = root;
		m->image_format = "raw";
		m->media = MEDIA_DISK;
		m->image_writable = access(root, W_OK) == 0;
	}
	return inspect_cmdline(c->mem, prefix, &m->cmdline, &c->d);
}

static int use_image(struct cli *c, const char *path, struct machine *m)
{
	bool uefi = cli_flag(c, "uefi") || m->keys, bios = cli_flag(c, "bios"),
	     arm = strcmp(m->arch, "arm64") == 0;
	if (uefi && bios)
		return fail(&c->d, KIND_USAGE, NULL, "%s and --bios exclude each other",
			m->keys ? "--secure-boot" : "--uefi");
	if (m->keys && arm)
		return fail(&c->d, KIND_USAGE, NULL, "--secure-boot is for amd64 alone");
	if (bios && arm)
		return fail(&c->d, KIND_USAGE, NULL, "arm64 machines have no BIOS");
	m->image = path;
	m->image_format = run_image_kind(path, &m->media);
	m->image_writable = m->media == MEDIA_DISK && access(path, W_OK) == 0;
	if (cli_flag(c, "as-disk"))
		m->media = MEDIA_DISK;
	/* NAME-efi.img: a disk that no BIOS starts. */
	bool efi = strstr(path, "-efi.") && !bios;
	m->firmware = uefi || arm || efi ? FIRMWARE_UEFI : FIRMWARE_BIOS;
	return 0;
}

static int no_firmware_choice(struct cli *c)
{
	if (!cli_flag(c, "uefi") && !cli_flag(c, "bios") && !cli_flag(c, "as-disk") &&
		!cli_option(c, "secure-boot")->set)
		return 0;
	return fail(&c->d, KIND_USAGE, "add --format iso",
		"--uefi, --secure-boot, --bios and --as-disk are for images");
}

/* Builds into the store's folder run/, where the next run overwrites it. */
static int use_config(struct cli *c, struct store *s, struct machine *m)
{
	const struct option_value *want = cli_option(c, "format");
	const struct format *f;
	const char *folder, *name = cli_base_name(c->mem, c->words.items[c->words.len - 1]);
	struct config config;
	struct plan plan;
	struct strings paths = { 0 };
	if (format_find(c->mem, want->set ? want->text : "kernel+initrd", &f, &c->d) < 0)
		return -1;
	bool direct = f->firmware == BOOT_DIRECT;
	if (!f->firmware || f->firmware == BOOT_RPI)
		return fail(&c->d, KIND_USAGE, "use kernel+initrd, iso or raw",
			"a %s cannot be booted", f->name);
	if ((direct && no_firmware_choice(c) < 0) || cli_checked_plan(c, s, &config, &plan) < 0 ||
		run_exit_on(c, &plan, m) < 0 || store_folder(s, c->mem, "run", &folder, &c->d) < 0)
		return -1;
	m->arch = plan.platform.arch;
	AUTO_BUILD b = build_new(c->mem, &plan, s, (struct build_progress){ cli_say, c });
	if (!m->keys)
		build_unsigned(b);
	if (build_outputs(b, folder, name, &f, 1, &paths, &c->d) < 0)
		return -1;
	return direct ? use_prefix(c, prefix_of(c, paths.items[0]), m)
		      : use_image(c, paths.items[0], m);
}

static int use_word(struct cli *c, struct store *s, struct machine *m)
{
	const char *word = c->words.items[0];
	struct platform p;
	if (ends(word, ".yml") || ends(word, ".yaml") || strcmp(word, "-") == 0)
		return use_config(c, s, m);
	if (c->words.len > 1)
		return fail(&c->d, KIND_USAGE,
			"several FILE.yml are one config; an image is one word",
			"`slipway run` boots one image, and does not take \"%s\"",
			c->words.items[1]);
	if (cli_option(c, "exit-on")->set)
		return fail(&c->d, KIND_USAGE, "name its FILE.yml",
			"--exit-on is for what is built now: it is part of the kernel's command line");
	if (cli_arch(c, &p) < 0)
		return -1;
	m->arch = p.arch;
	if (cli_option(c, "format")->set)
		return fail(&c->d, KIND_USAGE, NULL, "--format is for a FILE.yml");
	if (run_image_kind(word, &m->media)) {
		if (access(word, R_OK) < 0)
			return fail_sys(&c->d, errno, "cannot read \"%s\"", word);
		return use_image(c, word, m);
	}
	if (no_firmware_choice(c) < 0)
		return -1;
	return use_prefix(c, prefix_of(c, word), m);
}

/* Where a machine that runs on is found: QEMU leaves our folder. */
static const struct run_files *files_of(struct cli *c, const char *scratch)
{
	char folder[PATH_MAX];
	if (!realpath(scratch, folder))
		(void)snprintf(folder, sizeof(folder), "%s", scratch);
	struct run_files *f = ARENA_NEW(c->mem, struct run_files);
	const char *name = cli_base_name(c->mem, c->words.items[c->words.len - 1]);
	f->pid = arena_fmt(c->mem, "%s/%s.pid", folder, name);
	f->console = arena_fmt(c->mem, "%s/%s.console", folder, name);
	f->monitor = arena_fmt(c->mem, "%s/%s.monitor", folder, name);
	return f;
}

static void print_files(const struct cli *c, const struct run_files *f)
{
	if (c->status == 0)
		printf("pid      %s\nconsole  %s\nmonitor  %s\n", f->pid, f->console, f->monitor);
}

/* A machine's own folder, gone after it. One that runs on has its files open, but a TPM keeps a
 * state. */
static int run_in(struct cli *c, struct machine *m, const char *scratch)
{
	const char *folder = arena_fmt(c->mem, "%s/machine-%ld", scratch, (long)getpid());
	struct diags quiet;
	diags_init(&quiet, c->mem);
	if (dir_make(folder, 0700, &c->d) < 0)
		return -1;
	/* QEMU's own status tells how the machine ended. */
	if (m->image && m->media == MEDIA_DISK && !run_keeps(m))
		cli_say(c,
			arena_fmt(c->mem,
				"\"%s\" is not changed: what the machine writes is gone when it ends",
				m->image));
	int rc = run_seed(c, m, folder);
	if (rc == 0)
		rc = run_exec(c->mem, m, folder, &c->status, &c->d);
	if (rc < 0 || !m->detached || !m->tpm)
		(void)!dir_remove(folder, &quiet);
	return rc;
}

int command_run(struct cli *c)
{
	struct machine m = { 0 };
	const char *scratch;
	AUTO_STORE store = NULL;
	if (run_options_read(c, &m) < 0 || cli_store(c, &store) < 0 || use_word(c, store, &m) < 0 ||
		run_fits(&m, &c->d) < 0 || store_folder(store, c->mem, "run", &scratch, &c->d) < 0)
		return -1;
	if (cli_flag(c, "detach"))
		m.detached = files_of(c, scratch);
	if (run_in(c, &m, scratch) < 0)
		return -1;
	if (m.detached)
		print_files(c, m.detached);
	return 0;
}
