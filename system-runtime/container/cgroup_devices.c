/*
 * linux.resources.devices as a BPF program on the cgroup (linux/bpf.h, struct bpf_cgroup_dev_ctx).
 * The list starts from "nothing but the default devices"; later rules win. The
 * program looks at the rules from the last to the first and takes the first that matches.
 */
#include "base/auto_fd.h"
#include "system-runtime/container/cgroup.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { INSNS_MAX = 8192, INSNS_PER_RULE = 16 };

struct program {
	struct bpf_insn insn[INSNS_MAX];
	size_t n;
};

static void emit(
	struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->insn[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm
	};
}

/* r2 = type, r3 = access, r4 = major, r5 = minor (of ctx in r1) */
static void prologue(struct program *p)
{
	emit(p, BPF_LDX | BPF_W | BPF_MEM, 2, 1, 0, 0);
	emit(p, BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
	emit(p, BPF_LDX | BPF_W | BPF_MEM, 3, 1, 0, 0);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16);
	emit(p, BPF_LDX | BPF_W | BPF_MEM, 4, 1, 4, 0);
	emit(p, BPF_LDX | BPF_W | BPF_MEM, 5, 1, 8, 0);
}

struct rule {
	bool allow;
	int type, access;     /* 0: any */
	int64_t major, minor; /* -1: any */
};

/* Ors the field's differences from value into r6, which is 0 as long as the rule matches. */
static void differ(struct program *p, uint8_t field, int32_t value)
{
	emit(p, BPF_ALU | BPF_MOV | BPF_X, 1, field, 0, 0);
	emit(p, BPF_ALU | BPF_XOR | BPF_K, 1, 0, 0, value);
	emit(p, BPF_ALU | BPF_OR | BPF_X, 6, 1, 0, 0);
}

/*
 * One jump per rule and not one per field: loading takes as long as the verifier needs to walk all
 * paths. False: the rule matches everything; it refuses what would follow as unreachable.
 */
static bool emit_rule(struct program *p, const struct rule *r)
{
	bool some = r->type != 0 || r->access != 0 || r->major >= 0 || r->minor >= 0;

	if (some)
		emit(p, BPF_ALU | BPF_MOV | BPF_K, 6, 0, 0, 0);
	if (r->type != 0)
		differ(p, 2, r->type);
	if (r->major >= 0)
		differ(p, 4, (int32_t)r->major);
	if (r->minor >= 0)
		differ(p, 5, (int32_t)r->minor);
	if (r->access != 0) {
		/* An allowing rule must cover all that is wanted, a denying one any of it. */
		emit(p, BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0);
		emit(p, BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, r->allow ? ~r->access & 7 : r->access);
		if (r->allow)
			emit(p, BPF_ALU | BPF_OR | BPF_X, 6, 1, 0, 0);
		else
			emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 3, 0);
	}
	if (some)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, 6, 0, 2, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, r->allow);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return some;
}

static int read_rule(const struct device_rule *d, size_t i, struct rule *r, struct rt_error *e)
{
	*r = (struct rule){ .allow = d->allow,
		.major = d->major.set ? d->major.v : -1,
		.minor = d->minor.set ? d->minor.v : -1 };
	if (d->type != NULL && d->type[0] == 'b' && d->type[1] == '\0')
		r->type = BPF_DEVCG_DEV_BLOCK;
	else if (d->type != NULL && (d->type[0] == 'c' || d->type[0] == 'u') && d->type[1] == '\0')
		r->type = BPF_DEVCG_DEV_CHAR;
	else if (d->type != NULL && d->type[0] != '\0' && strcmp(d->type, "a") != 0)
		return rt_fail(e, 0, "linux.resources.devices[%zu].type: \"%s\" is none of a, b, c",
			i, d->type);
	for (const char *c = d->access ? d->access : "rwm"; *c != '\0'; c++) {
		if (strchr("rwm", *c) == NULL)
			return rt_fail(
				e, 0, "linux.resources.devices[%zu].access: only r, w, m", i);
		r->access |= *c == 'r'	 ? BPF_DEVCG_ACC_READ
			     : *c == 'w' ? BPF_DEVCG_ACC_WRITE
					 : BPF_DEVCG_ACC_MKNOD;
	}
	if (r->access == 7)
		r->access = 0;
	return 0;
}

/* What every container may use: the default devices, terminals, and making any node. */
static const struct rule defaults[] = {
	{ true, 0, BPF_DEVCG_ACC_MKNOD, -1, -1 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 1, 3 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 1, 5 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 1, 7 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 1, 8 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 1, 9 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 5, 0 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 5, 2 },
	{ true, BPF_DEVCG_DEV_CHAR, 0, 136, -1 },
};

/* Of the kernel's list of programs. */
static const char default_name[] = "slipway_dev";

enum { PROGRAMS_MAX = 8 };

