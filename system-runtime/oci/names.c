/* Names of capabilities (linux/capability.h), limits (getrlimit(2)) and signals (signal(7)). */
#include "system-runtime/oci/features.h"

#include <signal.h>
#include <strings.h>
#include <sys/resource.h>

static const char *const caps[] = { "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID",
	"KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
	"NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
	"SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE",
	"AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
	"BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE" };

void cap_features(struct json_out *o)
{
	FEATURES_WORDS(o, "capabilities", "CAP_", caps);
}

int cap_number(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
		if (strcasecmp(name + 4, caps[i]) == 0)
			return (int)i;
	}
	return -1;
}

struct name {
	const char *name;
	int number;
};

static const struct name rlimits[] = {
	{ "AS", RLIMIT_AS },
	{ "CORE", RLIMIT_CORE },
	{ "CPU", RLIMIT_CPU },
	{ "DATA", RLIMIT_DATA },
	{ "FSIZE", RLIMIT_FSIZE },
	{ "LOCKS", RLIMIT_LOCKS },
	{ "MEMLOCK", RLIMIT_MEMLOCK },
	{ "MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "NICE", RLIMIT_NICE },
	{ "NOFILE", RLIMIT_NOFILE },
	{ "NPROC", RLIMIT_NPROC },
	{ "RSS", RLIMIT_RSS },
	{ "RTPRIO", RLIMIT_RTPRIO },
	{ "RTTIME", RLIMIT_RTTIME },
	{ "SIGPENDING", RLIMIT_SIGPENDING },
	{ "STACK", RLIMIT_STACK },
};

int rlimit_number(const char *name)
{
	if (strncmp(name, "RLIMIT_", 7) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(rlimits); i++) {
		if (strcmp(name + 7, rlimits[i].name) == 0)
			return rlimits[i].number;
	}
	return -1;
}

static const struct name signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "STKFLT", SIGSTKFLT },
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "PWR", SIGPWR },
	{ "SYS", SIGSYS },
};

/* The kernel's first real-time signal is 32; libc keeps 32 and 33 (and musl 34) for itself, and
 * programs mean libc's SIGRTMIN, which is 34 with glibc. */
enum { RT_FIRST = 34, RT_LAST = 64 };

int signal_number(const char *name)
{
	char *end;
	long n = strtol(name, &end, 10);

	if (end != name && *end == '\0')
		return n >= 1 && n <= RT_LAST ? (int)n : -1;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	if (strncasecmp(name, "RTMIN", 5) == 0 || strncasecmp(name, "RTMAX", 5) == 0) {
		long base = strncasecmp(name, "RTMIN", 5) == 0 ? RT_FIRST : RT_LAST;
		n = strtol(name + 5, &end, 10);
		if (*end != '\0' || base + n < RT_FIRST || base + n > RT_LAST)
			return -1;
		return (int)(base + n);
	}
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		if (strcasecmp(name, signals[i].name) == 0)
			return signals[i].number;
	}
	return -1;
}
