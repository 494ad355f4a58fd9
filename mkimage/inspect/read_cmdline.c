/* The command line of an image that is several files: it has one of its own, or a machine's
 * description says it. */
#include "mkimage/inspect/inspect_impl.h"

#include "base/fd.h"
#include "base/json.h"

#include <string.h>
#include <unistd.h>

/* The first value of that key: QEMU's files have no way to write a '"' in one. */
static const char *config_value(struct arena *a, const char *text, const char *key)
{
	const char *start = strstr(text, arena_fmt(a, "\n  %s = \"", key));
	if (!start)
		return NULL;
	start = strchr(start, '"') + 1;
	return arena_strn(a, start, strcspn(start, "\"\n"));
}

/* -readconfig's format: "append" of the section [machine]. */
static int of_qemu(
	struct arena *a, const char *path, const char *text, const char **out, struct diags *d)
{
	*out = config_value(a, text, "append");
	if (*out)
		return 0;
	return fail(d, KIND_INPUT, NULL, "\"%s\" says no kernel command line (append)", path);
}

static int of_firecracker(struct arena *a, const char *path, const char *text, size_t len,
	const char **out, struct diags *d)
{
	struct json root, source;
	if (json_parse(a, arena_fmt(a, "\"%s\"", path), text, len, &root, d) < 0 ||
		json_need_object(root, "boot-source", &source, d) < 0)
		return -1;
	return json_need_str(source, "boot_args", out, d);
}

int inspect_cmdline(struct arena *a, const char *prefix, const char **out, struct diags *d)
{
	const char *qemu = arena_fmt(a, "%s.cfg", prefix), *api = arena_fmt(a, "%s.json", prefix),
		   *path = arena_fmt(a, "%s-cmdline", prefix);
	char *text;
	size_t len;
	bool own = access(path, F_OK) == 0, cfg = !own && access(qemu, F_OK) == 0,
	     json = !own && !cfg && access(api, F_OK) == 0;
	path = cfg ? qemu : json ? api : path;
	if (file_read(a, path, INSPECT_TEXT_MAX, &text, &len, d) < 0)
		return -1;
	if (cfg)
		return of_qemu(a, path, text, out, d);
	if (json)
		return of_firecracker(a, path, text, len, out, d);
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	*out = text;
	return 0;
}
