/* Forms of words that the kernel or OCI give a meaning. */
#include "yaml/fields.h"
#include "yaml/reader.h"

#include "base/near.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* capabilities(7), Linux 6.12 */
static const char *const capabilities[] = { "all", "none", "CAP_AUDIT_CONTROL", "CAP_AUDIT_READ",
	"CAP_AUDIT_WRITE", "CAP_BLOCK_SUSPEND", "CAP_BPF", "CAP_CHECKPOINT_RESTORE", "CAP_CHOWN",
	"CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_IPC_LOCK",
	"CAP_IPC_OWNER", "CAP_KILL", "CAP_LEASE", "CAP_LINUX_IMMUTABLE", "CAP_MAC_ADMIN",
	"CAP_MAC_OVERRIDE", "CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST", "CAP_NET_RAW", "CAP_PERFMON", "CAP_SETFCAP", "CAP_SETGID",
	"CAP_SETPCAP", "CAP_SETUID", "CAP_SYSLOG", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
	"CAP_SYS_CHROOT", "CAP_SYS_MODULE", "CAP_SYS_NICE", "CAP_SYS_PACCT", "CAP_SYS_PTRACE",
	"CAP_SYS_RAWIO", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_WAKE_ALARM",
	NULL };

/* getrlimit(2) */
static const char *const rlimits[] = { "AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MEMLOCK",
	"MSGQUEUE", "NICE", "NOFILE", "NPROC", "RSS", "RTPRIO", "RTTIME", "SIGPENDING", "STACK",
	NULL };

static bool known(const char *const *words, const char *w, bool any_case)
{
	for (; *words; words++) {
		if (any_case ? strcasecmp(*words, w) == 0 : strcmp(*words, w) == 0)
			return true;
	}
	return false;
}

static const char *hint(
	struct reader *r, const char *const *words, const char *w, const char *otherwise)
{
	struct strings names = { 0 };
	char upper[32] = "";
	for (; *words; words++)
		vec_push(r->mem, &names, *words);
	for (size_t i = 0; w[i] && i + 1 < sizeof(upper); i++)
		upper[i] = w[i] >= 'a' && w[i] <= 'z' ? (char)(w[i] - 'a' + 'A') : w[i];
	return near_hint(r->mem, upper, &names, otherwise);
}

static void check_capability(struct reader *r, const struct y_str *v)
{
	if (known(capabilities, v->v, false) || strcasecmp(v->v, "all") == 0 ||
		strcasecmp(v->v, "none") == 0)
		return;
	const char *full = strncasecmp(v->v, "CAP_", 4) == 0 ? v->v
							     : arena_fmt(r->mem, "CAP_%.24s", v->v);
	reader_fail(r, v->at, hint(r, capabilities, full, "capabilities(7) lists them"),
		"\"%s\" is no capability", v->v);
}
const struct form form_capability = { .check = check_capability,
	.pattern = "^([Aa][Ll][Ll]|[Nn][Oo][Nn][Ee]|CAP_[A-Z_]+)$" };

static bool rlimit_value(const char *s, size_t len, uint64_t *out)
{
	char text[24];
	for (; len && *s == ' '; s++)
		len--;
	while (len && s[len - 1] == ' ')
		len--;
	if (len == 9 && strncasecmp(s, "unlimited", 9) == 0) {
		*out = UINT64_MAX;
		return true;
	}
	if (!len || len >= sizeof(text) || strspn(s, "0123456789") < len)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	*out = strtoull(text, NULL, 10);
	return !errno;
}

static void check_rlimit(struct reader *r, const struct y_str *v)
{
	const char *soft = strchr(v->v, ','), *hard = soft ? strchr(soft + 1, ',') : NULL;
	uint64_t low, high;
	if (!hard || strchr(hard + 1, ',')) {
		reader_fail(r, v->at, "as in `nofile,1024,4096`",
			"the rlimit \"%s\" is not NAME,SOFT,HARD", v->v);
		return;
	}
	const char *from = v->v + strspn(v->v, " ");
	const char *name = arena_strn(r->mem, from, strcspn(from, ", "));
	if (strncasecmp(name, "RLIMIT_", 7) == 0)
		name += 7;
	if (!known(rlimits, name, true))
		reader_fail(r, v->at, hint(r, rlimits, name, "getrlimit(2) lists them"),
			"\"%s\" is no rlimit", name);
	else if (!rlimit_value(soft + 1, (size_t)(hard - soft - 1), &low) ||
		 !rlimit_value(hard + 1, strlen(hard + 1), &high))
		reader_fail(r, v->at, "write numbers, or `unlimited`",
			"the rlimit \"%s\" has a value that is no number", v->v);
	else if (low > high)
		reader_mistake(r, v->at, "write the soft limit first",
			"the soft limit of \"%s\" is above the hard one", v->v);
}
const struct form form_rlimit = { .check = check_rlimit,
	.pattern = "^ *[A-Za-z_]+ *, *([0-9]+|[Uu][Nn][Ll][Ii][Mm][Ii][Tt][Ee][Dd]) *, *"
		   "([0-9]+|[Uu][Nn][Ll][Ii][Mm][Ii][Tt][Ee][Dd]) *$" };

