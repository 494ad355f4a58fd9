#include "mkimage/cli/run.h"

#include "base/near.h"

#include <string.h>

/* 0 to 2 are not for guests (vsock(7)). */
static int vsock(struct cli *c, struct machine *m)
{
	const struct option_value *v = cli_option(c, "vsock");
	if (v->set && v->number < 3)
		return fail(&c->d, KIND_USAGE, "take one from 3 up that no other machine has",
			"a guest cannot have the address %u", v->number);
	m->vsock = v->set ? v->number : 0;
	return 0;
}

static int shares(struct cli *c, struct machine *m)
{
	vec_each (const char *, text, &cli_option(c, "share")->list) {
		struct run_share one;
		if (run_share_parse(c->mem, *text, &one, &c->d) < 0)
			return -1;
		vec_each (struct run_share, other, &m->shares)
			if (strcmp(other->tag, one.tag) == 0)
				return fail(&c->d, KIND_USAGE,
					"give one another: --share FOLDER:TAG",
					"two folders have the tag \"%s\"", one.tag);
		vec_push(c->mem, &m->shares, one);
	}
	return 0;
}

int run_options_read(struct cli *c, struct machine *m)
{
	const struct option_value *memory = cli_option(c, "memory"), *cpus = cli_option(c, "cpus");
	m->memory = memory->set ? memory->number : 1024;
	m->cpus = cpus->set ? cpus->number : 0;
	m->accel = cli_option(c, "accel")->text;
	if (m->accel && strcmp(m->accel, "kvm") != 0 && strcmp(m->accel, "tcg") != 0)
		return fail(&c->d, KIND_USAGE, "use kvm or tcg", "there is no accelerator \"%s\"",
			m->accel);
	m->extra = c->rest;
	m->tpm = cli_flag(c, "tpm");
	m->keys = cli_option(c, "secure-boot")->text;
	m->screenshot = cli_option(c, "screenshot")->text;
	if (vsock(c, m) < 0 || shares(c, m) < 0)
		return -1;
	if (cli_flag(c, "detach") && cli_option(c, "exit-on")->set)
		return fail(&c->d, KIND_USAGE, "--exit-on waits for the end of the machine",
			"--detach and --exit-on exclude each other");
	if (cli_flag(c, "detach") && m->screenshot)
		return fail(&c->d, KIND_USAGE,
			"ask its monitor: echo screendump FILE -f png | socat - UNIX:NAME.monitor",
			"--detach and --screenshot exclude each other");
	vec_each (const char *, text, &cli_option(c, "publish")->list) {
		struct run_port p;
		if (run_port_parse(c->mem, *text, &p, &c->d) < 0)
			return -1;
		vec_push(c->mem, &m->ports, p);
	}
	vec_each (const char *, text, &cli_option(c, "disk")->list) {
		struct run_disk disk;
		if (run_disk_parse(c->mem, *text, &disk, &c->d) < 0)
			return -1;
		vec_push(c->mem, &m->disks, disk);
	}
	return 0;
}

/* A container that ends: onshutdown's run when the machine ends anyway. */
int run_exit_on(struct cli *c, struct plan *plan, struct machine *m)
{
	const struct option_value *v = cli_option(c, "exit-on");
	struct strings names = { 0 };
	if (!v->set)
		return 0;
	if (!plan->slipway_init)
		return fail(&c->d, KIND_INPUT,
			"with `init: [slipway/init, slipway/system-runtime]`",
			"--exit-on needs an image with Slipway's own init");
	for (size_t i = 0; i < plan->services_len; i++)
		if (plan->services[i].section != SECTION_ONSHUTDOWN)
			vec_push(c->mem, &names, plan->services[i].name);
	vec_each (const char *, name, &names)
		if (strcmp(*name, v->text) == 0)
			m->exit_on = *name;
	if (!m->exit_on)
		return fail(&c->d, KIND_USAGE, near_hint(c->mem, v->text, &names, NULL),
			"there is no container \"%s\" in onboot or services", v->text);
	plan->cmdline = arena_fmt(c->mem, "%s slipway.exit-on=%s", plan->cmdline, m->exit_on);
	return 0;
}
