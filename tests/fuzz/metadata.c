/* What a service of a cloud or a disk beside the machine says: the answer of a server, and all that
 * a body may be. */
#include "tests/fuzz/fuzz.h"

/* The package's own, beside those of the library. */
#define fail	       metadata_fail
#define say	       metadata_say
#define json_skip_real metadata_skip_real
#include "packages/metadata/http.c"
#include "packages/metadata/json.c"
#include "packages/metadata/output.c"
#include "packages/metadata/text.c"

feeder feed_metadata;

static void feed_body(char *text, size_t len)
{
	static struct metadata m;

	memset(&m, 0, sizeof(m));
	add_keys(&m, text, len);
	set_hostname(&m, text, len);
	read_yaml(&m, text, len);
	write_tree(-1, text, len);
	take_openstack(&m, text, len);
	take_azure(&m, text, len);
	take_key_list(&m, text, len);
	if (m.keys_len > 0 && m.keys[m.keys_len - 1] != '\n')
		abort();
	for (const char *c = m.hostname; *c != '\0'; c++) {
		if (!is_name(*c))
			abort();
	}
	if (m.hostname[0] == '-' || m.hostname[0] == '.')
		abort();
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
