/*
 * Numbers of a container's cgroup, in the words of `runc events --stats`, which monitors parse. A
 * file that is not there (its controller is off) gives no key.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/container/manage.h"

#include <fcntl.h>
#include <inttypes.h>

/* A whole small file of the cgroup; -1 when it is not there. */
static ssize_t read_file(const char *cgroup, const char *file, char *buf, size_t size)
{
	AUTO_FD fd = cgroup_open(cgroup, NULL, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? -1 : read_small(fd, file, buf, size);
}

/* The number behind "KEY " at the start of a line. */
static bool find_key(const char *text, const char *key, uint64_t *out)
{
	size_t n = strlen(key);

	for (const char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, key, n) == 0 && line[n] == ' ') {
			*out = strtoull(line + n + 1, NULL, 10);
			return true;
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return false;
}

uint64_t cgroup_count(const char *cgroup, const char *file, const char *key)
{
	char text[8192];
	uint64_t n = 0;

	if (cgroup == NULL || read_file(cgroup, file, text, sizeof(text)) < 0 ||
		!find_key(text, key, &n))
		return 0;
	return n;
}

/* runc writes "no limit" as the largest number of 64 bits. */
static void put_u64(struct json_out *o, const char *key, uint64_t v)
{
	char text[96];

	if (v <= INT64_MAX) {
		jw_int(o, key, (int64_t)v);
		return;
	}
	snprintf(text, sizeof(text), "%s\"%s\":%" PRIu64, o->comma ? "," : "", key, v);
	jw_raw(o, text);
	o->comma = true;
}

static bool get_value(const char *cgroup, const char *file, uint64_t *out)
{
	char text[64];

	if (read_file(cgroup, file, text, sizeof(text)) < 0)
		return false;
	*out = strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
	return true;
}

static void cpu(const char *cgroup, struct json_out *o)
{
	char text[4096];
	uint64_t n;

	if (read_file(cgroup, "cpu.stat", text, sizeof(text)) < 0)
		return;
	jw_open(o, "cpu", '{');
	jw_open(o, "usage", '{');
	if (find_key(text, "usage_usec", &n))
		put_u64(o, "total", n * 1000);
	if (find_key(text, "system_usec", &n))
		put_u64(o, "kernel", n * 1000);
	if (find_key(text, "user_usec", &n))
		put_u64(o, "user", n * 1000);
	jw_close(o, '}');
	jw_open(o, "throttling", '{');
	if (find_key(text, "nr_periods", &n))
		put_u64(o, "periods", n);
	if (find_key(text, "nr_throttled", &n))
		put_u64(o, "throttledPeriods", n);
	if (find_key(text, "throttled_usec", &n))
		put_u64(o, "throttledTime", n * 1000);
	jw_close(o, '}');
	jw_close(o, '}');
}

static void usage(const char *cgroup, const char *key, const char *prefix, struct json_out *o)
{
	char file[64];
	uint64_t n;

	jw_open(o, key, '{');
	snprintf(file, sizeof(file), "%s.max", prefix);
	if (get_value(cgroup, file, &n))
		put_u64(o, "limit", n);
	snprintf(file, sizeof(file), "%s.current", prefix);
	if (get_value(cgroup, file, &n))
		put_u64(o, "usage", n);
	snprintf(file, sizeof(file), "%s.peak", prefix);
	if (get_value(cgroup, file, &n))
		put_u64(o, "max", n);
	snprintf(file, sizeof(file), "%s.events", prefix);
	put_u64(o, "failcnt", cgroup_count(cgroup, file, "max"));
	jw_close(o, '}');
}

static void memory(const char *cgroup, struct json_out *o)
{
	char text[8192], *save = NULL;
	uint64_t n;

	if (!get_value(cgroup, "memory.current", &n))
		return;
	jw_open(o, "memory", '{');
	usage(cgroup, "usage", "memory", o);
	usage(cgroup, "swap", "memory.swap", o);
	if (read_file(cgroup, "memory.stat", text, sizeof(text)) > 0) {
		if (find_key(text, "file", &n))
			put_u64(o, "cache", n);
		jw_open(o, "raw", '{');
		for (char *line = strtok_r(text, "\n", &save); line != NULL;
			line = strtok_r(NULL, "\n", &save)) {
			char *blank = strchr(line, ' ');
			if (blank == NULL)
				continue;
			*blank = '\0';
			put_u64(o, line, strtoull(blank + 1, NULL, 10));
		}
		jw_close(o, '}');
	}
	jw_close(o, '}');
}

/* io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ..." */
static void block_io(
	const char *cgroup, struct json_out *o, const char *name, const char *const keys[2])
{
	static const char *const ops[2] = { "Read", "Write" };
	char text[8192], *save = NULL;

	if (read_file(cgroup, "io.stat", text, sizeof(text)) < 0)
		return;
	jw_open(o, name, '[');
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
		line = strtok_r(NULL, "\n", &save)) {
		char *end;
		unsigned long major = strtoul(line, &end, 10);
		unsigned long minor = *end == ':' ? strtoul(end + 1, &end, 10) : 0;
		if (*end != ' ')
			continue;
		for (int i = 0; i < 2; i++) {
			const char *at = strstr(line, keys[i]);
			jw_open(o, NULL, '{');
			jw_int(o, "major", (int64_t)major);
			jw_int(o, "minor", (int64_t)minor);
			jw_str(o, "op", ops[i]);
			put_u64(o, "value",
				at != NULL ? strtoull(at + strlen(keys[i]), NULL, 10) : 0);
			jw_close(o, '}');
		}
	}
	jw_close(o, ']');
}

void container_stats(const struct managed *m, struct json_out *o)
{
	static const char *const bytes[2] = { " rbytes=", " wbytes=" }, *const ios[2] = { " rios=",
		" wios=" };
	const char *cgroup = m->state.cgroup;
	uint64_t n;

	jw_open(o, "data", '{');
	if (cgroup != NULL && cgroup[0] != '\0') {
		cpu(cgroup, o);
		memory(cgroup, o);
		if (get_value(cgroup, "pids.current", &n)) {
			jw_open(o, "pids", '{');
			put_u64(o, "current", n);
			/* No limit is 0 here. */
			if (get_value(cgroup, "pids.max", &n))
				put_u64(o, "limit", n == UINT64_MAX ? 0 : n);
			jw_close(o, '}');
		}
		jw_open(o, "blkio", '{');
		block_io(cgroup, o, "ioServiceBytesRecursive", bytes);
		block_io(cgroup, o, "ioServicedRecursive", ios);
		jw_close(o, '}');
	}
	jw_close(o, '}');
}
