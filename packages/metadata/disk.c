/* NoCloud's disk, OpenStack's config drive, and folders. A disk is found by the label in its
 * superblock before anything is mounted. */
#include "packages/metadata/json.h"
#include "packages/metadata/providers.h"
#include "packages/metadata/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

static char user_data[TEXT_MAX];

/* A regular file of at most max bytes; the length, or -1. No link is followed, nothing waits. */
static ssize_t read_file(int folder, const char *name, char *to, size_t max)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	size_t len = 0;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (st.st_size > (off_t)max)
			say("%s: larger than %zu bytes, and left out", name, max);
		else
			while ((n = read(fd, to + len, max - len)) > 0)
				len += (size_t)n;
	}
	close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}

static char meta[64 << 10];

/* The config drive: openstack/latest with meta_data.json and user_data. */
static int read_config_drive(int folder, struct metadata *m)
{
	enum { HOW = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW };
	int above = openat(folder, "openstack", HOW);
	int latest = above < 0 ? -1 : openat(above, "latest", HOW);

	if (above >= 0)
		close(above);
	if (latest < 0)
		return 0;
	ssize_t n = read_file(latest, "meta_data.json", meta, sizeof(meta));
	ssize_t u = read_file(latest, "user_data", user_data, sizeof(user_data));
	close(latest);
	if (n >= 0 && !take_openstack(m, meta, (size_t)n))
		return fail("openstack/latest/meta_data.json: not what is documented");
	if (u >= 0)
		m->user_data = (struct text){ user_data, (size_t)u };
	return n >= 0 || u >= 0;
}

int read_folder(const char *path, struct metadata *m)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return 0;
	int drive = read_config_drive(folder, m);
	if (drive != 0) {
		close(folder);
		return drive;
	}
	ssize_t n = read_file(folder, "meta-data", meta, sizeof(meta));
	if (n > 0)
		read_yaml(m, meta, (size_t)n);
	ssize_t u = read_file(folder, "user-data", user_data, sizeof(user_data));
	/* What LinuxKit's own images have. */
	if (u < 0)
		u = read_file(folder, "config", user_data, sizeof(user_data));
	close(folder);
	if (u >= 0)
		m->user_data = (struct text){ user_data, (size_t)u };
	return n >= 0 || u >= 0;
}

static bool is_ours(const char *label, size_t len)
{
	static const char *const labels[] = { "cidata", "config-2" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t n = strlen(labels[i]);
		if (strncasecmp(label, labels[i], n) == 0 && strspn(label + n, " ") >= len - n)
			return true;
	}
	return false;
}

/* ECMA-119, 8.4: the volume identifier of the primary descriptor; FAT: the label of the boot
 * sector. NULL: neither. */
static const char *file_system(const char *device)
{
	enum { DESCRIPTOR = 16 * 2048, BLOCK = 2048 };
	char block[BLOCK + 1];
	const char *type = NULL;
	int fd = open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return NULL;
	block[BLOCK] = '\0';
	if (pread(fd, block, BLOCK, DESCRIPTOR) == BLOCK && memcmp(block, "\1CD001", 6) == 0) {
		block[40 + 32] = '\0';
		type = is_ours(block + 40, 32) ? "iso9660" : NULL;
	} else if (pread(fd, block, BLOCK, 0) == BLOCK && (uint8_t)block[510] == 0x55) {
		bool wide = memcmp(block + 82, "FAT32", 5) == 0;
		char *label = block + (wide ? 71 : 43);
		if (wide || memcmp(block + 54, "FAT", 3) == 0) {
			label[11] = '\0';
			type = is_ours(label, 11) ? "vfat" : NULL;
		}
	}
	close(fd);
	return type;
}

static int read_device(const char *device, const char *type, struct metadata *m)
{
	static const char at[] = "/mnt";

	if (mount(device, at, type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return fail("%s: cannot be mounted as %s: %s", device, type, strerror(errno));
	int found = read_folder(at, m);
	umount2(at, MNT_DETACH);
	return found;
}

int read_disks(const struct settings *s, struct metadata *m)
{
	struct dirent **names;
	int found = 0, n = scandir(s->devices, &names, NULL, alphasort);

	for (int i = 0; i < n && found == 0; i++) {
		static const char *const kinds[] = { "sr", "vd", "sd", "xvd", "nvme", "mmcblk" };
		char device[300];
		const char *type = NULL;
		bool disk = false;

		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			disk = disk || strncmp(names[i]->d_name, kinds[k], strlen(kinds[k])) == 0;
		snprintf(device, sizeof(device), "%s/%s", s->devices, names[i]->d_name);
		if (disk)
			type = file_system(device);
		if (type != NULL)
			found = read_device(device, type, m);
	}
	return found;
}
