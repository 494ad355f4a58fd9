/* The services of clouds, as each documents its own. */
#include "packages/metadata/providers.h"

#include "packages/metadata/http.h"
#include "packages/metadata/json.h"

#include <errno.h>
#include <fcntl.h>

static const char *address_of(const struct settings *s)
{
	return s->address ? s->address : "169.254.169.254:80";
}

static int get(const struct settings *s, const char *path, const char *head, struct text *body)
{
	return http_ask(&(struct http_request){ "GET", address_of(s), path, head, false }, body);
}

/* The first request: the network, or the service, may not be there yet. */
static int ask_patiently(const struct settings *s, const struct http_request *r, struct text *body)
{
	return http_ask_patiently(r, s->address ? 1 : PROVIDER_SECONDS, body);
}

static void take_user_data(struct metadata *m, int status, struct text body)
{
	if (status == 200)
		keep_user_data(m, body.at, body.len);
}

static void take_keys(struct metadata *m, int status, struct text body)
{
	if (status == 200)
		add_keys(m, body.at, body.len);
}

/* EC2: instance metadata service version 2, with its session token; there is no version 1 here. */
static int read_aws(const struct settings *s, struct metadata *m)
{
	char head[400], path[80];
	struct text body;
	int status = ask_patiently(s,
		&(struct http_request){ "PUT", address_of(s), "/latest/api/token",
			"X-aws-ec2-metadata-token-ttl-seconds: 60", false },
		&body);

	if (status < 0)
		return 0;
	if (status != 200 || body.len == 0 || body.len > 256)
		return fail("aws: the service gives no token (status %d)", status);
	for (size_t i = 0; i < body.len; i++) {
		if (body.at[i] <= ' ' || body.at[i] > '~')
			return fail("aws: the token of the service is none");
	}
	snprintf(head, sizeof(head), "X-aws-ec2-metadata-token: %.*s", (int)body.len, body.at);
	status = get(s, "/latest/meta-data/local-hostname", head, &body);
	if (status != 200 || !set_hostname(m, body.at, body.len))
		say("aws: the service says no host name (status %d)", status);
	/* Keys are numbered from 0. */
	for (unsigned i = 0; i < 32; i++) {
		snprintf(path, sizeof(path), "/latest/meta-data/public-keys/%u/openssh-key", i);
		status = get(s, path, head, &body);
		if (status != 200)
			break;
		add_keys(m, body.at, body.len);
	}
	status = get(s, "/latest/user-data", head, &body);
	take_user_data(m, status, body);
	return 1;
}

/* GCP: lines of USER:KEY. Those with an end (google-ssh) are of a browser's console, and left out.
 */
static void take_gcp_keys(struct metadata *m, int status, struct text body)
{
	for (size_t i = 0; status == 200 && i < body.len;) {
		const char *line = body.at + i, *end = memchr(line, '\n', body.len - i);
		size_t n = end ? (size_t)(end - line) : body.len - i;
		const char *colon = memchr(line, ':', n);
		if (colon != NULL && memmem(line, n, " google-ssh ", 12) == NULL)
			add_keys(m, colon + 1, n - (size_t)(colon + 1 - line));
		i += n + 1;
	}
}

static int read_gcp(const struct settings *s, struct metadata *m)
{
	static const char head[] = "Metadata-Flavor: Google";
	struct text body;
	int status = ask_patiently(s,
		&(struct http_request){ "GET", address_of(s),
			"/computeMetadata/v1/instance/hostname", head, false },
		&body);

	if (status < 0)
		return 0;
	if (status != 200)
		return fail("gcp: the service refuses (status %d)", status);
	if (!set_hostname(m, body.at, body.len))
		say("gcp: the service says no host name");
	status = get(s, "/computeMetadata/v1/instance/attributes/ssh-keys", head, &body);
	take_gcp_keys(m, status, body);
	status = get(
		s, "/computeMetadata/v1/instance/attributes/block-project-ssh-keys", head, &body);
	bool blocked = status == 200 && body.len >= 4 && strncasecmp(body.at, "true", 4) == 0;
	if (!blocked) {
		status = get(s, "/computeMetadata/v1/project/attributes/ssh-keys", head, &body);
		take_gcp_keys(m, status, body);
	}
	status = get(s, "/computeMetadata/v1/instance/attributes/user-data", head, &body);
	take_user_data(m, status, body);
	return 1;
}

/* Those whose answers are plain texts; keys NULL: not these. */
struct plain {
	const char *name, *hostname, *keys, *user_data;
};

