#include "packages/metadata/output.h"

#include "packages/metadata/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 16, FILES_MAX = 1000 };

/* Whole or not at all: others read while this writes. Nothing that is there is followed. */
static int write_file(int folder, const char *name, const char *at, size_t len, mode_t mode)
{
	static const char new[] = ".slipway.new";
	int fd;

	if (folder < 0)
		return 0;
	unlinkat(folder, new, 0);
	fd = openat(folder, new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail("%s: %s", name, strerror(errno));
	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n < 0) {
			fail("%s: %s", name, strerror(errno));
			close(fd);
			return -1;
		}
		at += n;
		len -= (size_t)n;
	}
	int rc = fchmod(fd, mode) < 0 || renameat(folder, new, folder, name) < 0 ? -1 : 0;
	close(fd);
	return rc < 0 ? fail("%s: %s", name, strerror(errno)) : 0;
}

static int open_folder(int folder, const char *name, mode_t mode)
{
	if (folder < 0)
		return -1;
	if (mkdirat(folder, name, mode) < 0 && errno != EEXIST)
		return fail("%s: %s", name, strerror(errno));
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail("%s: %s", name, strerror(errno)) : fd;
}

static bool name_ok(const char *name, size_t len)
{
	return len > 0 && len < 200 && strlen(name) == len && strchr(name, '/') == NULL &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strcmp(name, ".slipway.new") != 0;
}

/* "perm": octal digits; more than 0777 is not for data. */
static mode_t mode_of(yyjson_val *entry, mode_t otherwise)
{
	const char *perm = yyjson_get_str(yyjson_obj_get(entry, "perm"));
	char *end;

	if (perm == NULL || strspn(perm, "01234567") != strlen(perm) || *perm == '\0')
		return otherwise;
	unsigned long mode = strtoul(perm, &end, 8);
	return mode > 0777 ? otherwise : (mode_t)mode;
}

static void write_entry(int folder, const char *name, yyjson_val *entry, int depth, int *files)
{
	yyjson_val *content = yyjson_obj_get(entry, "content");
	yyjson_val *entries = yyjson_obj_get(entry, "entries");
	size_t i, n;
	yyjson_val *key, *value;

	if (yyjson_is_str(content) == yyjson_is_obj(entries)) {
		say("userdata: %s: needs either \"content\" or \"entries\"", name);
		return;
	}
	if (++*files > FILES_MAX || depth > DEPTH_MAX) {
		say("userdata: %s: too many files, or too deep", name);
		return;
	}
	if (yyjson_is_str(content)) {
		if (write_file(folder, name, yyjson_get_str(content), yyjson_get_len(content),
			    mode_of(entry, 0600)) < 0)
			say("userdata: %s: not written", name);
		return;
	}
	int below = open_folder(folder, name, mode_of(entry, 0700));
	if (folder >= 0 && below < 0)
		return;
	yyjson_obj_foreach(entries, i, n, key, value)
	{
		if (name_ok(yyjson_get_str(key), yyjson_get_len(key)))
			write_entry(below, yyjson_get_str(key), value, depth + 1, files);
		else
			say("userdata: %s: a name below it is none", name);
	}
	if (below >= 0)
		close(below);
}

int write_tree(int folder, const char *json, size_t len)
{
	int files = 0;
	size_t i, n;
	yyjson_val *root = json_root(json, len), *key, *value;

	if (!yyjson_is_obj(root))
		return -1;
	yyjson_obj_foreach(root, i, n, key, value)
	{
		if (name_ok(yyjson_get_str(key), yyjson_get_len(key)))
			write_entry(folder, yyjson_get_str(key), value, 1, &files);
		else
			say("userdata: a name in it is none");
	}
	return files;
}

int write_config(const char *path, const char *provider, const struct metadata *m)
{
	int rc = 0, ssh = -1;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail("%s: %s", path, strerror(errno));
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return fail("%s: %s", path, strerror(errno));
	rc |= write_file(folder, "provider", provider, strlen(provider), 0600);
	if (m->hostname[0] != '\0')
		rc |= write_file(folder, "hostname", m->hostname, strlen(m->hostname), 0600);
	if (m->keys_len > 0) {
		ssh = open_folder(folder, "ssh", 0700);
		rc |= ssh < 0 ? -1 : write_file(ssh, "authorized_keys", m->keys, m->keys_len, 0600);
	}
	if (ssh >= 0)
		close(ssh);
	if (m->user_data.at != NULL) {
		rc |= write_file(folder, "userdata", m->user_data.at, m->user_data.len, 0600);
		if (m->user_data.len > 0 && m->user_data.at[0] == '{' &&
			write_tree(folder, m->user_data.at, m->user_data.len) < 0)
			say("userdata: begins as JSON, and is none");
	}
	close(folder);
	return rc;
}
