/* What QEMU and the firmware hand over without a network: files of fw_cfg, tables, a serial number.
 */
#include "packages/metadata/http.h"
#include "packages/metadata/json.h"
#include "packages/metadata/nocloud.h"
#include "packages/metadata/providers.h"
#include "packages/metadata/smbios.h"
#include "packages/metadata/text.h"

#include <fcntl.h>

static char buffer[TEXT_MAX];

/* A file of sysfs, whole; its length, or -1. */
static ssize_t read_sysfs(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buffer + len, sizeof(buffer) - len)) > 0)
		len += (size_t)n;
	close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}

int read_fw_cfg(const struct settings *s, struct metadata *m)
{
	char path[256];
	int found = 0;

	for (size_t i = 0; credentials[i] != NULL; i++) {
		snprintf(path, sizeof(path),
			"%s/qemu_fw_cfg/by_name/opt/io.systemd.credentials/%s/raw", s->firmware,
			credentials[i]);
		ssize_t n = read_sysfs(path);
		if (n >= 0 && take_credential(m, credentials[i], buffer, (size_t)n))
			found = 1;
	}
	return found;
}

int read_smbios(const struct settings *s, struct metadata *m)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/dmi/tables/DMI", s->firmware);
	ssize_t n = read_sysfs(path);
	return n > 0 && take_oem_strings(m, (const uint8_t *)buffer, (size_t)n) > 0;
}

/* One file of NoCloud from a server; its status. */
static int fetch(const struct seed *seed, const char *name, struct text *body)
{
	char path[sizeof(seed->path) + 16];

	snprintf(path, sizeof(path), "%s%s", seed->path, name);
	return http_ask_patiently(&(struct http_request){ "GET", seed->address, path, NULL, false },
		PROVIDER_SECONDS, body);
}

int read_serial(const struct settings *s, struct metadata *m)
{
	struct seed seed;
	struct text body;
	char path[256];

	snprintf(path, sizeof(path), "%s/product_serial", s->dmi);
	ssize_t n = read_sysfs(path);
	if (n <= 0)
		return 0;
	if (parse_seed(buffer, (size_t)n, &seed) < 0)
		return -1;
	if (seed.hostname[0] != '\0')
		set_hostname(m, seed.hostname, strlen(seed.hostname));
	if (seed.address[0] == '\0')
		return seed.hostname[0] != '\0';
	int status = fetch(&seed, "meta-data", &body);
	if (status != 200)
		return fail("nocloud: http://%s%smeta-data: status %d", seed.address, seed.path,
			status);
	if (!take_meta_data(m, body.at, body.len))
		read_yaml(m, body.at, body.len);
	status = fetch(&seed, "user-data", &body);
	if (status == 200)
		keep_user_data(m, body.at, body.len);
	return 1;
}
