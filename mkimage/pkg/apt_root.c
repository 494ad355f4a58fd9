/* The private root: configuration, sources, lists. */
#include "mkimage/pkg/apt.h"

#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/out/out.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { OUTPUT_MAX = 16 << 20 };

static const char keyring[] = "/usr/share/keyrings/debian-archive-keyring.gpg";

struct mirrors {
	const char *main, *security; /* security NULL: the machine has none */
};

/* What the network needs: the machine's own, since the environment is cleared for programs. */
static void network_env(struct arena *a, struct spawn *s)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "no_proxy" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (getenv(names[i]))
			vec_push(a, &s->env, arena_fmt(a, "%s=%s", names[i], getenv(names[i])));
}

int apt_run(struct apt *apt, const struct strings *argv, char **out, struct diags *d)
{
	struct spawn s = { .argv = *argv, .install = "apt" };
	vec_push(apt->mem, &s.env, arena_fmt(apt->mem, "APT_CONFIG=%s", apt->conf));
	network_env(apt->mem, &s);
	return spawn_run(apt->mem, &s, OUTPUT_MAX, out, NULL, d);
}

/* Asks the machine's own apt. */
static int ask(struct arena *a, char **out, struct diags *d, const char *program, const char *arg,
	const char *more, const char *value)
{
	struct spawn s = { .install = "apt" };
	spawn_args(a, &s, program, arg, more, value, NULL);
	return spawn_run(a, &s, OUTPUT_MAX, out, NULL, d);
}

/* Of the machine's mirrors, the one for Debian itself and the one for its security updates. */
static int mirrors_find(struct arena *a, struct mirrors *out, struct diags *d)
{
	struct mirrors m = { 0 };
	char *text, *rest;
	if (ask(a, &text, d, "apt-get", "indextargets", "--format",
		    "$(ORIGIN)|$(COMPONENT)|$(SITE)") < 0)
		return -1;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "Debian|main|", 12) != 0)
			continue;
		const char **to = strstr(line, "security") ? &m.security : &m.main;
		if (!*to)
			*to = arena_str(a, line + 12);
	}
	if (!m.main)
		return fail(d, KIND_SYSTEM,
			"run `apt-get update` once, with Debian in the machine's apt sources",
			"apt's configuration names no Debian mirror");
	*out = m;
	return 0;
}

/* Proxies, certificates and retries of the machine's configuration. */
static const char *network_options(struct arena *a)
{
	const char *kept = "";
	char *text, *rest;
	struct diags quiet;
	diags_init(&quiet, a);
	if (ask(a, &text, &quiet, "apt-config", "dump", "--no-empty", "Acquire") < 0)
		return "";
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, "Acquire::http", 13) == 0 ||
			strncmp(line, "Acquire::Retries", 16) == 0)
			kept = arena_fmt(a, "%s%s\n", kept, line);
	return kept;
}

static int text_write(const char *path, const char *text, struct diags *d)
{
	AUTO_OUT to = NULL;
	if (out_create(path, 0644, &to, d) < 0 || out_write(to, text, strlen(text), d) < 0)
		return -1;
	return out_commit(&to, d);
}

static const char *sources_text(const struct apt *apt, const struct mirrors *m, bool all)
{
	struct arena *a = apt->mem;
	const char *text = "";
	static const char *const kinds[] = { "deb", "deb-src" };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		text = arena_fmt(a, "%s%s [signed-by=%s] %s %s main\n", text, kinds[i], keyring,
			m->main, apt->suite);
		if (!all)
			continue;
		text = arena_fmt(a, "%s%s [signed-by=%s] %s %s-updates main\n", text, kinds[i],
			keyring, m->main, apt->suite);
		if (m->security)
			text = arena_fmt(a, "%s%s [signed-by=%s] %s %s-security main\n", text,
				kinds[i], keyring, m->security, apt->suite);
	}
	return text;
}

