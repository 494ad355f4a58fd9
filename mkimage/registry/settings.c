#include "mkimage/registry/settings.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/near.h"

#include <stdlib.h>
#include <string.h>

enum {
	SETTINGS_MAX = 1 << 20,
	STALL_DEFAULT = 30,
	STALL_MAX = 3600,
	ATTEMPTS_DEFAULT = 6,
	ATTEMPTS_MAX = 100
};

static int only(struct json v, const char *const *known, struct diags *d)
{
	struct json item;
	struct strings names = { 0 };
	const char *key;
	for (const char *const *k = known; *k; k++)
		vec_push(v.mem, &names, *k);
	for (struct json_each e = json_each(v); json_next(&e, &key, &item);) {
		bool is = false;
		vec_each (const char *, n, &names)
			is |= strcmp(*n, key) == 0;
		if (is)
			continue;
		(void)json_fail(v, key, d, "is no setting");
		d->last->hint = near_hint(d->mem, key, &names, NULL);
		return -1;
	}
	return 0;
}

static const char *file(struct arena *a, const char *folder, const char *path)
{
	return !path || *path == '/' ? path : arena_fmt(a, "%s/%s", folder, path);
}

static int setting(struct json v, const char *folder, const char *prefix, struct settings *out,
	struct diags *d)
{
	static const char *const keys[] = { "mirrors", "plainHttp", "ca", "cert", "key", NULL };
	struct registry_setting s = { .prefix = prefix };
	if (json_as_object(v, d) < 0 || only(v, keys, d) < 0 ||
		json_strings(v, "mirrors", &s.mirrors, d) < 0 ||
		json_bool(v, "plainHttp", &s.plain_http, d) < 0 ||
		json_str(v, "ca", &s.tls.ca, d) < 0 || json_str(v, "cert", &s.tls.cert, d) < 0 ||
		json_str(v, "key", &s.tls.key, d) < 0)
		return -1;
	if (!s.tls.cert != !s.tls.key)
		return json_fail(
			v, s.tls.cert ? "cert" : "key", d, "needs \"cert\" and \"key\" together");
	s.tls.ca = file(v.mem, folder, s.tls.ca);
	s.tls.cert = file(v.mem, folder, s.tls.cert);
	s.tls.key = file(v.mem, folder, s.tls.key);
	vec_push(v.mem, out, s);
	return 0;
}

int settings_parse(struct arena *a, const char *what, const char *folder, const char *text,
	size_t len, struct settings *out, struct diags *d)
{
	static const char *const keys[] = { "registries", "stallSeconds", "attempts", NULL };
	struct settings s = { 0 };
	struct json root, all, item;
	const char *prefix;
	uint64_t stall = STALL_DEFAULT, attempts = ATTEMPTS_DEFAULT;
	if (json_parse(a, what, text, len, &root, d) < 0 || json_as_object(root, d) < 0 ||
		only(root, keys, d) < 0 || json_object(root, "registries", &all, d) < 0 ||
		json_u64(root, "stallSeconds", &stall, d) < 0 ||
		json_u64(root, "attempts", &attempts, d) < 0)
		return -1;
	if (!stall || stall > STALL_MAX)
		return json_fail(root, "stallSeconds", d, "is not from 1 to %d", STALL_MAX);
	if (!attempts || attempts > ATTEMPTS_MAX)
		return json_fail(root, "attempts", d, "is not from 1 to %d", ATTEMPTS_MAX);
	for (struct json_each e = json_each(all); json_next(&e, &prefix, &item);)
		if (setting(item, folder, arena_str(a, prefix), &s, d) < 0)
			return -1;
	s.stall_seconds = (unsigned)stall;
	s.attempts = (unsigned)attempts;
	*out = s;
	return 0;
}

int settings_load(struct arena *a, const char *path, struct settings *out, struct diags *d)
{
	const char *env = getenv("SLIPWAY_REGISTRIES"), *config = getenv("XDG_CONFIG_HOME"),
		   *home = getenv("HOME");
	char *text;
	size_t len;
	*out = (struct settings){ .stall_seconds = STALL_DEFAULT, .attempts = ATTEMPTS_DEFAULT };
	if (!path && env && *env)
		path = env;
	if (!path) {
		if (config && *config == '/')
			path = arena_fmt(a, "%s/slipway/registries.json", config);
		else if (home && *home == '/')
			path = arena_fmt(a, "%s/.config/slipway/registries.json", home);
		if (!path || access(path, F_OK) < 0)
			return 0;
	}
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? arena_strn(a, path, (size_t)(slash - path)) : ".";
	if (file_read(a, path, SETTINGS_MAX, &text, &len, d) < 0)
		return -1;
	return settings_parse(a, arena_fmt(a, "the file \"%s\"", path), folder, text, len, out, d);
}

const struct registry_setting *settings_mirrors(const struct settings *s, const char *repository)
{
	const struct registry_setting *best = NULL;
	size_t best_len = 0;
	vec_each (struct registry_setting, one, s) {
		size_t n = strlen(one->prefix);
		if (!one->mirrors.len || strncmp(repository, one->prefix, n) != 0 ||
			repository[n] != '/' || n < best_len)
			continue;
		best = one;
		best_len = n;
	}
	return best;
}

bool settings_plain_http(const struct settings *s, const char *host)
{
	vec_each (struct registry_setting, one, s)
		if (one->plain_http && strcmp(one->prefix, host) == 0)
			return true;
	return false;
}

static const char *there(const char *path)
{
	return access(path, F_OK) == 0 ? path : NULL;
}

static bool from_folder(struct arena *a, const char *top, const char *host, struct tls *out)
{
	struct tls t = {
		.ca = there(arena_fmt(a, "%s/certs.d/%s/ca.crt", top, host)),
		.cert = there(arena_fmt(a, "%s/certs.d/%s/client.cert", top, host)),
		.key = there(arena_fmt(a, "%s/certs.d/%s/client.key", top, host)),
	};
	if (!t.ca && !t.cert)
		return false;
	*out = t;
	return true;
}

struct tls settings_tls(const struct settings *s, struct arena *a, const char *host)
{
	struct tls t = { 0 };
	const char *home = getenv("HOME");
	vec_each (struct registry_setting, one, s)
		if (strcmp(one->prefix, host) == 0 && (one->tls.ca || one->tls.cert))
			return one->tls;
	if (home && *home == '/' &&
		from_folder(a, arena_fmt(a, "%s/.config/containers", home), host, &t))
		return t;
	if (!from_folder(a, "/etc/containers", host, &t))
		(void)from_folder(a, "/etc/docker", host, &t);
	return t;
}