static void check_where(struct reader *r, const struct y_str *v, bool none)
{
	static const char *const words[] = { "new", "host", "root", "none", NULL };
	struct strings names = { 0 };
	for (size_t i = 0; words[i] && (none || strcmp(words[i], "none") != 0); i++) {
		if (strcmp(words[i], v->v) == 0)
			return;
		vec_push(r->mem, &names, words[i]);
	}
	if (!v->v[0] || v->v[0] == '/') {
		form_path.check(r, v);
		return;
	}
	reader_fail(r, v->at,
		near_hint(r->mem, v->v, &names,
			"write `new`, `host`, or the absolute path of a namespace"),
		"\"%s\" names no namespace", v->v);
}

static void check_namespace(struct reader *r, const struct y_str *v)
{
	check_where(r, v, false);
}
const struct form form_namespace = { .check = check_namespace,
	.pattern = "^(new|host|root|/.*)?$" };

static void check_userns(struct reader *r, const struct y_str *v)
{
	if (strcmp(v->v, "auto") != 0)
		check_where(r, v, false);
}
const struct form form_userns = { .check = check_userns, .pattern = "^(auto|new|host|root|/.*)?$" };

static void check_net(struct reader *r, const struct y_str *v)
{
	check_where(r, v, true);
}
const struct form form_net = { .check = check_net, .pattern = "^(new|host|root|none|/.*)?$" };

static void check_env(struct reader *r, const struct y_str *v)
{
	if (!strchr(v->v, '=') || v->v[0] == '=')
		reader_mistake(r, v->at, "as in `PATH=/bin`",
			"the variable \"%s\" is not NAME=value", v->v);
}
const struct form form_env = { .check = check_env };

/* Also checked by the kernel, but on the machine. */
static void check_sysctl(struct reader *r, const struct y_str *v)
{
	if (!v->v[0] || strchr(v->v, ' ') || strstr(v->v, "..") || v->v[0] == '.' || v->v[0] == '/')
		reader_fail(r, v->at, "as in `net.ipv4.ip_forward`",
			"\"%s\" is no kernel parameter", v->v);
}
const struct form form_sysctl = { .check = check_sysctl };

static void check_cmdline(struct reader *r, const struct y_str *v)
{
	if (strchr(v->v, '\n'))
		reader_fail(r, v->at, "write it on one line, or fold it with `>-`",
			"the kernel's command line contains a line break");
	else if (strlen(v->v) > 2047) /* COMMAND_LINE_SIZE - 1, x86 and arm64 */
		reader_fail(r, v->at, NULL,
			"the kernel's command line has %zu bytes, and at most 2047 are read",
			strlen(v->v));
}
const struct form form_cmdline = { .check = check_cmdline };

static void check_cpus(struct reader *r, const struct y_str *v)
{
	if (v->v[strspn(v->v, "0123456789,-")])
		reader_fail(r, v->at, "as in \"0-2,7\"", "\"%s\" is no list of numbers", v->v);
}
const struct form form_cpus = { .check = check_cpus, .pattern = "^[0-9,-]*$" };

static void check_access(struct reader *r, const struct y_str *v)
{
	if (v->v[strspn(v->v, "rwm")])
		reader_fail(r, v->at, "use the letters r (read), w (write) and m (make)",
			"\"%s\" is no kind of access to a device", v->v);
}
const struct form form_device_access = { .check = check_access, .pattern = "^[rwm]*$" };

static void check_page_size(struct reader *r, const struct y_str *v)
{
	size_t n = strspn(v->v, "0123456789");
	bool unit = known((const char *const[]){ "KB", "MB", "GB", NULL }, v->v + n, false);
	/* LinuxKit's schema has a number. */
	unsigned long long bytes = strtoull(v->v, NULL, 10);
	bool whole = !v->v[n] && n < 19 && bytes >= 1024 && !(bytes & (bytes - 1));
	if (!n || (!unit && !whole))
		reader_fail(r, v->at, "as in `2MB`, or in bytes, as in 2097152",
			"\"%s\" is no size of a page", v->v);
}
const struct form form_page_size = { .check = check_page_size, .pattern = "^[0-9]+([KMG]B)?$" };

#define WORDS(name, ...) \
	const struct form name = { .words = (const char *const[]){ __VA_ARGS__, NULL } }
WORDS(form_arch, "amd64", "arm64");
WORDS(form_cgroupns, "new", "host");
WORDS(form_restart, "always", "on-failure", "never");
WORDS(form_propagation, "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable",
	"runbindable");
WORDS(form_device_type, "b", "c", "u", "p", "a");
WORDS(form_resource_device_type, "a", "b", "c");
WORDS(form_metadata, "json", "yaml");
WORDS(form_volume_format, "filesystem", "oci");
WORDS(form_override, "merge", "replace", "remove");
