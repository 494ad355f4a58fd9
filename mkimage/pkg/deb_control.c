/* control.tar.* of a .deb: who made it, and from which source. */
#include "base/fd.h"
#include "base/utf8.h"
#include "mkimage/pkg/archive_api.h"
#include "mkimage/pkg/deb_impl.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { CONTROL_MAX = 1 << 20, TAR_MAX = 16 << 20, ENTRIES_MAX = 1000, FIELD_MAX = 1000 };

static int broken(const char *what, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT, NULL, "the control file of %s cannot be read: %s", what, why);
}

/* The value of a field of the first paragraph, without what it goes on with in further lines; NULL:
 * it is not there. */
static const char *field(struct arena *a, const char *text, size_t len, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = text, *end = text + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t line = (size_t)((nl ? nl : end) - p);
		if (line == 0)
			return NULL;
		if (line > n && p[n] == ':' && strncasecmp(p, name, n) == 0) {
			const char *v = p + n + 1, *stop = p + line;
			while (v < stop && (*v == ' ' || *v == '\t'))
				v++;
			while (v < stop && (stop[-1] == ' ' || stop[-1] == '\r'))
				stop--;
			size_t size = (size_t)(stop - v);
			return size && size <= FIELD_MAX ? arena_strn(a, v, size) : NULL;
		}
		p = nl ? nl + 1 : end;
	}
	return NULL;
}

/* One line of what people can read; it becomes part of a document. */
static bool printable(const char *s)
{
	if (!s)
		return true;
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	for (size_t len = strlen(s), n; len; s += n, len -= n)
		if (!(n = utf8_len(s, len)))
			return false;
	return true;
}

int deb_control_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct deb_control *out, struct diags *d)
{
	struct deb_control c = { .maintainer = field(a, text, len, "Maintainer"),
		.source = field(a, text, len, "Source"),
		.source_version = field(a, text, len, "Version") };
	const char *name = field(a, text, len, "Package");
	if (!name || !c.source_version)
		return broken(what, "it has no Package or no Version", d);
	if (!c.source)
		c.source = name;
	/* "glibc (2.41-12)": the source's version, when it is another one. */
	const char *open = strchr(c.source, '(');
	if (open) {
		size_t n = strcspn(open + 1, ")");
		c.source_version = arena_strn(a, open + 1, n);
		n = (size_t)(open - c.source);
		while (n && c.source[n - 1] == ' ')
			n--;
		c.source = arena_strn(a, c.source, n);
	}
	if (!printable(c.maintainer) || !printable(c.source) || !printable(c.source_version))
		return broken(what, "a field holds bytes that are no text", d);
	*out = c;
	return 0;
}

static int control_of(struct arena *a, const struct archive_api *api, struct archive *ar,
	const char *what, char **text, size_t *len, struct diags *d)
{
	struct archive_entry *e;
	for (unsigned i = 0; i < ENTRIES_MAX; i++) {
		int rc = api->next_header(ar, &e);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return broken(what, api->error_string(ar), d);
		const char *name = api->pathname(e);
		if (!name || strcmp(name + (strncmp(name, "./", 2) == 0 ? 2 : 0), "control") != 0)
			continue;
		int64_t size = api->size(e);
		if (size < 0 || size > CONTROL_MAX)
			return broken(what, "it is larger than any", d);
		*text = arena_alloc(a, (size_t)size + 1);
		if (api->data(ar, *text, (size_t)size) != size)
			return broken(what, "it is cut off", d);
		*len = (size_t)size;
		return 0;
	}
	return broken(what, "it is missing", d);
}

int deb_control_read(struct arena *a, const char *path, const char *what, struct deb_control *out,
	struct diags *d)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct deb_part part;
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	if (deb_part_find(fd, (uint64_t)st.st_size, what, "control.tar", &part, d) < 0)
		return -1;
	if (part.len > TAR_MAX)
		return broken(what, "its archive is larger than any", d);
	char *packed = arena_alloc(a, (size_t)part.len + 1);
	ssize_t got = fd_pread_full(fd, packed, (size_t)part.len, part.offset);
	if (got < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", path);
	const struct archive_api *api;
	struct archive *ar;
	if (archive_api_load(&api, d) < 0 || archive_tar_new(api, &ar, d) < 0)
		return -1;
	int rc = api->open_memory(ar, packed, (size_t)got) == ARCHIVE_OK
			 ? control_of(a, api, ar, what, &text, &len, d)
			 : broken(what, api->error_string(ar), d);
	api->read_free(ar);
	return rc < 0 ? -1 : deb_control_parse(a, what, text, len, out, d);
}
