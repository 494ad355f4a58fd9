/* What a service of a cloud or a disk beside the machine says: the answer of a server, and all that
 * a body may be. */
#include "tests/fuzz/fuzz.h"

/* The package's own, beside those of the library. */
#define fail	       metadata_fail
#define say	       metadata_say
#define json_skip_real metadata_skip_real
#include "packages/metadata/http.c"
#include "packages/metadata/json.c"
#include "packages/metadata/nocloud.c"
#include "packages/metadata/output.c"
#include "packages/metadata/smbios.c"
#include "packages/metadata/text.c"
#include "packages/metadata/vmware.c"

feeder feed_metadata, feed_smbios, feed_guestinfo, feed_seed;

static struct metadata m;

static void check(void)
{
	if (m.keys_len > 0 && m.keys[m.keys_len - 1] != '\n')
		abort();
	for (const char *c = m.hostname; *c != '\0'; c++) {
		if (!is_name(*c))
			abort();
	}
	if (m.hostname[0] == '-' || m.hostname[0] == '.')
		abort();
}

static void feed_body(char *text, size_t len)
{
	memset(&m, 0, sizeof(m));
	add_keys(&m, text, len);
	set_hostname(&m, text, len);
	read_yaml(&m, text, len);
	write_tree(-1, text, len);
	take_openstack(&m, text, len);
	take_azure(&m, text, len);
	take_key_list(&m, text, len);
	take_scaleway(&m, text, len);
	take_meta_data(&m, text, len);
	check();
}

int feed_metadata(const uint8_t *data, size_t len)
{
	char *text = malloc(len > 0 ? len : 1);
	struct text body;

	if (text == NULL)
		return 0;
	memcpy(text, data, len);
	feed_body(text, len);
	int status = http_parse(text, len, &body);
	if (status >= 0 && (body.at < text || body.at + body.len > text + len))
		abort();
	if (status >= 0)
		feed_body(body.at, body.len);
	free(text);
	return 0;
}

int feed_smbios(const uint8_t *data, size_t len)
{
	uint8_t *table = malloc(len > 0 ? len : 1);

	if (table == NULL)
		return 0;
	memcpy(table, data, len);
	memset(&m, 0, sizeof(m));
	take_oem_strings(&m, table, len);
	check();
	free(table);
	return 0;
}

int feed_seed(const uint8_t *data, size_t len)
{
	char *text = malloc(len > 0 ? len : 1);
	struct seed seed;

	if (text == NULL)
		return 0;
	memcpy(text, data, len);
	if (parse_seed(text, len, &seed) == 0 && seed.address[0] != '\0' &&
		(strchr(seed.address, ':') == NULL || seed.path[0] != '/' ||
			seed.path[strlen(seed.path) - 1] != '/'))
		abort();
	free(text);
	return 0;
}

/* The host's registers, one access after the other: bx and the high halves of cx and dx. */
static const uint8_t *host, *host_end;

static void host_says(struct vmware_registers *r)
{
	uint8_t said[8] = { 0 };
	size_t n = (size_t)(host_end - host);

	n = n < sizeof(said) ? n : sizeof(said);
	memcpy(said, host, n);
	host += n;
	memcpy(&r->bx, said, sizeof(r->bx));
	r->cx = (uint32_t)(said[4] | said[5] << 8) << 16;
	r->dx = (uint32_t)(said[6] | said[7] << 8) << 16;
}

int feed_guestinfo(const uint8_t *data, size_t len)
{
	host = data;
	host_end = data + len;
	memset(&m, 0, sizeof(m));
	take_guestinfo(&m, host_says);
	check();
	return 0;
}
