/*
 * runtime.json, LinuxKit's: what the machine does for a bundle before its container is made. The
 * paths are the image's own words, and the mounts belong to the machine's mount namespace.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/supervise/runtime_json.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <sys/stat.h>

/* A destination that is not absolute counts from the root filesystem (LinuxKit, pkg/init). */
static int absolute(
	const struct unit *u, const char *path, char *out, size_t size, struct rt_error *e)
{
	int n = path[0] == '/' ? snprintf(out, size, "%s", path)
			       : snprintf(out, size, "%s/rootfs/%s", u->bundle, path);

	return n >= (int)size ? rt_fail(e, ENAMETOOLONG, "runtime.json: %.64s", path) : 0;
}

static bool has_option(const struct mount_spec *m, const char *name)
{
	for (size_t i = 0; i < m->options.n; i++) {
		if (strcmp(m->options.v[i], name) == 0)
			return true;
	}
	return false;
}

/* overlayfs wants its upper and work folders to be there. */
static int make_overlay_folders(const struct mount_spec *m, struct rt_error *e)
{
	for (size_t i = 0; i < m->data.n; i++) {
		const char *eq = strchr(m->data.v[i], '=');
		if (eq == NULL || (strncmp(m->data.v[i], "upperdir=", 9) != 0 &&
					  strncmp(m->data.v[i], "workdir=", 8) != 0))
			continue;
		if (mkdirs(AT_FDCWD, eq + 1) != 0)
			return rt_fail(e, errno, "cannot make %s", eq + 1);
	}
	return 0;
}

static int make(const struct mount_spec *m, struct rt_error *e)
{
	if (m->from == MOUNT_BIND) {
		int fd = sys_open_tree(
			AT_FDCWD, m->source, OPEN_TREE_CLONE | (m->recursive ? AT_RECURSIVE : 0));
		if (fd < 0)
			return rt_fail(e, errno, "cannot take %s", m->source);
		if ((m->attr_set | m->attr_clear) &&
			mount_fd_attr(fd, m->attr_set, m->attr_clear, false) != 0) {
			close(fd);
			return rt_fail(e, errno, "cannot set the options of %s", m->source);
		}
		return fd;
	}
	AUTO_FD fs = -1;
	if (strcmp(m->type, "overlay") == 0 && make_overlay_folders(m, e) != 0)
		return -1;
	fs = sys_fsopen(m->type, 0);
	if (fs < 0)
		return rt_fail(e, errno, "%s: the kernel has no such filesystem", m->type);
	/* A superblock made read-write cannot come from a read-only medium. */
	if ((m->attr_set & MOUNT_ATTR_RDONLY) &&
		sys_fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) != 0)
		return rt_fail(e, errno, "%s: cannot make it read-only", m->type);
	if (fs_configure(fs, m->type, m->source, &m->data, FSCONFIG_CMD_CREATE, e) != 0)
		return -1;
	int fd = sys_fsmount(fs, 0, (unsigned)m->attr_set);
	return fd < 0 ? rt_fail(e, errno, "%s: cannot mount it", m->type) : fd;
}

static int make_target(const char *path, int source, struct rt_error *e)
{
	struct stat st;

	if (fstat(source, &st) == 0 && !S_ISDIR(st.st_mode)) {
		AUTO_FD file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (file < 0 && access(path, F_OK) != 0)
			return rt_fail(e, errno, "cannot make the file %s", path);
	} else if (mkdirs(AT_FDCWD, path) != 0) {
		return rt_fail(e, errno, "cannot make the folder %s", path);
	}
	int fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? rt_fail(e, errno, "cannot open %s", path) : fd;
}

/* "remount" changes the mount that stands there: flags and propagation. */
static int change(const struct mount_spec *m, const char *path, struct rt_error *e)
{
	AUTO_FD fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 ||
		((m->attr_set | m->attr_clear) &&
			mount_fd_attr(fd, m->attr_set, m->attr_clear, false) != 0) ||
		(m->propagation &&
			mount_fd_propagation(fd, m->propagation, m->propagation_recursive) != 0))
		return rt_fail(e, errno, "cannot change the mount on %s", path);
	return 0;
}

static int mount_one(
	const struct unit *u, struct mount_spec *m, struct mem *mem, struct rt_error *e)
{
	char path[PATH_MAX];

	if (absolute(u, m->destination, path, sizeof(path), e) != 0 ||
		mount_options(mem, m, "runtime.json", e) != 0)
		return -1;
	if (m->from == MOUNT_REMOUNT)
		return change(m, path, e);
	size_t n = strlen(u->bundle);
	if (u->set.userns_auto && strncmp(path, u->bundle, n) == 0 &&
		strcmp(path + n, "/rootfs") == 0 && owners_map(u, m, path, mem, e) != 0)
		return -1;
	if (m->from == MOUNT_FS && m->type == NULL)
		return rt_fail(e, 0, "runtime.json: the mount on %s has no type", path);
	AUTO_FD fd = make(m, e);
	if (fd < 0)
		return -1;
	AUTO_FD target = make_target(path, fd, e);
	if (target < 0)
		return -1;
	if (mount_attach(fd, target) != 0)
		return rt_fail(e, errno, "cannot mount on %s", path);
	if (m->propagation &&
		mount_fd_propagation(fd, m->propagation, m->propagation_recursive) != 0)
		return rt_fail(e, errno, "cannot set the propagation of %s", path);
	return 0;
}

