/* The bundles below /containers become units. */
#include "system-runtime/supervise/supervise.h"

#include <dirent.h>
#include <errno.h>

static const struct {
	const char *folder, *id_prefix;
	enum unit_kind kind;
} kinds[] = {
	{ "onboot", "onboot.", UNIT_ONBOOT },
	{ "services", "", UNIT_SERVICE },
	{ "onshutdown", "onshutdown.", UNIT_ONSHUTDOWN },
};

const char *kind_name(enum unit_kind k)
{
	static const char *const names[] = { "onboot", "service", "onshutdown" };

	return names[k];
}

const char *unit_state_name(enum unit_state s)
{
	static const char *const names[] = { "waiting", "running", "stopping", "backoff", "exited",
		"failed", "stopped" };

	return names[s];
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* "003-dhcp" is shown as "dhcp". */
static const char *without_number(const char *name)
{
	size_t n = strspn(name, "0123456789");

	return n > 0 && name[n] == '-' && name[n + 1] != '\0' ? name + n + 1 : name;
}

static int add_unit(
	struct supervisor *s, struct unit ***tail, size_t k, const char *name, struct rt_error *e)
{
	struct unit *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return rt_fail(e, ENOMEM, "%s", name);
	u->kind = kinds[k].kind;
	u->exit_status = -1;
	u->pidfd.fd = u->output.fd = -1;
	snprintf(u->name, sizeof(u->name), "%.120s",
		u->kind == UNIT_SERVICE ? name : without_number(name));
	snprintf(u->id, sizeof(u->id), "%s%.100s", kinds[k].id_prefix, name);
	snprintf(u->bundle, sizeof(u->bundle), "%s/%s/%s", s->containers, kinds[k].folder, name);
	**tail = u;
	*tail = &u->next;
	return 0;
}

int units_scan(struct supervisor *s, struct rt_error *e)
{
	struct unit **tail = &s->units;
	char path[PATH_MAX];
	int r = 0;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct dirent **names = NULL;
		snprintf(path, sizeof(path), "%s/%s", s->containers, kinds[k].folder);
		int n = scandir(path, &names, visible, alphasort);
		if (n < 0 && errno != ENOENT)
			return rt_fail(e, errno, "cannot read %s", path);
		for (int i = 0; i < n; i++) {
			if (r == 0)
				r = add_unit(s, &tail, k, names[i]->d_name, e);
			free(names[i]);
		}
		free(names);
	}
	return r;
}

struct unit *unit_find(const struct supervisor *s, const char *name)
{
	struct unit *other = NULL;

	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (strcmp(u->id, name) == 0)
			return u;
		if (strcmp(u->name, name) == 0 && (other == NULL || u->kind == UNIT_SERVICE))
			other = u;
	}
	return other;
}

/* Levenshtein, over one row. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_UNIT + 1], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const struct unit *unit_nearest(const struct supervisor *s, const char *name)
{
	const struct unit *best = NULL;
	size_t least = 3;

	for (const struct unit *u = s->units; u != NULL; u = u->next) {
		size_t d = distance(name, u->name);
		if (d < least) {
			least = d;
			best = u;
		}
	}
	return best;
}
