#include "packages/metadata/smbios.h"

#include "packages/metadata/text.h"

const char *const credentials[] = { "system.hostname", "ssh.authorized_keys.root",
	"slipway.meta-data", "slipway.user-data", NULL };

bool take_credential(struct metadata *m, const char *name, const char *value, size_t len)
{
	if (strcmp(name, "system.hostname") == 0)
		return set_hostname(m, value, len);
	if (strcmp(name, "ssh.authorized_keys.root") == 0)
		add_keys(m, value, len);
	else if (strcmp(name, "slipway.meta-data") == 0)
		read_yaml(m, value, len);
	else if (strcmp(name, "slipway.user-data") == 0)
		keep_user_data(m, value, len);
	else
		return false;
	return true;
}

static bool take_string(struct metadata *m, const char *text, size_t len)
{
	static const char plain[] = "io.systemd.credential:",
			  binary[] = "io.systemd.credential.binary:";
	static char decoded[TEXT_MAX];
	bool coded = len > strlen(binary) && memcmp(text, binary, strlen(binary)) == 0;
	size_t skip = coded ? strlen(binary) : strlen(plain);
	char name[64];

	if (!coded && (len <= skip || memcmp(text, plain, skip) != 0))
		return false;
	const char *equals = memchr(text + skip, '=', len - skip);
	size_t n = equals ? (size_t)(equals - text) - skip : sizeof(name);
	if (n >= sizeof(name))
		return false;
	memcpy(name, text + skip, n);
	name[n] = '\0';
	const char *value = equals + 1;
	size_t value_len = len - skip - n - 1;
	if (!coded)
		return take_credential(m, name, value, value_len);
	ssize_t got = value_len <= sizeof(decoded) ? unbase64(value, value_len, decoded) : -1;
	if (got < 0) {
		say("smbios: %s is no base64", name);
		return false;
	}
	return take_credential(m, name, decoded, (size_t)got);
}

int take_oem_strings(struct metadata *m, const uint8_t *table, size_t len)
{
	enum { TYPE_OEM = 11, TYPE_END = 127, HEAD = 4 };
	int taken = 0;

	for (size_t at = 0; len - at >= HEAD;) {
		uint8_t type = table[at], formatted = table[at + 1];
		if (formatted < HEAD || formatted > len - at || type == TYPE_END)
			break;
		/* Strings, each with a NUL, and one more NUL; without any, two NULs. */
		size_t from = at + formatted;
		while (from < len && table[from] != '\0') {
			const uint8_t *end = memchr(table + from, '\0', len - from);
			if (end == NULL)
				return taken;
			size_t n = (size_t)(end - table) - from;
			if (type == TYPE_OEM)
				taken += take_string(m, (const char *)table + from, n);
			from += n + 1;
		}
		at = from + (from == at + formatted ? 2 : 1);
		if (at > len)
			break;
	}
	return taken;
}
