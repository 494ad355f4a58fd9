/* What registries send in headers, and what lies in the user's files about them. */
#include "mkimage/registry/challenge.h"
#include "mkimage/registry/credentials.h"
#include "mkimage/registry/link.h"
#include "mkimage/registry/settings.h"
#include "mkimage/registry/subject.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

feeder feed_challenge, feed_credentials, feed_link, feed_url, feed_registries, feed_subject;

int feed_challenge(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct challenges all = { 0 };
	if (challenge_parse(a, arena_strn(a, (const char *)data, len), &all) == 0)
		vec_each (struct challenge, c, &all)
			if (!c->scheme || !*c->scheme)
				abort();
	return 0;
}

int feed_credentials(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct credential_entry e;
	diags_init(&d, a);
	if (credentials_parse(a, "the file", (const char *)data, len, "registry.test:5000",
		    "team/app", &e, &d) < 0)
		return 0;
	if (e.known.user)
		(void)credentials_basic(a, &e.known);
	/* A helper is a word, never a path; a token is fit for a header. */
	if (e.helper && (!*e.helper || strchr(e.helper, '/')))
		abort();
	if (e.known.registry_token && !token_ok(e.known.registry_token))
		abort();
	return 0;
}

int feed_link(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	(void)link_next(a, arena_strn(a, (const char *)data, len));
	return 0;
}

int feed_url(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	const char *text = arena_strn(a, (const char *)data, len), *why;
	struct url u, again, base = { .https = true, .host = "h", .port = 443, .target = "/" };
	if (url_resolve(a, &base, text, &u, &why) < 0)
		return 0;
	/* What is taken is the same URL when it is written down, and holds nothing that ends a
	 * line. */
	const char *whole = url_text(a, &u);
	if (url_parse(a, whole, &again, &why) < 0 || !url_same_origin(&u, &again) ||
		strcmp(url_text(a, &again), whole) != 0)
		abort();
	if (strpbrk(whole, "\r\n \t"))
		abort();
	return 0;
}

int feed_registries(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct settings s;
	diags_init(&d, a);
	if (settings_parse(a, "the file", "/etc", (const char *)data, len, &s, &d) == 0) {
		(void)settings_mirrors(&s, "docker.io/library/nginx");
		(void)settings_plain_http(&s, "registry.test:5000");
	}
	return 0;
}

int feed_subject(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct subject s;
	struct manifest_text t = { .text = arena_strn(a, (const char *)data, len) };
	t.desc.size = len;
	diags_init(&d, a);
	(void)!subject_parse(a, &t, &s, &d);
	return 0;
}
