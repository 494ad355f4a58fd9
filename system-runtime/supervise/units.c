/* The bundles below /containers become units. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/hardware.h"
#include "system-runtime/supervise/kernel_option.h"
#include "system-runtime/supervise/supervise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

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

/* A config.json that cannot be read has no settings; the start tells what is wrong with it. */
static void read_settings(struct unit *u)
{
	AUTO_FD dir = open(u->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bundle_view b = { 0 };
	struct rt_error e = { 0 };
	AUTO_MEM m = { 0 };

	u->set = settings_default;
	u->needs_drivers = true;
	if (dir < 0 || json_decode_file(&m, dir, "config.json", &bundle_view_table, &b, &e) != 0)
		return;
	u->needs_drivers = bundle_needs_drivers(&b);
	if (settings_read(&b.annotations, &u->set, &e) != 0)
		console("%s %s: %s", kind_name(u->kind), u->name, e.what);
}

static void on_clock(struct supervisor *s, void *owner)
{
	unit_event(s, owner, EVENT_TIME);
}

static void on_probing(struct supervisor *s, void *owner)
{
	unit_probe(s, owner);
}

static void on_calm(struct supervisor *s, void *owner)
{
	struct unit *u = owner;

	backoff_calm(&u->backoff);
	unit_remember(s, u);
}

static void on_untold(struct supervisor *s, void *owner)
{
	unit_event(s, owner, EVENT_ENDED);
}

static int add_unit(
	struct supervisor *s, struct unit ***tail, size_t k, const char *name, struct rt_error *e)
{
	struct unit *u = calloc(1, sizeof(*u));
	char path[PATH_MAX];

	if (u == NULL ||
		snprintf(path, sizeof(path), "%s/%s/%s", s->containers, kinds[k].folder, name) >=
			(int)sizeof(path) ||
		(u->bundle = strdup(path)) == NULL)
		return rt_fail(e, ENOMEM, "%s", name);
	u->kind = kinds[k].kind;
	u->exit_status = -1;
	u->cause = "";
	u->pidfd.fd = u->output.fd = u->left.fd = u->notify.fd = u->probe.fd = -1;
	u->probing.fire = on_probing;
	u->probing.owner = u;
	u->clock.fire = on_clock;
	u->calm.fire = on_calm;
	u->untold.fire = on_untold;
	u->clock.owner = u->calm.owner = u->untold.owner = u;
	snprintf(u->name, sizeof(u->name), "%.120s",
		u->kind == UNIT_SERVICE ? name : without_number(name));
	snprintf(u->id, sizeof(u->id), "%s%.100s", kinds[k].id_prefix, name);
	read_settings(u);
	**tail = u;
	*tail = &u->next;
	s->n_units++;
	return 0;
}

static int connect_all(
	struct supervisor *s, struct unit *u, const char *list, bool required, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct rt_error bad = { 0 };
	struct strv names = { 0 };

	if (list == NULL)
		return 0;
	if (json_list(&m, list, &names, &bad) != 0)
		console("service %s: after, requires: %s", u->name, bad.what);
	for (size_t i = 0; i < names.n; i++) {
		struct unit *other = unit_find(s, names.v[i]);
		if (other == NULL || other->kind != UNIT_SERVICE)
			console("service %s: there is no service %s for it to start after", u->name,
				names.v[i]);
		else if (order_add(u, other, required) != 0)
			return rt_fail(e, ENOMEM, "%s", u->name);
	}
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
	for (struct unit *u = s->units; u != NULL && r == 0; u = u->next) {
		r = connect_all(s, u, u->set.after, false, e);
		if (r == 0)
			r = connect_all(s, u, u->set.requires, true, e);
	}
	if (r == 0 && timers_reserve(&s->timers, s->n_units * TIMERS_OF_UNIT + 8) != 0)
		r = rt_fail(e, ENOMEM, "%zu units", s->n_units);
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

void units_by_kernel_options(struct supervisor *s)
{
	char text[4096];

	if (read_small(AT_FDCWD, "/proc/cmdline", text, sizeof(text)) < 0)
		return;
	for (struct unit *u = s->units; u != NULL; u = u->next) {
		u->ends_machine = is_exit_on(text, u->name);
		if (u->state != UNIT_WAITING || !is_skipped(text, u->name))
			continue;
		u->exit_status = 0; /* no failure */
		unit_set(s, u, UNIT_STOPPED, "told", "slipway.skip on the kernel command line");
	}
}
