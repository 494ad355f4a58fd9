/*
 * userns: auto: the files of an image belong to the machine's root, who is nobody in a user
 * namespace. An id-mapped mount (mount_setattr(2)) shows them as the container's root's.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>

/* Whom the container's root is outside; -1: nobody. */
static int64_t root_outside(const struct id_mapping *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].containerID == 0 && v[i].size > 0)
			return v[i].hostID;
	}
	return -1;
}

static int map(const char *from, const char *to, const struct linux_spec *l, struct rt_error *e)
{
	AUTO_FD tree = sys_open_tree(AT_FDCWD, from, OPEN_TREE_CLONE);
	AUTO_FD target = open(to, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD user = idmap_user_namespace(l, e);
	struct mount_attr a = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user };

	if (user < 0)
		return -1;
	if (tree >= 0 && sys_mount_setattr(tree, "", AT_EMPTY_PATH, &a) != 0)
		return rt_fail(e, errno, "userns: cannot map the owners of %s%s", from,
			errno == EINVAL ? " (its filesystem cannot; squashfs can since Linux 6.2)"
					: "");
	if (tree < 0 || target < 0 || mount_attach(tree, target) != 0)
		return rt_fail(e, errno, "userns: cannot mount %s on %s", from, to);
	return 0;
}

/* The upper layer's own folder is the root that the container sees. */
static int give_upper(const char *path, int64_t uid, int64_t gid, struct rt_error *e)
{
	if (mkdirs(AT_FDCWD, path) != 0 || chown(path, (uid_t)uid, (gid_t)gid) != 0)
		return rt_fail(e, errno, "userns: cannot give %s to the container's root", path);
	return 0;
}

int owners_map(const struct unit *u, struct mount_spec *m, const char *rootfs, struct mem *mem,
	struct rt_error *e)
{
	AUTO_FD dir = open(u->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *files = m->from == MOUNT_BIND ? m->source : NULL;
	AUTO_MEM sm = { 0 };
	struct spec spec;

	if (dir < 0 || spec_load_from(&sm, dir, NULL, &spec, e) != 0)
		return -1;
	const struct linux_spec *l = spec.linux_;
	int64_t uid = root_outside(l->uidMappings.v, l->uidMappings.n);
	int64_t gid = root_outside(l->gidMappings.v, l->gidMappings.n);
	if (uid < 0 || gid < 0)
		return rt_fail(e, 0, "userns: auto: the container's user 0 is not mapped");
	size_t size = strlen(rootfs) + sizeof("lowerdir=");
	char *lower = mem_alloc(mem, size);
	if (lower == NULL)
		return rt_fail(e, 0, "no memory");
	snprintf(lower, size, "lowerdir=%s", rootfs);
	for (size_t i = 0; i < m->data.n; i++) {
		const char *o = m->data.v[i];
		if (strncmp(o, "upperdir=", 9) == 0 && give_upper(o + 9, uid, gid, e) != 0)
			return -1;
		if (strncmp(o, "lowerdir=", 9) == 0) {
			files = o + 9;
			m->data.v[i] = lower; /* the overlay comes on top of the mapped files */
		}
	}
	if (m->from == MOUNT_BIND)
		m->source = lower + strlen("lowerdir=");
	return files == NULL ? 0 : map(files, rootfs, l, e);
}
