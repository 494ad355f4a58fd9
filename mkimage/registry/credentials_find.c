/* The user's files, in the order of containers-auth.json(5); and helper programs. */
#include "mkimage/registry/credentials.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/spawn.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 4 << 20, HELPER_MAX = 64 << 10 };

extern char **environ;

static void add(struct arena *a, struct strings *files, const char *folder, const char *rest)
{
	if (folder && *folder == '/')
		vec_push(a, files, arena_fmt(a, "%s/%s", folder, rest));
}

static void files_of(struct arena *a, struct strings *out)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME"),
		   *docker = getenv("DOCKER_CONFIG");
	add(a, out, getenv("XDG_RUNTIME_DIR"), "containers/auth.json");
	if (config && *config)
		add(a, out, config, "containers/auth.json");
	else
		add(a, out, home, ".config/containers/auth.json");
	if (docker && *docker)
		add(a, out, docker, "config.json");
	else
		add(a, out, home, ".docker/config.json");
}

/* The protocol: the host on stdin, {"Username", "Secret"} on stdout; the user "<token>" marks an
 * identity token. A helper that knows nothing ends with an error. */
int credential_helper(struct arena *a, const struct credential_entry *e, const char *host,
	struct credentials *out, struct diags *d)
{
	struct spawn s = { .input = strcmp(host, "docker.io") == 0 ? "https://index.docker.io/v1/"
								   : host };
	struct diags quiet;
	struct json root;
	struct credentials c = { 0 };
	const char *program = arena_fmt(a, "docker-credential-%s", e->helper);
	char *text;
	size_t len;
	diags_init(&quiet, a);
	spawn_args(a, &s, program, "get", NULL);
	for (char **v = environ; *v; v++)
		vec_push(a, &s.env, *v);
	if (spawn_run(a, &s, HELPER_MAX, &text, &len, &quiet) < 0) {
		/* What it printed may be anything: it is not shown. */
		if (e->helper_is_for_host)
			return fail(d, KIND_SYSTEM,
				arena_fmt(d->mem, "try it: echo %s | %s get", host, program),
				"the credential helper \"%s\" gives nothing for \"%s\"", program,
				host);
		*out = c;
		return 0;
	}
	if (json_parse(a, arena_fmt(a, "the answer of \"%s\"", program), text, len, &root, d) < 0 ||
		json_need_str(root, "Username", &c.user, d) < 0 ||
		json_need_str(root, "Secret", &c.password, d) < 0)
		return -1;
	if (strcmp(c.user, "<token>") == 0)
		c = (struct credentials){ .identity_token = c.password };
	*out = c;
	return 0;
}

static int from_file(struct arena *a, const char *path, const char *host, const char *repository,
	struct credentials *out, struct diags *d)
{
	char *text;
	size_t len;
	struct credential_entry e;
	const char *what = arena_fmt(a, "the file \"%s\"", path);
	if (file_read(a, path, FILE_MAX, &text, &len, d) < 0 ||
		credentials_parse(a, what, text, len, host, repository, &e, d) < 0)
		return -1;
	if (e.helper)
		return credential_helper(a, &e, host, out, d);
	*out = e.known;
	return 0;
}

int credentials_find(struct arena *a, const char *host, const char *repository,
	struct credentials *out, struct diags *d)
{
	const char *only = getenv("REGISTRY_AUTH_FILE");
	struct strings files = { 0 };
	struct credentials c = { 0 };
	if (only && *only)
		return from_file(a, only, host, repository, out, d);
	files_of(a, &files);
	vec_each (const char *, path, &files) {
		if (access(*path, F_OK) < 0)
			continue;
		if (from_file(a, *path, host, repository, &c, d) < 0)
			return fail_ctx(d, "looking for the credentials of \"%s\"", host);
		if (c.user || c.identity_token || c.registry_token)
			break;
	}
	*out = c;
	return 0;
}
