#include "mkimage/registry/credentials.h"

#include "base/json.h"

#include <openssl/evp.h>
#include <string.h>

enum { TOKEN_MAX = 64 << 10 };

bool token_ok(const char *token)
{
	size_t n = 0;
	for (; token[n]; n++)
		if ((unsigned char)token[n] <= 0x20 || (unsigned char)token[n] >= 0x7f)
			return false;
	return n && n <= TOKEN_MAX;
}

const char *credentials_basic(struct arena *a, const struct credentials *c)
{
	const char *both = arena_fmt(a, "%s:%s", c->user, c->password);
	size_t len = strlen(both);
	char *out = arena_alloc(a, len / 3 * 4 + 8);
	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)both, (int)len);
	return arena_fmt(a, "Basic %s", out);
}

/* Docker's own registry has three names. */
static const char *same_host(const char *host)
{
	if (strcmp(host, "index.docker.io") == 0 || strcmp(host, "registry-1.docker.io") == 0)
		return "docker.io";
	return host;
}

/* How well a key of the file names host/repository: 0 not at all, else the more the longer. */
static size_t match(struct arena *a, const char *key, const char *host, const char *repository)
{
	const char *scheme = strstr(key, "://");
	if (scheme)
		key = scheme + 3;
	size_t n = strcspn(key, "/");
	if (strcmp(same_host(arena_strn(a, key, n)), same_host(host)) != 0)
		return 0;
	/* "https://index.docker.io/v1/" is a host alone. */
	if (!key[n] || !key[n + 1] || scheme)
		return 1;
	const char *path = key + n + 1;
	size_t len = strlen(path);
	if (strncmp(repository, path, len) != 0 || (repository[len] && repository[len] != '/'))
		return 0;
	return 1 + len;
}

/* "dXNlcjpwYXNz" -> user, pass. */
static int decode(struct json v, const char *text, struct credentials *out, struct diags *d)
{
	size_t len = strlen(text);
	unsigned char *bytes = arena_alloc(v.mem, len + 4);
	int n = len < TOKEN_MAX ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len)
				: -1;
	for (const char *p = text + len; n > 0 && p > text && p[-1] == '='; p--)
		n--;
	if (n > 0)
		bytes[n] = '\0';
	char *colon = n > 0 ? memchr(bytes, ':', (size_t)n) : NULL;
	if (!colon || memchr(bytes, '\0', (size_t)n))
		return json_fail(v, "auth", d, "is no user name and password in base64");
	*colon = '\0';
	out->user = (const char *)bytes;
	out->password = colon + 1;
	return 0;
}

static int entry(struct json v, struct credentials *out, struct diags *d)
{
	struct credentials c = { 0 };
	const char *auth = NULL;
	if (json_as_object(v, d) < 0 || json_str(v, "username", &c.user, d) < 0 ||
		json_str(v, "password", &c.password, d) < 0 ||
		json_str(v, "identitytoken", &c.identity_token, d) < 0 ||
		json_str(v, "registrytoken", &c.registry_token, d) < 0 ||
		json_str(v, "auth", &auth, d) < 0)
		return -1;
	if (auth && *auth && decode(v, auth, &c, d) < 0)
		return -1;
	if (c.identity_token && !*c.identity_token)
		c.identity_token = NULL;
	if (c.registry_token && !token_ok(c.registry_token))
		return json_fail(v, "registrytoken", d, "is no token");
	if (!c.user || !c.password)
		c.user = c.password = NULL;
	*out = c;
	return 0;
}

static bool known(const struct credentials *c)
{
	return c->user || c->identity_token || c->registry_token;
}

int credentials_parse(struct arena *a, const char *what, const char *text, size_t len,
	const char *host, const char *repository, struct credential_entry *out, struct diags *d)
{
	struct json root, auths, helpers, item;
	struct credential_entry e = { 0 };
	const char *key, *for_all = NULL;
	size_t best = 0;
	if (json_parse(a, what, text, len, &root, d) < 0 || json_as_object(root, d) < 0 ||
		json_object(root, "auths", &auths, d) < 0 ||
		json_object(root, "credHelpers", &helpers, d) < 0 ||
		json_str(root, "credsStore", &for_all, d) < 0)
		return -1;
	for (struct json_each i = json_each(helpers); json_next(&i, &key, &item);)
		if (match(a, key, host, repository)) {
			if (json_as_str(item, &e.helper, d) < 0)
				return -1;
			e.helper_is_for_host = true;
		}
	for (struct json_each i = json_each(auths); !e.helper && json_next(&i, &key, &item);) {
		size_t is = match(a, key, host, repository);
		if (is <= best)
			continue;
		if (entry(item, &e.known, d) < 0)
			return -1;
		best = is;
	}
	if (!e.helper && !known(&e.known) && for_all && *for_all)
		e.helper = for_all;
	if (e.helper && (!*e.helper || strchr(e.helper, '/')))
		return json_fail(
			root, "credHelpers", d, "names a helper that is no word: \"%s\"", e.helper);
	*out = e;
	return 0;
}
