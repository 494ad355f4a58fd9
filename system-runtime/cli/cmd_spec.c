/* `spec` writes a config.json to start from; `features` says what is carried out (spec 1.1). */
#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/oci/features.h"

#include <fcntl.h>

static const char spec_text[] =
	"{\n"
	"  \"ociVersion\": \"" OCI_VERSION "\",\n"
	"  \"process\": {\n"
	"    \"args\": [\"sh\"],\n"
	"    \"env\": [\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\", \"TERM=xterm\"],\n"
	"    \"cwd\": \"/\",\n"
	"    \"terminal\": true,\n"
	"    \"user\": {\"uid\": 0, \"gid\": 0},\n"
	"    \"capabilities\": {},\n"
	"    \"noNewPrivileges\": true\n"
	"  },\n"
	"  \"root\": {\"path\": \"rootfs\", \"readonly\": true},\n"
	"  \"hostname\": \"container\",\n"
	"  \"mounts\": [\n"
	"    {\"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\","
	" \"options\": [\"nosuid\", \"noexec\", \"nodev\"]},\n"
	"    {\"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\","
	" \"options\": [\"nosuid\", \"strictatime\", \"mode=755\", \"size=65536k\"]},\n"
	"    {\"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\","
	" \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"]},\n"
	"    {\"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\","
	" \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"mode=1777\", \"size=65536k\"]},\n"
	"    {\"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\","
	" \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"ro\"]}\n"
	"  ],\n"
	"  \"linux\": {\n"
	"    \"namespaces\": [{\"type\": \"pid\"}, {\"type\": \"network\"}, {\"type\": \"ipc\"},"
	" {\"type\": \"uts\"}, {\"type\": \"mount\"}, {\"type\": \"cgroup\"}],\n"
	"    \"maskedPaths\": [\"/proc/kcore\", \"/proc/keys\", \"/proc/sysrq-trigger\","
	" \"/proc/timer_list\", \"/sys/firmware\"],\n"
	"    \"readonlyPaths\": [\"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\"]\n"
	"  }\n"
	"}\n";

struct spec_cli {
	const char *bundle;
};
const struct option_spec spec_options_table[] = {
	{ "bundle", 'b', OPTION_TEXT, offsetof(struct spec_cli, bundle),
		"the bundle's folder (.)" },
};
const size_t n_spec_options = ARRAY_LEN(spec_options_table);

int cmd_spec(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct spec_cli *cli = opts;
	const char *bundle = cli->bundle != NULL ? cli->bundle : ".";

	(void)g;
	(void)argc;
	(void)argv;
	AUTO_FD dir = openat(AT_FDCWD, bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return rt_fail(e, errno, "cannot open the bundle %s", bundle);
	AUTO_FD fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write_all(fd, spec_text, sizeof(spec_text) - 1) != 0)
		return rt_fail(e, errno, "cannot write config.json");
	return 0;
}

int cmd_features(
	const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	static char buf[16 * 1024];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	(void)g;
	(void)opts;
	(void)argc;
	(void)argv;
	features_write(&o);
	if (o.full)
		return rt_fail(e, 0, "features: more than %zu bytes", sizeof(buf));
	puts(buf);
	return fflush(stdout) == 0 ? 0 : rt_fail(e, errno, "cannot write");
}
