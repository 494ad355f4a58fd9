/* The private root: configuration and sources. Nothing of the system's apt is changed. */
#include "base/fd.h"
#include "mkimage/out/out.h"
#include "mkimage/pkg/apt_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OUTPUT_MAX = 16 << 20 };

static const char keyring[] = "/usr/share/keyrings/debian-archive-keyring.gpg";

struct mirrors {
	const char *main, *security; /* security NULL: the machine has none */
};

/* Part of sources.list: no second word, no option. */
static bool site_valid(const char *site)
{
	for (const char *p = site; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == '[' || *p == ']' || *p == '"' || *p == '#')
			return false;
	return *site && strchr(site, ':');
}

/* Of the machine's mirrors, the one for Debian itself and the one for its security updates. */
static int mirrors_find(struct arena *a, struct mirrors *out, struct diags *d)
{
	static const char head[] = "Debian main ";
	struct mirrors m = { 0 };
	struct spawn s = { .install = "apt" };
	char *text, *rest;
	spawn_args(a, &s, "apt-get", "indextargets", "--format", "$(ORIGIN) $(COMPONENT) $(SITE)",
		NULL);
	if (spawn_run(a, &s, OUTPUT_MAX, &text, NULL, d) < 0)
		return -1;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *site = line + sizeof(head) - 1;
		if (strncmp(line, head, sizeof(head) - 1) != 0 || !site_valid(site))
			continue;
		const char **to = strstr(site, "security") ? &m.security : &m.main;
		if (!*to)
			*to = site;
	}
	if (!m.main)
		return fail(d, KIND_SYSTEM,
			"add Debian to the machine's apt sources and run `apt-get update`",
			"apt's configuration names no Debian mirror");
	*out = m;
	return 0;
}

/* The machine's proxies, certificates and timeouts. */
static const char *network_options(struct arena *a)
{
	static const char *const kept[] = { "Acquire::http", "Acquire::Retries" };
	const char *options = "";
	struct spawn s = { .install = "apt" };
	struct diags quiet; /* without them apt's defaults hold */
	char *text, *rest;
	diags_init(&quiet, a);
	spawn_args(a, &s, "apt-config", "dump", "--no-empty", "Acquire", NULL);
	if (spawn_run(a, &s, OUTPUT_MAX, &text, NULL, &quiet) < 0)
		return "";
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			if (strncmp(line, kept[i], strlen(kept[i])) == 0)
				options = arena_fmt(a, "%s%s\n", options, line);
	return options;
}

/* The rolling suites get their updates, security's too, where they are. */
static bool suite_rolls(const char *suite)
{
	return strcmp(suite, "sid") == 0 || strcmp(suite, "unstable") == 0 ||
	       strcmp(suite, "experimental") == 0;
}

static const char *sources_text(const struct apt *apt, const struct mirrors *m)
{
	static const char *const kinds[] = { "deb", "deb-src" };
	const struct {
		const char *site, *more;
	} parts[] = { { m->main, "" }, { m->main, "-updates" }, { m->security, "-security" } };
	const char *text = "";
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
			if (parts[i].site && (i == 0 || !suite_rolls(apt->suite)))
				text = arena_fmt(apt->mem, "%s%s [signed-by=%s] %s %s%s %s\n", text,
					kinds[k], keyring, parts[i].site, apt->suite, parts[i].more,
					apt->components);
	return text;
}

static const char *config_text(const struct apt *apt)
{
	return arena_fmt(apt->mem,
		"Dir \"%s/\";\n"
		"Dir::Etc \"etc\";\n"
		"Dir::Etc::sourcelist \"sources.list\";\n"
		"Dir::Etc::trusted \"/dev/null\";\n"
		"Dir::State \"state\";\n"
		"Dir::State::status \"status\";\n"
		"Dir::Cache \"cache\";\n"
		"Dir::Log \"log\";\n"
		"APT::Architecture \"%s\";\n"
		"APT::Architectures { \"%s\"; };\n"
		"APT::Install-Recommends \"false\";\n"
		"APT::Sandbox::User \"\";\n"
		"APT::Update::Error-Mode \"any\";\n"
		"Acquire::ForceHash \"SHA256\";\n"
		"Acquire::Languages \"none\";\n"
		"Acquire::Retries \"3\";\n"
		"Debug::NoLocking \"true\";\n"
		"%s",
		apt->root, apt->arch, apt->arch, network_options(apt->mem));
}

/* Leaves an equal file alone: another build may be reading it. */
static int text_write(struct arena *a, const char *path, const char *text, struct diags *d)
{
	struct diags quiet;
	char *old;
	size_t len;
	diags_init(&quiet, a);
	if (file_read(a, path, 1 << 20, &old, &len, &quiet) == 0 && strcmp(old, text) == 0)
		return 0;
	AUTO_OUT to = NULL;
	if (out_create(path, 0644, &to, d) < 0 || out_write(to, text, strlen(text), d) < 0)
		return -1;
	return out_commit(&to, d);
}

int apt_root_make(struct apt *apt, struct diags *d)
{
	/* apt warns when one of them is missing. */
	static const char *const folders[] = { "etc/apt.conf.d", "etc/auth.conf.d",
		"etc/preferences.d", "etc/sources.list.d", "etc/trusted.gpg.d",
		"state/lists/partial", "cache/archives/partial", "log" };
	struct arena *a = apt->mem;
	struct mirrors m = { 0 };
	struct stat st;
	if (stat(keyring, &st) < 0)
		return fail(d, KIND_SYSTEM, "install the Debian package \"debian-archive-keyring\"",
			"Debian's keys are missing: there is no \"%s\"", keyring);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (dir_make(arena_fmt(a, "%s/%s", apt->root, folders[i]), 0755, d) < 0)
			return -1;
	if (mirrors_find(a, &m, d) < 0 ||
		text_write(a, arena_fmt(a, "%s/state/status", apt->root), "", d) < 0 ||
		text_write(a, arena_fmt(a, "%s/etc/sources.list", apt->root), sources_text(apt, &m),
			d) < 0)
		return -1;
	return text_write(a, apt->config, config_text(apt), d);
}
