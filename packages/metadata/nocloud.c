#include "packages/metadata/nocloud.h"

/* Names need a resolver, and https certificates: this has neither. */
static int take_url(const char *url, size_t len, struct seed *out)
{
	static const char scheme[] = "http://";
	size_t n = strlen(scheme);

	if (len <= n || memcmp(url, scheme, n) != 0)
		return fail(
			"nocloud: the serial number names %.*s, and what works is http:// with an IPv4 address",
			(int)len, url);
	url += n;
	len -= n;
	const char *slash = memchr(url, '/', len);
	size_t host = slash ? (size_t)(slash - url) : len, path = len - host;
	bool port = memchr(url, ':', host) != NULL;
	bool ends = path > 0 && url[len - 1] == '/';
	if (host == 0 || host + sizeof(":80") > sizeof(out->address) ||
		path + sizeof("/") > sizeof(out->path))
		return fail("nocloud: the address in the serial number is too long");
	snprintf(out->address, sizeof(out->address), "%.*s%s", (int)host, url, port ? "" : ":80");
	snprintf(out->path, sizeof(out->path), "%.*s%s", (int)path, url + host, ends ? "" : "/");
	return 0;
}

int parse_seed(const char *text, size_t len, struct seed *out)
{
	*out = (struct seed){ .address = "" };
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n') {
			len = i;
			break;
		}
		if (text[i] <= ' ' || text[i] > '~')
			return fail("nocloud: the serial number has bytes that no address has");
	}
	/* ds=nocloud or ds=nocloud-net, then KEY=VALUE with ; between. */
	for (const char *end = text + len; text < end;) {
		const char *semicolon = memchr(text, ';', (size_t)(end - text));
		size_t n = (size_t)((semicolon ? semicolon : end) - text);
		const char *equals = memchr(text, '=', n);
		size_t key = equals ? (size_t)(equals - text) : n;
		size_t value = equals ? n - key - 1 : 0;
		if ((key == 1 && *text == 's') || (key == 8 && memcmp(text, "seedfrom", 8) == 0)) {
			if (take_url(text + key + 1, value, out) < 0)
				return -1;
		} else if (((key == 1 && *text == 'h') ||
				   (key == 14 && memcmp(text, "local-hostname", 14) == 0)) &&
			   value < sizeof(out->hostname)) {
			memcpy(out->hostname, text + key + 1, value);
			out->hostname[value] = '\0';
		}
		text += n + 1;
	}
	return 0;
}