static int root_make(struct apt *apt, struct diags *d)
{
	static const char *const folders[] = { "etc/apt.conf.d", "etc/preferences.d",
		"state/lists/partial", "cache/archives/partial", "fetch" };
	struct arena *a = apt->mem;
	struct stat st;
	if (stat(keyring, &st) < 0)
		return fail(d, KIND_SYSTEM, "install the Debian package \"debian-archive-keyring\"",
			"Debian's keys are missing: \"%s\"", keyring);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (dir_make(arena_fmt(a, "%s/%s", apt->dir, folders[i]), 0755, d) < 0)
			return -1;
	const char *conf = arena_fmt(a,
		"Dir \"%s/\";\n"
		"Dir::Etc \"etc\";\n"
		"Dir::Etc::sourcelist \"%s/sources.list\";\n"
		"Dir::Etc::sourceparts \"-\";\n"
		"Dir::State \"state\";\n"
		"Dir::State::status \"%s/status\";\n"
		"Dir::Cache \"cache\";\n"
		"APT::Sandbox::User \"\";\n"
		"APT::Architecture \"%s\";\n"
		"APT::Architectures { \"%s\"; };\n"
		"APT::Install-Recommends \"false\";\n"
		"APT::Update::Error-Mode \"any\";\n"
		"Acquire::Languages \"none\";\n"
		"Acquire::ForceHash \"SHA256\";\n"
		"Debug::NoLocking \"true\";\n%s",
		apt->dir, apt->dir, apt->dir, apt->arch, apt->arch, network_options(a));
	if (text_write(apt->conf, conf, d) < 0)
		return -1;
	return text_write(arena_fmt(a, "%s/status", apt->dir), "", d);
}

/* Were lists of the suite ever fetched? */
static bool has_lists(struct apt *apt)
{
	const char *argv[] = { "apt-get", "indextargets", "--format", "$(FILENAME)" };
	struct diags quiet;
	char *out;
	diags_init(&quiet, apt->mem);
	return apt_run(apt, &(struct strings){ .items = argv, .len = ARRAY_LEN(argv) }, &out,
		       &quiet) == 0 &&
	       out[0];
}

/* First with the updates of the suite; a mirror may lack these, then without. */
static int lists_update(struct apt *apt, const struct mirrors *m, struct diags *d)
{
	const char *argv[] = { "apt-get", "-qq", "update" };
	const struct strings update = { .items = argv, .len = ARRAY_LEN(argv) };
	struct diags first, second;
	const char *path = arena_fmt(apt->mem, "%s/sources.list", apt->dir);
	diags_init(&first, apt->mem);
	diags_init(&second, apt->mem);
	if (text_write(path, sources_text(apt, m, true), d) < 0)
		return -1;
	if (apt_run(apt, &update, NULL, &first) == 0)
		return 0;
	if (has_lists(apt)) {
		warn_at(d, (struct pos){ 0 }, NULL,
			"the lists of Debian's %s cannot be updated, the old ones serve: %s",
			apt->suite, first.first->what);
		return 0;
	}
	if (text_write(path, sources_text(apt, m, false), d) < 0)
		return -1;
	if (apt_run(apt, &update, NULL, &second) == 0) {
		warn_at(d, (struct pos){ 0 }, NULL, "the mirror has no updates for Debian's %s: %s",
			apt->suite, first.first->what);
		return 0;
	}
	return fail(d, KIND_SYSTEM, "check the network, and the machine's own `apt-get update`",
		"the lists of Debian's %s cannot be fetched: %s", apt->suite, second.first->what);
}

int apt_open(struct store *s, struct arena *a, const char *suite, const char *arch,
	struct apt **out, struct diags *d)
{
	AUTO_APT apt = ARENA_NEW(a, struct apt);
	struct mirrors m;
	*apt = (struct apt){ .store = s, .mem = a, .suite = suite, .arch = arch, .lock = -EBADF };
	if (store_folder(s, a, arena_fmt(a, "apt/%s-%s", suite, arch), &apt->dir, d) < 0 ||
		store_folder(s, a, "debs", &apt->debs, d) < 0)
		return -1;
	/* apt and its methods run in folders of their own. */
	char *full = realpath(apt->dir, NULL);
	if (!full)
		return fail_sys(d, errno, "cannot look at \"%s\"", apt->dir);
	apt->dir = arena_str(a, full);
	free(full);
	apt->conf = arena_fmt(a, "%s/apt.conf", apt->dir);
	apt->lock = open(arena_fmt(a, "%s/lock", apt->dir), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (apt->lock < 0 || flock(apt->lock, LOCK_EX) < 0)
		return fail_sys(d, errno, "cannot lock \"%s\"", apt->dir);
	if (mirrors_find(a, &m, d) < 0 || root_make(apt, d) < 0 || lists_update(apt, &m, d) < 0)
		return fail_ctx(d, "while preparing apt for Debian's %s (%s)", suite, arch);
	*out = apt;
	apt = NULL;
	return 0;
}

void apt_close(struct apt **apt)
{
	if (*apt)
		fd_drop(&(*apt)->lock);
	*apt = NULL;
}