static int load(const struct unit *u, struct mem *m, struct runtime_json *r, struct rt_error *e)
{
	AUTO_FD dir = open(u->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*m = (struct mem){ 0 };
	*r = (struct runtime_json){ 0 };
	if (dir < 0)
		return rt_fail(e, errno, "cannot open %s", u->bundle);
	if (faccessat(dir, "runtime.json", F_OK, 0) != 0 && errno == ENOENT)
		return 0;
	return json_decode_file(m, dir, "runtime.json", &runtime_json_table, r, e);
}

/*
 * A bind of files on the bundle's rootfs, and nothing else there: the container can take the files
 * where they are. As a mount of the machine each later container's namespace would copy it.
 */
static bool is_plain_root(const struct unit *u, const struct runtime_json *r)
{
	const struct mount_spec *m = r->mounts.v;
	size_t n = strlen(u->bundle);

	return !u->set.userns_auto && r->mounts.n == 1 && r->mkdir.n == 0 && m->type != NULL &&
	       strcmp(m->type, "bind") == 0 && m->options.n == 1 && has_option(m, "bind") &&
	       m->source != NULL && m->source[0] == '/' && m->destination != NULL &&
	       strncmp(m->destination, u->bundle, n) == 0 &&
	       strcmp(m->destination + n, "/rootfs") == 0;
}

/* What a build writes names each kind, most of them with nothing. */
static bool binds_any(const struct bind_ns *b)
{
	const char *const all[] = { b->cgroup, b->ipc, b->mnt, b->net, b->pid, b->user, b->uts };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i] != NULL && all[i][0] != '\0')
			return true;
	}
	return false;
}

int bundle_prepare(struct unit *u, char *rootfs, size_t size, bool *binds_ns, struct rt_error *e)
{
	char path[PATH_MAX];
	AUTO_MEM m = { 0 };
	struct runtime_json r;

	if (load(u, &m, &r, e) != 0)
		return -1;
	for (size_t i = 0; i < r.cgroups.n; i++) {
		int fd;
		bool made;
		if (cgroup_make(r.cgroups.v[i], &fd, &made, e) != 0)
			return rt_wrap(e, "runtime.json: cgroups[%zu]", i);
		fd_drop(&fd);
	}
	*binds_ns = r.bindNS != NULL && binds_any(r.bindNS);
	rootfs[0] = '\0';
	if (is_plain_root(u, &r)) {
		snprintf(rootfs, size, "%s", r.mounts.v[0].source);
		return 0;
	}
	/* Mounts outlive a restart of the service: what it wrote stays. */
	for (size_t i = 0; !u->mounted && i < r.mounts.n; i++) {
		if (mount_one(u, &r.mounts.v[i], &m, e) != 0)
			return rt_wrap(e, "runtime.json: mounts[%zu]", i);
	}
	u->mounted = true;
	for (size_t i = 0; i < r.mkdir.n; i++) {
		if (absolute(u, r.mkdir.v[i], path, sizeof(path), e) != 0)
			return -1;
		if (mkdirs(AT_FDCWD, path) != 0)
			return rt_fail(e, errno, "runtime.json: cannot make the folder %s", path);
	}
	return 0;
}

int bundle_bind_namespaces(const struct unit *u, pid_t pid, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct runtime_json r;
	char from[64];

	if (load(u, &m, &r, e) != 0)
		return -1;
	if (r.bindNS == NULL)
		return 0;
	const char *const all[][2] = { { "cgroup", r.bindNS->cgroup }, { "ipc", r.bindNS->ipc },
		{ "mnt", r.bindNS->mnt }, { "net", r.bindNS->net }, { "pid", r.bindNS->pid },
		{ "user", r.bindNS->user }, { "uts", r.bindNS->uts } };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const char *path = all[i][1];
		if (path == NULL || path[0] == '\0')
			continue;
		char parent[PATH_MAX];
		const char *base = strrchr(path, '/');
		snprintf(parent, sizeof(parent), "%.*s", base ? (int)(base - path) : 0, path);
		if (parent[0] != '\0' && mkdirs(AT_FDCWD, parent) != 0)
			return rt_fail(e, errno, "runtime.json: bindNS.%s: cannot make %s",
				all[i][0], parent);
		snprintf(from, sizeof(from), "/proc/%d/ns/%s", (int)pid, all[i][0]);
		AUTO_FD ns = sys_open_tree(AT_FDCWD, from, OPEN_TREE_CLONE);
		AUTO_FD target = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0444);
		fd_drop(&target);
		target = open(path, O_PATH | O_CLOEXEC);
		if (ns < 0 || target < 0 || mount_attach(ns, target) != 0)
			return rt_fail(e, errno, "runtime.json: bindNS.%s: cannot bind on %s",
				all[i][0], path);
	}
	return 0;
}

void bundle_release(struct unit *u)
{
	static const char *const own[] = { "rootfs", "tmp" };
	char path[PATH_MAX + 8];

	/* onboot and onshutdown run once: their root is of no use afterwards, and what they wrote
	 * to it is memory. */
	for (size_t i = 0; u->mounted && i < ARRAY_LEN(own); i++) {
		snprintf(path, sizeof(path), "%s/%s", u->bundle, own[i]);
		while (sys_umount(path, MNT_DETACH) == 0)
			; /* one below the other */
	}
	u->mounted = false;
}