/* Ids of the first programs that the cgroup has, and how many it has; -1 and errno. */
static int list_programs(int fd, uint32_t ids[PROGRAMS_MAX])
{
	union bpf_attr query = { .query = { .target_fd = (uint32_t)fd,
					 .attach_type = BPF_CGROUP_DEVICE,
					 .prog_ids = (uint64_t)(uintptr_t)ids,
					 .prog_cnt = PROGRAMS_MAX } };

	/* With ENOSPC there are more than have room; the first ones and the number are told. */
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof(query)) != 0 && errno != ENOSPC)
		return -1;
	return (int)query.query.prog_cnt;
}

static int open_program(uint32_t id)
{
	union bpf_attr get = { .prog_id = id };

	return (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &get, sizeof(get));
}

/* The one program that the cgroup has; negative when it has none or several. */
static int find_program(int fd, struct rt_error *e)
{
	uint32_t ids[PROGRAMS_MAX] = { 0 };
	int n = list_programs(fd, ids), prog = n == 1 ? open_program(ids[0]) : -1;

	if (n == 0)
		return rt_fail(e, 0,
			"linux.resources.devices: the container was made without device rules, so it "
			"shares those of /system-runtime: name some in its config.json");
	if (n > 1)
		return rt_fail(e, 0,
			"linux.resources.devices: the container's cgroup has %d programs of its own; "
			"one alone can be replaced",
			n);
	return prog >= 0 ? prog
			 : rt_fail(e, errno, "linux.resources.devices: cannot open the program");
}

static int load_program(const struct device_rule *rules, size_t n, struct rt_error *e)
{
	static struct program p;
	struct rule r;
	bool open = true;

	p.n = 0;
	if (n > (INSNS_MAX - 128) / INSNS_PER_RULE)
		return rt_fail(e, 0, "linux.resources.devices: more than %d rules",
			(INSNS_MAX - 128) / INSNS_PER_RULE);
	prologue(&p);
	/* The default devices stay whatever the list denies: they are made for every container. */
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
		open = emit_rule(&p, &defaults[i]);
	for (size_t i = n; open && i-- > 0;) {
		if (read_rule(&rules[i], i, &r, e) != 0)
			return -1;
		open = emit_rule(&p, &r);
	}
	if (open) {
		emit(&p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
		emit(&p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	}

	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)p.insn,
		.insn_cnt = (uint32_t)p.n,
		.license = (uint64_t)(uintptr_t) "GPL" };
	if (n == 0)
		memcpy(load.prog_name, default_name, sizeof(default_name));
	int prog = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	return prog >= 0 ? prog
			 : rt_fail(e, errno,
				   "linux.resources.devices: the kernel takes no device program");
}

static int attach_program(
	int fd, const struct device_rule *rules, size_t n, bool replace, struct rt_error *e)
{
	/* Loading takes the kernel longest, and the supervisor's containers mostly have no rules.
	 */
	static int without_rules = -1;
	AUTO_FD own = n > 0 || without_rules < 0 ? load_program(rules, n, e) : -1;
	if (n == 0 && own >= 0)
		without_rules = fd_take(&own);
	int prog = n == 0 ? without_rules : own;
	AUTO_FD old = prog >= 0 && replace ? find_program(fd, e) : -1;
	if (prog < 0 || (replace && old < 0))
		return -1;
	union bpf_attr attach = { .target_fd = (uint32_t)fd,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI | (old >= 0 ? BPF_F_REPLACE : 0),
		.replace_bpf_fd = old >= 0 ? (uint32_t)old : 0 };
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) != 0)
		return rt_fail(
			e, errno, "linux.resources.devices: cannot attach the device program");
	return 0;
}

/* On a cgroup that has the program of the default devices; it goes with the cgroup, as the program
 * does. The number changes with the default rules. */
static const char marker[] = "trusted.slipway.devices", marker_value[] = "1";

bool cgroup_shares_devices(const char *parent)
{
	struct rt_error ignored; /* then each has a program of its own */
	char value[sizeof(marker_value)];
	AUTO_FD fd = cgroup_open(parent, NULL, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return false;
	if (fgetxattr(fd, marker, value, sizeof(value)) == sizeof(value) &&
		memcmp(value, marker_value, sizeof(value)) == 0)
		return true;
	return attach_program(fd, NULL, 0, false, &ignored) == 0 &&
	       fsetxattr(fd, marker, marker_value, sizeof(marker_value), 0) == 0;
}

/*
 * Without a list, too, a container with CAP_MKNOD or a bind of /dev gets at no disk. Who may not
 * load a program (a user namespace's root) cannot make device nodes either.
 */
int cgroup_limit_devices(int fd, const struct device_rule *rules, size_t n, struct rt_error *e)
{
	if (attach_program(fd, rules, n, false, e) == 0)
		return 0;
	if (n > 0 || e->sys != EPERM)
		return -1;
	*e = (struct rt_error){ 0 };
	return 0;
}

int cgroup_replace_devices(int fd, const struct device_rule *rules, size_t n, struct rt_error *e)
{
	return attach_program(fd, rules, n, true, e);
}
