/* Forms of the words in Slipway's own keys. */
#include "yaml/fields.h"
#include "yaml/reader.h"

#include "base/near.h"

#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"

/* signal(7); a number is one too, since realtime signals have no fixed names. */
static const char *const signals[] = { "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL",
	"INT", "IO", "KILL", "PIPE", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
	"TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
	NULL };

static bool is_number(const char *s, unsigned max)
{
	size_t len = strspn(s, DIGITS);
	unsigned n = 0;
	for (size_t i = 0; i < len && i < 3; i++)
		n = n * 10 + (unsigned)(s[i] - '0');
	return len && !s[len] && len <= 2 && n >= 1 && n <= max;
}

static void check_signal(struct reader *r, const struct y_str *v)
{
	const char *name = strncasecmp(v->v, "SIG", 3) == 0 ? v->v + 3 : v->v;
	struct strings names = { 0 };
	for (size_t i = 0; signals[i]; i++) {
		if (strcasecmp(signals[i], name) == 0)
			return;
		vec_push(r->mem, &names, signals[i]);
	}
	bool rt = strncasecmp(name, "RTMIN", 5) == 0 || strncasecmp(name, "RTMAX", 5) == 0;
	const char *offset = name + (rt ? 5 : 0);
	if (rt && (!*offset || (strspn(offset, "+-") == 1 && is_number(offset + 1, 30))))
		return;
	if (is_number(v->v, 64))
		return;
	char upper[16] = "";
	for (size_t i = 0; name[i] && i + 1 < sizeof(upper); i++)
		upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : name[i];
	const char *near = near_name(upper, &names);
	reader_fail(r, v->at,
		near ? arena_fmt(r->mem, "did you mean \"SIG%s\"?", near) : "signal(7) lists them",
		"\"%.64s\" is no signal", v->v);
}
const struct form form_signal = { .check = check_signal, .pattern = "^[A-Za-z0-9+-]+$" };

static void check_http(struct reader *r, const struct y_str *v)
{
	static const char hint[] = "as in `http://127.0.0.1:8080/health`";
	const char *host = v->v + strlen("http://");
	if (strncmp(v->v, "https://", 8) == 0)
		reader_fail(r, v->at, "ask over plain http, or write a `command`",
			"a health check speaks no TLS");
	else if (strncmp(v->v, "http://", 7) != 0 || !*host || *host == '/' || *host == ':')
		reader_fail(r, v->at, hint, "\"%.200s\" is no address of a page", v->v);
	else if (strspn(host, "0123456789.") != strcspn(host, ":/") &&
		 !(strncmp(host, "localhost", 9) == 0 && strcspn(host, ":/") == 9))
		reader_fail(r, v->at, hint,
			"the host of a health check is an IPv4 address or localhost");
	else if (strpbrk(v->v, " \t\r\n\"#"))
		reader_fail(r, v->at, hint, "the address has a character that none can have");
}
const struct form form_http = { .check = check_http, .pattern = "^http://[^/: ][^ ]*$" };

static void check_block_device(struct reader *r, const struct y_str *v)
{
	size_t major = strspn(v->v, DIGITS);
	const char *minor = v->v + major + 1;
	if (major && major < 5 && v->v[major] == ':' && *minor && strlen(minor) < 8 &&
		!minor[strspn(minor, DIGITS)])
		return;
	if (strncmp(v->v, "/dev/", 5) == 0 && v->v[5]) {
		form_path.check(r, v);
		return;
	}
	reader_fail(
		r, v->at, "as in `8:0` or `/dev/vda`", "\"%.200s\" names no block device", v->v);
}
const struct form form_block_device = { .check = check_block_device,
	.pattern = "^([0-9]{1,4}:[0-9]{1,7}|/dev/.+)$" };

static void check_port(struct reader *r, const struct y_str *v)
{
	size_t len = strspn(v->v, DIGITS);
	unsigned port = 0;
	for (size_t i = 0; i < len && i < 6; i++)
		port = port * 10 + (unsigned)(v->v[i] - '0');
	if (!len || v->v[len] || v->v[0] == '0' || port > 65535)
		reader_fail(r, v->at, "write a number from 1 to 65535", "\"%.64s\" is no TCP port",
			v->v);
}
const struct form form_port = { .check = check_port, .pattern = "^[1-9][0-9]{0,4}$" };

/* A word, or what can only be meant as a file. */
static void check_seccomp(struct reader *r, const struct y_str *v)
{
	struct strings words = { 0 };
	size_t len = strlen(v->v);
	if (strcmp(v->v, "default") == 0 || strcmp(v->v, "unconfined") == 0)
		return;
	if (strchr(v->v, '/') || (len > 5 && strcmp(v->v + len - 5, ".json") == 0)) {
		if (strchr(v->v, '\n') || len >= 4096)
			reader_fail(r, v->at, NULL, "the path of the seccomp profile is no path");
		return;
	}
	vec_push(r->mem, &words, "default");
	vec_push(r->mem, &words, "unconfined");
	reader_fail(r, v->at,
		near_hint(r->mem, v->v, &words,
			"write `default`, `unconfined`, or a file, as in `seccomp.json`"),
		"\"%.200s\" is no seccomp profile", v->v);
}
const struct form form_seccomp = { .check = check_seccomp,
	.pattern = "^(default|unconfined|.*\\.json|.*/.*)$" };

static void check_disk_label(struct reader *r, const struct y_str *v)
{
	/* 12 bytes is what XFS takes. */
	if (!v->v[0] || strlen(v->v) > 12 ||
		v->v[strspn(
			v->v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		reader_fail(r, v->at, "use at most 12 letters, digits, `.`, `_` and `-`",
			"\"%.64s\" cannot be a filesystem's label", v->v);
}
const struct form form_disk_label = { .check = check_disk_label,
	.pattern = "^[A-Za-z0-9._-]{1,12}$" };

static void check_image_pattern(struct reader *r, const struct y_str *v)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-/:*";
	if (!v->v[0] || strlen(v->v) > 512 || v->v[strspn(v->v, allowed)])
		reader_fail(r, v->at, "as in `docker.io/library/*`",
			"\"%.64s\" is no name of images", v->v);
}
const struct form form_image_pattern = { .check = check_image_pattern,
	.pattern = "^[a-z0-9._/:*-]{1,512}$" };

#define WORDS(name, ...) \
	const struct form name = { .words = (const char *const[]){ __VA_ARGS__, NULL } }
WORDS(form_filesystem, "ext4", "xfs", "btrfs");
WORDS(form_health_action, "restart", "reboot", "none");
WORDS(form_on_failure, "continue", "fail", "reboot");
