/*
 * Landlock (landlock(7)): what a container's user may do is narrowed once more, for good, by the
 * lists of io.slipway.landlock.* (docs/svc-protocol.md, "Settings of a bundle").
 */
#include "base/auto_fd.h"
#include "system-runtime/container/job.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Of linux/landlock.h, whose Debian version is older than ports. */
enum {
	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ = 1 << 2 | 1 << 3, /* files, folders */
	CHANGE_FOLDER = 0x1ff0, /* remove and make */
	REFER = 1 << 13,	/* to another folder; always refused where no rule allows it */
	TRUNCATE = 1 << 14,
	WRITE = WRITE_FILE | CHANGE_FOLDER | REFER | TRUNCATE,
	OF_FILES = EXECUTE | WRITE_FILE | 1 << 2 | TRUNCATE,
	BIND = 1 << 0,
	CONNECT = 1 << 1,
	RULE_PATH = 1,
	RULE_PORT = 2,
	VERSION = 1,
};
struct ruleset {
	uint64_t files, ports;
};
struct path_rule {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));
struct port_rule {
	uint64_t allowed, port;
};

static const struct {
	char name[8], since[8]; /* since: Linux */
	uint8_t ports, abi;
	uint16_t right, given; /* handled; what a path of the list gets */
} kinds[] = {
	{ "read", "5.13", 0, 1, READ, READ },
	{ "write", "6.2", 0, 3, WRITE, WRITE | READ },
	{ "execute", "5.13", 0, 1, EXECUTE, EXECUTE },
	{ "bind", "6.7", 1, 4, BIND, BIND },
	{ "connect", "6.7", 1, 4, CONNECT, CONNECT },
};

/* False: the container has no such list, which allows all. */
static bool find_list(const pair_vec *annotations, const char *name, const char **json)
{
	static const char prefix[] = "io.slipway.landlock.";

	for (size_t i = 0; i < annotations->n; i++) {
		const struct pair *a = &annotations->v[i];
		if (strncmp(a->key, prefix, sizeof(prefix) - 1) == 0 &&
			strcmp(a->key + sizeof(prefix) - 1, name) == 0) {
			*json = a->value;
			return true;
		}
	}
	return false;
}

static int add_path(int rules, const char *path, uint64_t allowed)
{
	AUTO_FD fd = open(path, O_PATH | O_CLOEXEC);
	struct path_rule r = { .allowed = allowed, .fd = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		r.allowed &= OF_FILES;
	return r.allowed == 0 ? 0 : (int)syscall(SYS_landlock_add_rule, rules, RULE_PATH, &r, 0);
}

static int add_port(int rules, const char *port, uint64_t allowed)
{
	struct port_rule r = { .allowed = allowed, .port = strtoul(port, NULL, 10) };

	return (int)syscall(SYS_landlock_add_rule, rules, RULE_PORT, &r, 0);
}

static int allow(int rules, size_t kind, const char *json, uint64_t files, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct strv list = { 0 };

	if (json_list(&m, json, &list, e) != 0)
		return rt_wrap(e, "landlock.%s", kinds[kind].name);
	for (size_t i = 0; i < list.n; i++) {
		const char *what = list.v[i];
		int r = kinds[kind].ports ? add_port(rules, what, kinds[kind].given)
					  : add_path(rules, what, kinds[kind].given & files);
		if (r != 0)
			return rt_fail(
				e, errno, "landlock.%s: cannot allow %s", kinds[kind].name, what);
	}
	return 0;
}

static int make(const struct ruleset *all)
{
	/* Older kernels know nothing of ports, and no longer structure. */
	return (int)syscall(SYS_landlock_create_ruleset, all,
		all->ports != 0 ? sizeof(*all) : sizeof(all->files), 0);
}

int landlock_apply(const pair_vec *annotations, struct rt_error *e)
{
	const char *json[ARRAY_LEN(kinds)] = { NULL };
	struct ruleset all = { 0 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);
	bool any = false;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		if (!find_list(annotations, kinds[k].name, &json[k]))
			continue;
		any = true;
		if (abi < kinds[k].abi)
			return rt_fail(e, 0, "landlock.%s: needs Linux %s or newer, with Landlock",
				kinds[k].name, kinds[k].since);
		*(kinds[k].ports ? &all.ports : &all.files) |= kinds[k].right;
	}
	if (!any)
		return 0;
	/* Who may write everywhere may move files everywhere. */
	bool move = all.files != 0 && !(all.files & REFER) && abi >= 2;
	all.files |= move ? REFER : 0;
	AUTO_FD rules = make(&all);
	if (rules < 0)
		return rt_fail(e, errno, "landlock: cannot be put on");
	if (move && add_path(rules, "/", REFER) != 0)
		return rt_fail(e, errno, "landlock: cannot be put on");
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		if (json[k] != NULL && allow(rules, k, json[k], all.files, e) != 0)
			return -1;
	}
	if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		return rt_fail(e, errno, "landlock: cannot be put on");
	return 0;
}
