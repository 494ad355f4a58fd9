/* Forms of names: containers, volumes, images, modules, interfaces. */
#include "yaml/fields.h"
#include "yaml/reader.h"

#include "base/digest.h"

#include <string.h>

enum { NAME_MAX_LEN = 64, INTERFACE_MAX = 15 /* IFNAMSIZ - 1 */, IMAGE_MAX = 512 };

#define LOWER	     "abcdefghijklmnopqrstuvwxyz"
#define UPPER	     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	     "0123456789"
#define ALPHANUMERIC LOWER UPPER DIGITS

static bool only(const char *s, const char *allowed)
{
	return s[strspn(s, allowed)] == '\0';
}

/* Names become folders, control groups and log files. */
static void check_name(struct reader *r, const struct y_str *v)
{
	const char *n = v->v;
	static const char hint[] = "use letters, digits, `-`, `_` and `.`";
	if (!n[0])
		reader_fail(r, v->at, hint, "a container's name is empty");
	else if (strchr(n, '/'))
		reader_fail(r, v->at, hint, "the name \"%s\" contains \"/\"", n);
	else if (n[0] == '.')
		reader_fail(r, v->at, "start it with a letter or digit",
			"the name \"%s\" starts with \".\"", n);
	else if (strlen(n) > NAME_MAX_LEN)
		reader_fail(r, v->at, "choose a shorter one",
			"a name has %zu bytes, and at most %d are allowed", strlen(n),
			NAME_MAX_LEN);
	else if (!only(n, ALPHANUMERIC "._-"))
		reader_mistake(r, v->at, hint,
			"the name \"%s\" has characters that other tools refuse", n);
	else if (n[0] == '-')
		reader_mistake(r, v->at, "start it with a letter or digit",
			"the name \"%s\" starts with \"-\"", n);
}
const struct form form_name = { .check = check_name, .pattern = "^[^./][^/]{0,63}$" };

static void check_volume_name(struct reader *r, const struct y_str *v)
{
	if (!v->v[0] || !only(v->v, LOWER DIGITS "_-") || strlen(v->v) > NAME_MAX_LEN)
		reader_fail(r, v->at, "use at most 64 lower-case letters, digits, `_` and `-`",
			"\"%s\" cannot be a volume's name", v->v);
}
const struct form form_volume_name = { .check = check_volume_name,
	.pattern = "^[a-z0-9_-]{1,64}$" };

/* Enough to catch slips; the store knows the whole grammar. Templates are resolved later (cli). */
static void check_image(struct reader *r, const struct y_str *v)
{
	struct digest g;
	const char *at = strchr(v->v, '@'), *slash = strrchr(v->v, '/');
	const char *last = slash ? slash + 1 : v->v, *tag = strchr(last, ':');
	size_t repository = strcspn(last, ":@");
	if (strncmp(v->v, "@pkg:", 5) == 0) {
		if (!v->v[5] || strlen(v->v) > IMAGE_MAX)
			reader_fail(r, v->at, "as in `\"@pkg:./packages/web\"`",
				"the template \"%.64s\" names no folder", v->v);
	} else if (v->v[0] == '@') {
		reader_fail(r, v->at, "`@pkg:FOLDER` is the only template",
			"the template \"%.64s\" is not known", v->v);
	} else if (!v->v[0])
		reader_fail(r, v->at, "write the image's name", "the name of an image is empty");
	else if (strlen(v->v) > IMAGE_MAX)
		reader_fail(
			r, v->at, NULL, "the name of an image has more than %d bytes", IMAGE_MAX);
	else if (strstr(v->v, "://"))
		reader_fail(r, v->at, "remove everything up to `://`",
			"\"%s\" is an address, not the name of an image", v->v);
	else if (!only(v->v, ALPHANUMERIC "._-/:@[]"))
		reader_fail(r, v->at, "as in `docker.io/library/nginx:1.26`",
			"\"%s\" has characters that no image's name has", v->v);
	else if (at && digest_parse(at + 1, &g) < 0)
		reader_fail(r, v->at, "as in `@sha256:` and 64 digits from 0 to f",
			"\"%s\" is no digest", at + 1);
	else if (!repository || v->v[0] == '/' || strstr(v->v, "//"))
		reader_fail(r, v->at, "as in `docker.io/library/nginx:1.26`",
			"a part of the image's name \"%s\" is empty", v->v);
	else if (strcspn(last, UPPER) < repository)
		reader_fail(r, v->at, "write it in lower case",
			"the image's name \"%s\" has capital letters", v->v);
	else if (tag && (!at || tag < at) && (tag[1] == '\0' || tag[1] == '@'))
		reader_fail(r, v->at, "add the tag, or remove the `:`",
			"the tag of \"%s\" is empty", v->v);
}
const struct form form_image = { .check = check_image,
	.pattern = "^(@pkg:.+|[A-Za-z0-9._/:\\[\\]-]+(@sha(256|512):[0-9a-f]+)?)$" };

static void check_module(struct reader *r, const struct y_str *v)
{
	if (strstr(v->v, ".ko"))
		reader_fail(r, v->at, "write the name alone, as in `virtio_net`",
			"\"%s\" is a file, not the name of a module", v->v);
	else if (!v->v[0] || !only(v->v, ALPHANUMERIC "_-") || strlen(v->v) > NAME_MAX_LEN)
		reader_fail(r, v->at, "as in `virtio_net`",
			"\"%s\" cannot be a kernel module's name", v->v);
}
const struct form form_module = { .check = check_module, .pattern = "^[A-Za-z0-9_-]{1,64}$" };

/* dev_valid_name() in the kernel. */
static void check_interface(struct reader *r, const struct y_str *v)
{
	if (!v->v[0] || strlen(v->v) > INTERFACE_MAX || strpbrk(v->v, "/: \t\n") ||
		strcmp(v->v, ".") == 0 || strcmp(v->v, "..") == 0)
		reader_fail(r, v->at, "use at most 15 letters and digits, as in `eth0`",
			"\"%s\" cannot be a network interface's name", v->v);
}
const struct form form_interface = { .check = check_interface, .pattern = "^[^/: \\t\\n]{1,15}$" };

static void check_runtime_namespace(struct reader *r, const struct y_str *v)
{
	if (!only(v->v, ALPHANUMERIC "._-") || v->v[0] == '.')
		reader_fail(r, v->at, "as in `services.linuxkit`",
			"\"%s\" cannot be a containerd namespace", v->v);
}
const struct form form_runtime_namespace = { .check = check_runtime_namespace,
	.pattern = "^([A-Za-z0-9_-][A-Za-z0-9._-]*)?$" };

static void check_hostname(struct reader *r, const struct y_str *v)
{
	if (strlen(v->v) > 64)
		reader_fail(r, v->at, "choose a shorter one",
			"a host name has %zu bytes, and at most 64 are allowed", strlen(v->v));
	else if (!only(v->v, ALPHANUMERIC ".-") || v->v[0] == '-')
		reader_mistake(r, v->at, "use letters, digits, `-` and `.`",
			"\"%s\" is no host name", v->v);
}
const struct form form_hostname = { .check = check_hostname };

static void check_platform(struct reader *r, const struct y_str *v)
{
	const char *slash = strchr(v->v, '/');
	if (!slash || slash == v->v || !slash[1] || !only(v->v, LOWER DIGITS "/"))
		reader_fail(r, v->at, "as in `linux/amd64`", "\"%s\" is no platform", v->v);
}
const struct form form_platform = { .check = check_platform,
	.pattern = "^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$" };
