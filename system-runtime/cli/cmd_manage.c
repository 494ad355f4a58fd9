/* pause, resume, ps and update: what engines ask of a running container's cgroup. */
#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/manage.h"

#include <fcntl.h>
#include <limits.h>

int cmd_pause(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	(void)opts;
	(void)argc;
	return container_pause(g->root, argv[0], e);
}

int cmd_resume(
	const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	(void)opts;
	(void)argc;
	return container_resume(g->root, argv[0], e);
}

struct ps_cli {
	const char *format;
};
const struct option_spec ps_options_table[] = {
	{ "format", 'f', OPTION_TEXT, offsetof(struct ps_cli, format), "table or json" },
};
const size_t n_ps_options = ARRAY_LEN(ps_options_table);

static void print_process(pid_t pid)
{
	char path[48], line[256];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	AUTO_FD fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (n < 0)
		return; /* it has ended meanwhile */
	for (ssize_t i = 0; i < n; i++) {
		/* Words are parted by NUL; a terminal shall not obey what a container writes here.
		 */
		if ((unsigned char)line[i] <= ' ' || line[i] == 0x7f)
			line[i] = line[i] == '\0' ? ' ' : '?';
	}
	line[n] = '\0';
	printf("%-8d %s\n", (int)pid, line);
}

int cmd_ps(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	static pid_t pids[65536];
	const struct ps_cli *cli = opts;
	bool json = cli->format != NULL && strcmp(cli->format, "json") == 0;
	size_t n;

	(void)argc;
	if (cli->format != NULL && !json && strcmp(cli->format, "table") != 0)
		return rt_fail(e, 0, "--format: \"%s\" is neither table nor json", cli->format);
	AUTO_MANAGED m = { .dir = -1 };
	if (managed_open(g->root, argv[0], &m, e) != 0 ||
		container_pids(&m, pids, ARRAY_LEN(pids), &n, e) != 0)
		return -1;
	printf("%s", json ? "[" : "PID      COMMAND\n");
	for (size_t i = 0; i < n; i++) {
		if (json)
			printf("%s%d", i ? "," : "", (int)pids[i]);
		else
			print_process(pids[i]);
	}
	if (json)
		printf("]\n");
	return fflush(stdout) == 0 ? 0 : rt_fail(e, errno, "cannot write");
}

struct update_cli {
	const char *resources, *memory, *reservation, *swap, *period, *quota, *burst, *shares,
		*idle, *cpus, *mems, *pids, *weight, *kernel, *kernel_tcp, *rt_period, *rt_runtime;
};

#define UPDATE(n, l, m, h)                                           \
	{                                                            \
		n, l, OPTION_TEXT, offsetof(struct update_cli, m), h \
	}
const struct option_spec update_options_table[] = {
	UPDATE("resources", 'r', resources, "a file with linux.resources; - for stdin"),
	UPDATE("memory", 0, memory, "bytes, or -1 for no limit"),
	UPDATE("memory-reservation", 0, reservation, "bytes"),
	UPDATE("memory-swap", 0, swap, "bytes of memory and swap together, or -1"),
	UPDATE("cpu-period", 0, period, "microseconds"),
	UPDATE("cpu-quota", 0, quota, "microseconds in each period, or -1"),
	UPDATE("cpu-burst", 0, burst, "microseconds"),
	UPDATE("cpu-share", 0, shares, "the weight, 2 to 262144"),
	UPDATE("cpu-idle", 0, idle, "0 or 1"),
	UPDATE("cpuset-cpus", 0, cpus, "CPUs, such as 0-2,4"),
	UPDATE("cpuset-mems", 0, mems, "memory nodes"),
	UPDATE("pids-limit", 0, pids, "processes, or -1"),
	UPDATE("blkio-weight", 0, weight, "10 to 1000"),
	/* cgroup v1 alone has these. */
	UPDATE("kernel-memory", 0, kernel, "refused: cgroup v2 has it not"),
	UPDATE("kernel-memory-tcp", 0, kernel_tcp, "refused: cgroup v2 has it not"),
	UPDATE("cpu-rt-period", 0, rt_period, "refused: cgroup v2 has it not"),
	UPDATE("cpu-rt-runtime", 0, rt_runtime, "refused: cgroup v2 has it not"),
};
const size_t n_update_options = ARRAY_LEN(update_options_table);
_Static_assert(sizeof(struct update_cli) <= OPTIONS_SIZE, "the option area is too small");

