#include "init/bootconf.h"

#include "init/kopt.h"
#include "init/watchdog.h"

void bootconf_defaults(struct bootconf *c)
{
	memset(c, 0, sizeof(*c));
	(void)span_copy(span_of("squashfs"), c->fstype, sizeof(c->fstype));
	c->timeout = BOOTCONF_TIMEOUT;
	c->shutdown = BOOTCONF_SHUTDOWN;
	c->watchdog = WATCHDOG_DEFAULT;
}

static bool is_hash(const char *text)
{
	return strlen(text) == VERITY_HEX && strspn(text, "0123456789abcdef") == VERITY_HEX;
}

static const char *set_root(struct bootconf *c, struct span v)
{
	if (span_is(v, "embedded")) {
		c->root = ROOT_EMBEDDED;
		return NULL;
	}
	if (span_is(v, "roothash")) {
		c->verified = true;
		c->root = ROOT_PARTITION;
		return NULL;
	}
	struct span rest = v, kind;
	struct gpt_key key;

	if (!span_cut(&rest, '=', &kind))
		kind = v;
	if (span_is(kind, "PARTUUID")) {
		if (!partuuid_parse(rest, &key))
			return "the PARTUUID is no GUID (8-4-4-4-12 hex digits)";
	} else if (span_is(kind, "PARTLABEL")) {
		if (!partlabel_parse(rest, &key))
			return "the PARTLABEL is not 1 to 36 characters";
	} else {
		return "root is none of \"embedded\", \"PARTUUID=...\", \"PARTLABEL=...\"";
	}
	(void)span_copy(v, c->root_text, sizeof(c->root_text));
	c->partition = key;
	c->root = ROOT_PARTITION;
	return NULL;
}

/* Stubs, firmware and hypervisors may add words behind ours: one that contradicts takes both away.
 */
static const char *set_roothash(struct bootconf *c, struct span v)
{
	char old[VERITY_HEX + 1];

	memcpy(old, c->roothash, sizeof(old));
	if (v.at && span_copy(v, c->roothash, sizeof(c->roothash)) && is_hash(c->roothash) &&
		(!old[0] || strcmp(old, c->roothash) == 0))
		return NULL;
	c->roothash[0] = '?';
	return "roothash is not one SHA-256 in lower-case hex";
}

static const char *set_fstype(struct bootconf *c, struct span v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!(v.at[i] >= 'a' && v.at[i] <= 'z') && !(v.at[i] >= '0' && v.at[i] <= '9'))
			return "fstype is no name of a filesystem";
	if (v.len == 0 || !span_copy(v, c->fstype, sizeof(c->fstype)))
		return "fstype is empty or longer than 15 bytes";
	return NULL;
}

static const char *set_modules(struct bootconf *c, struct span v)
{
	for (size_t i = 0; i < v.len; i++) {
		char b = v.at[i];

		if (!(b >= 'a' && b <= 'z') && !(b >= 'A' && b <= 'Z') && !(b >= '0' && b <= '9') &&
			b != '_' && b != '-' && b != ',')
			return "modules has a byte that no module name has";
	}
	return span_copy(v, c->modules, sizeof(c->modules)) ? NULL
							    : "the list of modules is too long";
}

static const char *set_seconds(unsigned *out, struct span v)
{
	unsigned long long n;

	if (!span_number(v, 86400, &n))
		return "not a number of seconds from 0 to 86400";
	*out = (unsigned)n;
	return NULL;
}

static const char *set_timeout(struct bootconf *c, struct span v)
{
	return set_seconds(&c->timeout, v);
}

static const char *set_shutdown(struct bootconf *c, struct span v)
{
	return set_seconds(&c->shutdown, v);
}

static const char *set_watchdog(struct bootconf *c, struct span v)
{
	unsigned n;

	if (span_is(v, "off"))
		v = span_of("0");
	if (set_seconds(&n, v) != NULL || (n > 0 && n < WATCHDOG_LEAST))
		return "slipway.watchdog is neither off nor 30 to 86400 seconds";
	c->watchdog = (int)n;
	return NULL;
}

static const char *set_epoch(struct bootconf *c, struct span v)
{
	unsigned long long n;

	/* The end of the year 9999. */
	if (!span_number(v, 253402300799ULL, &n))
		return "epoch is no count of seconds";
	c->epoch = (int64_t)n;
	return NULL;
}

static const char *set_onfail(struct bootconf *c, struct span v)
{
	static const struct {
		char name[8];
		enum onfail value;
	} all[] = { { "wait", ONFAIL_WAIT }, { "reboot", ONFAIL_REBOOT }, { "halt", ONFAIL_HALT } };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (span_is(v, all[i].name)) {
			c->onfail = all[i].value;
			return NULL;
		}
	}
	return "slipway.onfail is none of wait, reboot, halt";
}

/* The keys of the file, and the options of the kernel command line, which begin with "slipway.". */
static const struct key {
	const char *name;
	const char *(*set)(struct bootconf *c, struct span value); /* NULL, or what is wrong */
	bool in_file, in_cmdline;
} keys[] = {
	{ "root", set_root, true, true },
	{ "fstype", set_fstype, true, false },
	{ "modules", set_modules, true, false },
	{ "timeout", set_timeout, true, true },
	{ "epoch", set_epoch, true, false },
	{ "shutdown", set_shutdown, false, true },
	{ "onfail", set_onfail, false, true },
	{ "watchdog", set_watchdog, false, true },
};

static const struct key *key_find(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (span_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

int bootconf_parse(struct bootconf *c, struct span text, struct bootconf_error *e)
{
	struct span line, name;

	*e = (struct bootconf_error){ 0 };
	if (text.len > BOOTCONF_MAX) {
		e->what = "longer than 4096 bytes";
		return -1;
	}
	while (span_cut(&text, '\n', &line)) {
		e->line++;
		if (line.len == 0)
			continue;
		const char *eq = memchr(line.at, '=', line.len);
		name = (struct span){ line.at, eq ? (size_t)(eq - line.at) : line.len };
		const struct key *key = key_find(name);
		if (!eq || !key || !key->in_file) {
			e->what = eq ? "unknown key" : "no key=value";
			return -1;
		}
		e->what = key->set(c, span_skip(line, name.len + 1));
		if (e->what)
			return -1;
	}
	if (c->root == ROOT_NONE) {
		e->what = "no root= in it";
		return -1;
	}
	return 0;
}

int bootconf_cmdline(struct bootconf *c, struct span cmdline, struct bootconf_error *e)
{
	struct span rest = cmdline;
	struct kopt word;

	*e = (struct bootconf_error){ 0 };
	c->debug = kopt_flag(cmdline, "slipway.debug");
	c->rescue = kopt_flag(cmdline, "slipway.rescue");
	if (kopt_find(cmdline, "panic", &word) && word.value.at)
		(void)set_seconds(
			&c->panic, word.value); /* negative: reboot at once, the kernel's */
	c->roothash[0] = '\0';
	while (kopt_next(&rest, &word)) {
		if (span_is(word.name, "roothash")) {
			const char *bad = set_roothash(c, word.value);
			e->what = bad ? bad : e->what;
		}
		if (!span_starts(word.name, "slipway."))
			continue;
		const struct key *key = key_find(span_skip(word.name, strlen("slipway.")));
		if (!key || !key->in_cmdline)
			continue;
		const char *what = word.value.at ? key->set(c, word.value)
						 : "an option lacks its value";
		if (what)
			e->what = what; /* the others still count */
	}
	if (!is_hash(c->roothash))
		c->roothash[0] = '\0';
	return e->what ? -1 : 0;
}
