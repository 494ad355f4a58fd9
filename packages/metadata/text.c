/* What texts of others are taken for: a name, keys, the few lines of YAML that a NoCloud disk has.
 */
#include "packages/metadata/text.h"

#include <stdarg.h>

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.';
}

bool set_hostname(struct metadata *m, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && is_name(text[n]))
		n++;
	if (n == 0 || text[0] == '-' || text[0] == '.' ||
		(n < len && text[n] != '\n' && text[n] != '\r' && text[n] != ' '))
		return false;
	/* The kernel takes so many; what is left out is the end of a long domain. */
	if (n > HOSTNAME_MAX) {
		const char *dot = memchr(text, '.', HOSTNAME_MAX + 1);
		if (dot == NULL)
			return false;
		n = (size_t)(dot - text);
	}
	memcpy(m->hostname, text, n);
	m->hostname[n] = '\0';
	return true;
}

/* TYPE BASE64 [COMMENT] of sshd(8), without options: what runs at a login is not for a cloud to
 * say. */
static bool is_key(const char *line, size_t len)
{
	static const char *const types[] = { "ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-nistp256 ",
		"ecdsa-sha2-nistp384 ", "ecdsa-sha2-nistp521 ", "sk-ssh-ed25519@openssh.com ",
		"sk-ecdsa-sha2-nistp256@openssh.com " };

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ')
			return false;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t n = strlen(types[i]);
		if (len > n + 4 && memcmp(line, types[i], n) == 0)
			return memcmp(line + n, "AAAA", 4) == 0;
	}
	return false;
}

static bool is_known(const struct metadata *m, const char *line, size_t len)
{
	for (const char *p = m->keys, *end = p + m->keys_len; p < end;) {
		size_t n = (size_t)((const char *)memchr(p, '\n', (size_t)(end - p)) - p);
		if (n == len && memcmp(p, line, n) == 0)
			return true;
		p += n + 1;
	}
	return false;
}

void add_keys(struct metadata *m, const char *text, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len, line = n;
		while (line > 0 && (text[line - 1] == '\r' || text[line - 1] == ' '))
			line--;
		if (is_key(text, line) && !is_known(m, text, line)) {
			if (line + 1 > KEYS_MAX - m->keys_len) {
				say("there are more keys than fit in %d bytes: the last are left out",
					KEYS_MAX);
				return;
			}
			memcpy(m->keys + m->keys_len, text, line);
			m->keys[m->keys_len + line] = '\n';
			m->keys_len += line + 1;
		}
		n += newline != NULL;
		text += n;
		len -= n;
	}
}

void keep_user_data(struct metadata *m, const char *at, size_t len)
{
	static char kept[TEXT_MAX];

	if (len > sizeof(kept)) {
		say("the user's data is larger than %d bytes, and left out", TEXT_MAX);
		return;
	}
	memcpy(kept, at, len);
	m->user_data = (struct text){ kept, len };
}

ssize_t unbase64(const char *from, size_t len, char *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	while (len > 0 && strchr("=\r\n", from[len - 1]) != NULL && from[len - 1] != '\0')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (from[i] == '\n' || from[i] == '\r')
			continue;
		const char *at = from[i] != '\0' ? strchr(digits, from[i]) : NULL;
		if (at == NULL)
			return -1;
		bits = bits << 6 | (uint32_t)(at - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			to[n++] = (char)(bits >> have & 0xff);
		}
	}
	return (ssize_t)n;
}

static struct text strip(const char *at, size_t len)
{
	while (len > 0 && (*at == ' ' || *at == '\t'))
		at++, len--;
	while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t' || at[len - 1] == '\r'))
		len--;
	if (len >= 2 && (*at == '"' || *at == '\'') && at[len - 1] == *at)
		at++, len -= 2;
	return (struct text){ (char *)(uintptr_t)at, len };
}

static bool is(struct text t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.at, word, t.len) == 0;
}

void read_yaml(struct metadata *m, const char *text, size_t len)
{
	struct text key = { NULL, 0 };

	for (const char *end = text + len; text < end;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = newline ? (size_t)(newline - text) : (size_t)(end - text);
		struct text line = strip(text, n);
		const char *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
		bool item = line.len > 1 && line.at[0] == '-' && line.at[1] == ' ';
		struct text value = { NULL, 0 };

		if (item) {
			value = strip(line.at + 2, line.len - 2);
		} else if (n > 0 && *text != ' ' && *text != '#' && colon != NULL) {
			key = (struct text){ line.at, (size_t)(colon - line.at) };
			value = strip(colon + 1, line.len - key.len - 1);
		} else if (colon != NULL) {
			value = strip(colon + 1, line.len - (size_t)(colon - line.at) - 1);
		}
		if (value.len > 0 && !item && (is(key, "local-hostname") || is(key, "hostname")))
			set_hostname(m, value.at, value.len);
		else if (value.len > 0 &&
			 (is(key, "public-keys") || is(key, "ssh_authorized_keys")))
			add_keys(m, value.at, value.len);
		text += n + 1;
	}
}