static int number(const char *text, const char *name, struct opt_int *out, struct rt_error *e)
{
	char *end;

	if (text == NULL || *text == '\0')
		return 0;
	errno = 0;
	out->v = strtoll(text, &end, 10);
	if (*end != '\0' || errno != 0)
		return rt_fail(e, 0, "--%s: \"%s\" is not a whole number", name, text);
	out->set = true;
	return 0;
}

/* The parts that the flags fill in. */
struct update_parts {
	struct memory_spec memory;
	struct cpu_spec cpu;
	struct pids_spec pids;
	struct block_io_spec io;
};

static int from_flags(const struct update_cli *c, struct update_parts *p, struct resources_spec *r,
	struct rt_error *e)
{
	if (c->kernel || c->kernel_tcp || c->rt_period || c->rt_runtime)
		return rt_fail(e, 0,
			"update: cgroup v2 has no limits for kernel memory and real-time tasks");
	if (number(c->memory, "memory", &p->memory.limit, e) != 0 ||
		number(c->reservation, "memory-reservation", &p->memory.reservation, e) != 0 ||
		number(c->swap, "memory-swap", &p->memory.swap, e) != 0 ||
		number(c->period, "cpu-period", &p->cpu.period, e) != 0 ||
		number(c->quota, "cpu-quota", &p->cpu.quota, e) != 0 ||
		number(c->burst, "cpu-burst", &p->cpu.burst, e) != 0 ||
		number(c->shares, "cpu-share", &p->cpu.shares, e) != 0 ||
		number(c->idle, "cpu-idle", &p->cpu.idle, e) != 0 ||
		number(c->pids, "pids-limit", &p->pids.limit, e) != 0 ||
		number(c->weight, "blkio-weight", &p->io.weight, e) != 0)
		return -1;
	p->cpu.cpus = c->cpus;
	p->cpu.mems = c->mems;
	*r = (struct resources_spec){
		.memory = &p->memory, .cpu = &p->cpu, .pids = &p->pids, .blockIO = &p->io
	};
	return 0;
}

static int read_stdin(struct mem *m, struct resources_spec *r, struct rt_error *e)
{
	static char text[256 * 1024];
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < sizeof(text)) {
		n = read(STDIN_FILENO, text + len, sizeof(text) - len);
		if (n < 0 && errno != EINTR)
			return rt_fail(e, errno, "cannot read the resources from stdin");
		len += n > 0 ? (size_t)n : 0;
	}
	if (len == sizeof(text))
		return rt_fail(e, 0, "the resources on stdin are too large");
	if (mem_open(m, json_mem_size(len)) != 0)
		return rt_fail(e, errno, "cannot map memory");
	return json_decode(m, "resources", text, len, &oci_resources_table, r, e);
}

int cmd_update(
	const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct update_cli *cli = opts;
	struct update_parts parts = { 0 };
	struct resources_spec r = { 0 };
	AUTO_MEM m = { 0 };

	(void)argc;
	if (cli->resources == NULL) {
		if (from_flags(cli, &parts, &r, e) != 0)
			return -1;
		return container_update(g->root, argv[0], &r, e);
	}
	if (strcmp(cli->resources, "-") == 0 ? read_stdin(&m, &r, e) != 0
					     : json_decode_file(&m, AT_FDCWD, cli->resources,
						       &oci_resources_table, &r, e) != 0)
		return -1;
	return container_update(g->root, argv[0], &r, e);
}
