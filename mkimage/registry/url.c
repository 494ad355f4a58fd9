#include "mkimage/registry/url.h"

#include <arpa/inet.h>
#include <string.h>

enum { URL_MAX = 16384, HOST_MAX = 255 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool host_byte(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' ||
	       c == '_';
}

/* The length of the host at s, 0 when there is none. */
static size_t host_len(const char *s)
{
	size_t n = 0;
	if (*s == '[') {
		struct in6_addr six;
		char text[INET6_ADDRSTRLEN];
		n = strcspn(s, "]");
		if (s[n] != ']' || n - 1 >= sizeof(text))
			return 0;
		memcpy(text, s + 1, n - 1);
		text[n - 1] = '\0';
		return inet_pton(AF_INET6, text, &six) == 1 ? n + 1 : 0;
	}
	while (host_byte(s[n]))
		n++;
	return n > HOST_MAX || *s == '.' || *s == '-' ? 0 : n;
}

/* Digits up to end; 0: no port from 1 to 65535. */
static unsigned port_of(const char *s, const char *end)
{
	unsigned v = 0;
	for (; s < end; s++) {
		if (!is_digit(*s) || v > 65535)
			return 0;
		v = v * 10 + (unsigned)(*s - '0');
	}
	return v > 65535 ? 0 : v;
}

/* HOST[:PORT] that ends at end. */
static int authority(
	struct arena *a, const char *s, const char *end, struct url *out, const char **why)
{
	if (memchr(s, '@', (size_t)(end - s))) {
		*why = "it holds a user name or password";
		return -1;
	}
	size_t n = host_len(s);
	if (!n || s + n > end) {
		*why = "it has no valid host name";
		return -1;
	}
	char *host = arena_strn(a, s, n);
	for (char *p = host; *p; p++)
		*p = lower(*p);
	out->host = host;
	if (s + n == end)
		return 0;
	out->port = s[n] == ':' ? port_of(s + n + 1, end) : 0;
	if (!out->port) {
		*why = "it has no valid port";
		return -1;
	}
	return 0;
}

static bool bytes_ok(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f || *s == '\\')
			return false;
	return true;
}

static bool has_scheme(const char *text, const char *scheme)
{
	size_t i = 0;
	for (; scheme[i]; i++)
		if (lower(text[i]) != scheme[i])
			return false;
	return true;
}

int url_parse(struct arena *a, const char *text, struct url *out, const char **why)
{
	struct url u = { .https = has_scheme(text, "https://") };
	if (strlen(text) > URL_MAX) {
		*why = "it is too long";
		return -1;
	}
	if (!bytes_ok(text)) {
		*why = "it holds bytes that no URL may hold";
		return -1;
	}
	if (!u.https && !has_scheme(text, "http://")) {
		*why = "it is neither an http nor an https URL";
		return -1;
	}
	u.port = u.https ? 443 : 80;
	const char *s = text + (u.https ? 8 : 7), *end = s + strcspn(s, "/?#");
	if (authority(a, s, end, &u, why) < 0)
		return -1;
	const char *target = arena_strn(a, end, strcspn(end, "#"));
	u.target = *target == '/' ? target : arena_fmt(a, "/%s", target);
	*out = u;
	return 0;
}

int url_resolve(struct arena *a, const struct url *base, const char *location, struct url *out,
	const char **why)
{
	if (location[0] != '/' || location[1] == '/')
		return url_parse(a, location, out, why);
	if (strlen(location) > URL_MAX || !bytes_ok(location)) {
		*why = "it holds bytes that no URL may hold";
		return -1;
	}
	struct url u = *base;
	u.target = arena_strn(a, location, strcspn(location, "#"));
	*out = u;
	return 0;
}

int url_authority(struct arena *a, const char *text, struct url *out, const char **why)
{
	struct url u = { .target = "/" };
	if (!bytes_ok(text)) {
		*why = "it holds bytes that no host name may hold";
		return -1;
	}
	if (authority(a, text, text + strlen(text), &u, why) < 0)
		return -1;
	*out = u;
	return 0;
}

const char *url_host_port(struct arena *a, const struct url *u)
{
	if (u->port == (u->https ? 443u : 80u))
		return u->host;
	return arena_fmt(a, "%s:%u", u->host, u->port);
}

const char *url_text(struct arena *a, const struct url *u)
{
	return arena_fmt(
		a, "%s://%s%s", u->https ? "https" : "http", url_host_port(a, u), u->target);
}

const char *url_safe(struct arena *a, const struct url *u)
{
	return arena_fmt(a, "%s://%s%.*s", u->https ? "https" : "http", url_host_port(a, u),
		(int)strcspn(u->target, "?"), u->target);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->https == b->https && a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool url_is_loopback(const struct url *u)
{
	struct in_addr four;
	if (strcmp(u->host, "localhost") == 0 || strcmp(u->host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, u->host, &four) == 1 && ntohl(four.s_addr) >> 24 == 127;
}

const char *url_encode(struct arena *a, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(a, strlen(value) * 3 + 1), *to = out;
	for (; *value; value++) {
		unsigned char b = (unsigned char)*value;
		if (host_byte(*value) || b == '~') {
			*to++ = *value;
			continue;
		}
		*to++ = '%';
		*to++ = hex[b >> 4];
		*to++ = hex[b & 15];
	}
	return out;
}
