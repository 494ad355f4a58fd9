#include "init/identity.h"

#include "base/attr.h"
#include "base/auto_fd.h"
#include "init/fmt.h"
#include "init/kopt.h"
#include "init/log.h"
#include "init/sysfile.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

enum { NAME_SIZE = 65, FILES = 1048576 };
/* Bytes of memory. */
#define HUGE_PAGES_FROM (4ULL << 30)

static bool is_hostname(const char *s)
{
	if (!*s || *s == '-' || *s == '.')
		return false;
	for (; *s; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
			!(*s >= '0' && *s <= '9') && *s != '-' && *s != '.' && *s != '_')
			return false;
	return true;
}

struct card {
	char name[IFNAMSIZ], address[24];
};

/* The first Ethernet card by name, eth0 as a rule. */
static bool try_card(void *ctx, int dir, const char *name, unsigned char type)
{
	struct card *best = ctx;
	char path[300], address[24];
	uint64_t kind;

	(void)type;
	fmt_text(path, sizeof(path), "%s/type", name);
	if (strlen(name) >= sizeof(best->name) || !sysfile_number_at(dir, path, &kind) ||
		kind != 1 /* ARPHRD_ETHER */ || (best->name[0] && strcmp(best->name, name) < 0))
		return true;
	fmt_text(path, sizeof(path), "%s/address", name);
	if (sysfile_read_at(dir, path, address, sizeof(address)) != 17)
		return true;
	fmt_text(best->name, sizeof(best->name), "%s", name);
	fmt_text(best->address, sizeof(best->address), "%s", address);
	return true;
}

void identity_hostname(void)
{
	static bool for_want_of_better;
	char name[NAME_SIZE] = "";
	struct utsname u;
	struct card card = { 0 };

	if (sysfile_read("/etc/hostname", name, sizeof(name)) >= 0 && name[0] &&
		!is_hostname(name)) {
		log_line(LOG_WARNING, "hostname: /etc/hostname is no host name: \"%s\"", name);
		name[0] = 0;
	}
	if (!name[0] && !for_want_of_better && uname(&u) == 0 &&
		strcmp(u.nodename, "(none)") != 0 && u.nodename[0])
		return;
	if (!name[0])
		(void)sysdir_each_path("/sys/class/net", try_card, &card);
	const char *a = card.address;
	if (!name[0] && a[0])
		fmt_text(name, sizeof(name), "slipway-%c%c%c%c%c%c", a[9], a[10], a[12], a[13],
			a[15], a[16]);
	for_want_of_better = !name[0];
	if (!name[0])
		fmt_text(name, sizeof(name), "slipway");
	if (sethostname(name, strlen(name)) < 0)
		log_line(LOG_WARNING, "hostname: setting \"%s\": %s", name, strerror(errno));
}

void identity_loopback(void)
{
	AUTO_FD fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) < 0)
		log_line(LOG_WARNING, "network: bringing lo up: %s", strerror(errno));
}

/*
 * With transparent huge pages the kernel keeps some 70 MB free to have whole ones
 * (mm/khugepaged.c), and turns them off itself below 512 MB. A small machine is worth more.
 */
static void no_huge_pages(void)
{
	struct sysinfo s;
	struct kopt k;

	if (sysinfo(&s) < 0 || (uint64_t)s.totalram * s.mem_unit >= HUGE_PAGES_FROM ||
		kopt_find(sysfile_cmdline(), "transparent_hugepage", &k))
		return;
	(void)sysfile_write("/sys/kernel/mm/transparent_hugepage/enabled", "never");
}

void identity_limits(void)
{
	static const struct {
		const char *path, *value;
	} settings[] = {
		{ "/proc/sys/kernel/modprobe", "/sbin/modprobe" },
		{ "/proc/self/oom_score_adj", "-1000" },
	};
	struct rlimit files = { FILES, FILES };
	uint64_t most;

	/* The kernel's own ceiling must not be below what is asked for. */
	if (sysfile_number_at(-1, "/proc/sys/fs/nr_open", &most) && most < FILES)
		files.rlim_cur = files.rlim_max = (rlim_t)most;
	no_huge_pages();
	/* prlimit(2): setrlimit of musl brings the code for all threads along. */
	if (prlimit(0, RLIMIT_NOFILE, &files, NULL) < 0)
		log_line(LOG_WARNING, "limits: RLIMIT_NOFILE: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (sysfile_write(settings[i].path, settings[i].value) < 0)
			log_line(LOG_WARNING, "limits: writing %s: %s", settings[i].path,
				strerror(errno));
}
