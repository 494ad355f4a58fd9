/* The folder of one class: made, limited, joined and removed. */
#include "system-runtime/container/resctrl.h"
#include "system-runtime/common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum {
	PATH_SIZE = 512,  /* of a class, mon_groups, an id and a file */
	LINES_SIZE = 4096 /* the kernel takes no more in one write(2) */
};

/* A file of the class; monitor: of the container's own folder in its mon_groups. */
static const char *in_class(
	char out[PATH_SIZE], const struct state *s, bool monitor, const char *file)
{
	snprintf(out, PATH_SIZE, "%s/%s%s%s", s->rdt[0] == '/' ? "." : s->rdt,
		monitor ? "mon_groups/" : "", monitor ? s->id : "", file);
	return out;
}

static bool is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

int rdt_plan(int root, const struct rdt_spec *r, struct state *s, struct rt_error *e)
{
	bool given = is_set(r->closID);
	char path[PATH_SIZE];

	s->rdt = given ? r->closID : s->id;
	bool there = faccessat(root, in_class(path, s, false, ""), F_OK, 0) == 0;
	if (!there && given && !is_set(r->l3CacheSchema) && !is_set(r->memBwSchema) &&
		r->schemata.n == 0)
		return rt_fail(e, 0,
			"closID: there is no class %s, and no schemata to make it with", s->rdt);
	if (r->enableMonitoring && faccessat(root, in_class(path, s, true, ""), F_OK, 0) == 0)
		return rt_fail(e, EEXIST, "enableMonitoring: %s", path);
	s->own_rdt = !there && !given;
	s->own_monitor = r->enableMonitoring;
	return 0;
}

int rdt_make(int root, struct state *s, bool *made, struct rt_error *e)
{
	char path[PATH_SIZE];

	*made = mkdirat(root, s->rdt, 0755) == 0;
	s->own_rdt &= *made;
	if (!*made && errno != EEXIST)
		return rt_fail(e, errno, "cannot make the class %s", s->rdt);
	if (!s->own_monitor || mkdirat(root, in_class(path, s, true, ""), 0755) == 0)
		return 0;
	s->own_monitor = false;
	return rt_fail(e, errno, "enableMonitoring: cannot make %s", path);
}

/* True: the lines of have (as the kernel prints them, with blanks) give it that value there. */
static bool says(const char *have, const char *resource, size_t len, unsigned long place,
	unsigned long long value)
{
	for (const char *p = have; p != NULL; p = strchr(p, '\n')) {
		p += strspn(p, " \n");
		if (strncmp(p, resource, len) != 0 || p[len] != ':')
			continue;
		char *end = (char *)(uintptr_t)p + len;
		while (*end == ':' || *end == ';') {
			unsigned long there = strtoul(end + 1, &end, 10);
			if (*end != '=')
				return false;
			unsigned long long v = strtoull(end + 1, &end, 16);
			if (there == place)
				return v == value;
		}
		return false;
	}
	return false;
}

/* Every value that want names stands in have. Hexadecimal is as good for percents. */
static bool agrees(const char *have, const char *want)
{
	for (const char *p = want; p != NULL && *p != '\0'; p = strchr(p, '\n')) {
		p += strspn(p, " \n");
		size_t len = strcspn(p, ":\n");
		const char *at = p + len;
		if (*at != ':')
			return false;
		while (*at == ':' || *at == ';') {
			char *end;
			unsigned long place = strtoul(at + 1, &end, 10);
			if (*end != '=' || !says(have, p, len, place, strtoull(end + 1, &end, 16)))
				return false;
			at = end;
		}
	}
	return true;
}

static int write_lines(int root, const char *path, const char *lines, struct rt_error *e)
{
	char text[LINES_SIZE], why[128];

	if (snprintf(text, sizeof(text), "%s\n", lines) >= (int)sizeof(text))
		errno = E2BIG;
	else if (file_write(root, path, text) == 0)
		return 0;
	int sys = errno;
	ssize_t n = read_small(root, "info/last_cmd_status", why, sizeof(why));
	why[n < 1 ? 0 : n - 1] = '\0';
	return rt_fail(e, sys, "\"%.160s\" is refused (%s)", lines, why);
}

int rdt_limit(
	int root, const struct rdt_spec *r, const struct state *s, bool made, struct rt_error *e)
{
	const char *given[] = { r->l3CacheSchema, r->memBwSchema };
	char have[LINES_SIZE], path[PATH_SIZE];

	(void)in_class(path, s, false, "schemata");
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		if (!is_set(given[i]))
			continue;
		if (made && write_lines(root, path, given[i], e) != 0)
			return -1;
		if (!made &&
			(read_small(root, path, have, sizeof(have)) < 0 || !agrees(have, given[i])))
			return rt_fail(e, 0, "the class %s is there and does not say \"%.160s\"",
				s->rdt, given[i]);
	}
	for (size_t i = 0; i < r->schemata.n; i++) {
		if (write_lines(root, path, r->schemata.v[i], e) != 0)
			return -1;
	}
	return 0;
}

int rdt_join(int root, const struct state *s, pid_t pid, struct rt_error *e)
{
	char text[16], path[PATH_SIZE];

	snprintf(text, sizeof(text), "%d", (int)pid);
	for (int monitor = 0; monitor <= s->own_monitor; monitor++) {
		if (file_write(root, in_class(path, s, monitor, monitor ? "/tasks" : "tasks"),
			    text) != 0)
			return rt_fail(e, errno, "cannot write %s", path);
	}
	return 0;
}

int rdt_remove(int root, const struct state *s, struct rt_error *e)
{
	char path[PATH_SIZE];

	for (int monitor = s->own_monitor; monitor >= !s->own_rdt; monitor--) {
		if (unlinkat(root, in_class(path, s, monitor, ""), AT_REMOVEDIR) != 0 &&
			errno != ENOENT)
			return rt_fail(e, errno, "cannot remove %s", path);
	}
	return 0;
}