static int read_plain(const struct settings *s, struct metadata *m, const struct plain *p)
{
	struct text body;
	int status = ask_patiently(
		s, &(struct http_request){ "GET", address_of(s), p->hostname, NULL, false }, &body);

	if (status < 0)
		return 0;
	if (status != 200)
		return fail("%s: the service refuses (status %d)", p->name, status);
	if (!set_hostname(m, body.at, body.len))
		say("%s: the service says no host name", p->name);
	status = p->keys ? get(s, p->keys, NULL, &body) : 0;
	take_keys(m, status, body);
	status = get(s, p->user_data, NULL, &body);
	take_user_data(m, status, body);
	return 1;
}

static int read_digitalocean(const struct settings *s, struct metadata *m)
{
	return read_plain(s, m,
		&(struct plain){ "digitalocean", "/metadata/v1/hostname",
			"/metadata/v1/public-keys", "/metadata/v1/user-data" });
}

static int read_vultr(const struct settings *s, struct metadata *m)
{
	return read_plain(s, m,
		&(struct plain){ "vultr", "/v1/hostname", "/v1/public-keys", "/latest/user-data" });
}

static int read_hetzner(const struct settings *s, struct metadata *m)
{
	struct text body;
	int found = read_plain(s, m,
		&(struct plain){
			"hetzner", "/hetzner/v1/metadata/hostname", NULL, "/hetzner/v1/userdata" });

	if (found <= 0)
		return found;
	int status = get(s, "/hetzner/v1/metadata/public-keys", NULL, &body);
	if (status == 200 && !take_key_list(m, body.at, body.len))
		say("hetzner: the keys are no list");
	return 1;
}

/* One answer of JSON with all, or all but the user's data. */
static int read_json(const struct settings *s, struct metadata *m, const char *path,
	const char *head, bool (*take)(struct metadata *, const char *, size_t))
{
	struct text body;
	int status = ask_patiently(
		s, &(struct http_request){ "GET", address_of(s), path, head, false }, &body);

	if (status < 0)
		return 0;
	if (status != 200 || !take(m, body.at, body.len))
		return fail("%s: not what is documented (status %d)", path, status);
	return 1;
}

static int read_azure(const struct settings *s, struct metadata *m)
{
	return read_json(
		s, m, "/metadata/instance?api-version=2021-02-01", "Metadata: true", take_azure);
}

static int read_openstack(const struct settings *s, struct metadata *m)
{
	struct text body;
	int found = read_json(s, m, "/openstack/latest/meta_data.json", NULL, take_openstack);

	if (found <= 0)
		return found;
	int status = get(s, "/openstack/latest/user_data", NULL, &body);
	take_user_data(m, status, body);
	return 1;
}

/* Scaleway gives the user's data only to who may use a low port: to root of the machine. */
static int read_scaleway(const struct settings *s, struct metadata *m)
{
	struct http_request r = { "GET", s->address ? s->address : "169.254.42.42:80",
		"/conf?format=json", NULL, false };
	struct text body;
	int status = ask_patiently(s, &r, &body);

	if (status < 0)
		return 0;
	if (status != 200 || !take_scaleway(m, body.at, body.len))
		return fail("scaleway: %s: not what is documented (status %d)", r.path, status);
	r.path = "/user_data/cloud-init";
	r.low_port = true;
	status = http_ask(&r, &body);
	take_user_data(m, status, body);
	return 1;
}

const struct provider providers[] = {
	{ "aws", read_aws, "sys_vendor", "Amazon EC2" },
	{ "gcp", read_gcp, "product_name", "Google" },
	{ "digitalocean", read_digitalocean, "sys_vendor", "DigitalOcean" },
	{ "vultr", read_vultr, "sys_vendor", "Vultr" },
	{ "azure", read_azure, "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77" },
	{ "openstack", read_openstack, "product_name", "OpenStack" },
	{ "hetzner", read_hetzner, "sys_vendor", "Hetzner" },
	{ "scaleway", read_scaleway, "sys_vendor", "Scaleway" },
	{ "vmware", read_vmware, "sys_vendor", "VMware" },
	{ "nocloud", read_serial, "product_serial", "ds=nocloud" },
	{ "qemu", read_fw_cfg, NULL, NULL },
	{ "smbios", read_smbios, NULL, NULL },
	{ "cdrom", read_disks, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

bool provider_is_here(const struct settings *s, const struct provider *p)
{
	char path[256], text[128];

	if (p->dmi_file == NULL)
		return true;
	snprintf(path, sizeof(path), "%s/%s", s->dmi, p->dmi_file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	size_t want = strlen(p->dmi_begins);
	return n >= (ssize_t)want && memcmp(text, p->dmi_begins, want) == 0;
}
