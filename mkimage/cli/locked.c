/* The lock beside a config, and plans that keep to it. */
#include "mkimage/cli/cli.h"

#include "mkimage/cli/fetch.h"
#include "mkimage/cli/locked.h"

#include "base/fd.h"

#include <string.h>
#include <sys/stat.h>

enum { LOCK_SIZE_MAX = 8 << 20 };

static const struct option_value *option_or_null(const struct cli *c, const char *name)
{
	for (size_t i = 0; i < c->command->options_len; i++) {
		if (strcmp(c->command->options[i].name, name) == 0)
			return &c->values[i];
	}
	return NULL;
}

bool cli_asked(const struct cli *c, const char *name)
{
	const struct option_value *v = option_or_null(c, name);
	return v && v->set;
}

const char *cli_lock_path(struct cli *c)
{
	const struct option_value *given = option_or_null(c, "lock");
	const char *config = c->words.items[c->words.len - 1];
	const char *slash = strrchr(config, '/');
	if (given && given->set)
		return given->text;
	if (strcmp(config, "-") == 0)
		return NULL;
	return arena_fmt(c->mem, "%.*s%s.lock", slash ? (int)(slash + 1 - config) : 0, config,
		cli_base_name(c->mem, config));
}

int cli_lock_read(struct cli *c, const char *path, struct lock *out)
{
	struct stat st;
	char *text;
	size_t len;
	if (!path || (stat(path, &st) < 0 && errno == ENOENT))
		return 0;
	if (file_read(c->mem, path, LOCK_SIZE_MAX, &text, &len, &c->d) < 0 ||
		lock_parse(c->mem, path, text, len, out, &c->d) < 0)
		return -1;
	return 1;
}

int cli_platform(struct cli *c, const struct config *config, struct platform *out)
{
	*out = platform_host();
	return config->arch.v ? platform_parse(c->mem, config->arch.v, out, &c->d) : 0;
}

int cli_lock_use(
	struct cli *c, const struct lock *l, const struct config *config, struct plan_options *o)
{
	struct platform p;
	if (cli_platform(c, config, &p) < 0 || lock_check_config(c->mem, l, config, &p, &c->d) < 0)
		return -1;
	lock_pin(c->mem, l, o);
	return 0;
}

static int keep_to(struct cli *c, struct store *s, const struct lock *lock, const struct plan *p)
{
	struct lock l = *lock;
	/* The user's own SOURCE_DATE_EPOCH, where the lock need not hold. */
	if (!cli_asked(c, "locked"))
		l.time = p->epoch;
	return lock_check_plan(c->mem, &l, p, s, &c->d);
}

int cli_plan_fetch(struct cli *c, struct store *s, struct plan_options *o,
	const struct config *config, struct plan *out)
{
	struct cli_fetch fetch = { .c = c, .store = s };
	if (cli_may_fetch(c)) {
		o->fetch = cli_fetch;
		o->fetch_ctx = &fetch;
	}
	int rc = plan_make(c->mem, config, s, o, out, &c->d);
	registry_close(&fetch.session);
	return rc;
}

int cli_plan_config(struct cli *c, struct store *s, struct plan_options *o,
	const struct config *config, struct plan *out)
{
	struct lock l;
	const char *path = cli_lock_path(c);
	int locked = cli_lock_read(c, path, &l);
	if (locked < 0)
		return -1;
	if (!locked && (cli_asked(c, "locked") || cli_asked(c, "lock")))
		return fail(&c->d, KIND_INTEGRITY,
			arena_fmt(c->mem, "write it: slipway lock %s", c->words.items[0]),
			"there is no lock \"%s\"", path ? path : "of the standard input");
	if (locked && cli_lock_use(c, &l, config, o) < 0)
		return -1;
	if (cli_plan_fetch(c, s, o, config, out) < 0)
		return -1;
	/* What is missing cannot be compared. */
	return locked && !out->missing.len ? keep_to(c, s, &l, out) : 0;
}
