/* The text behind json_decode: yyjson on the arena, and files. */
#include "base/auto_fd.h"
#include "system-runtime/json/decode_impl.h"

#include <fcntl.h>
#include <sys/stat.h>

const char *field_key(const struct field *f)
{
	static const char *const keys[] = { "throttleReadBpsDevice", "throttleWriteBpsDevice",
		"throttleReadIOPSDevice", "throttleWriteIOPSDevice", "ioServiceBytesRecursive" };

	return f->key[0] == KEY[0] ? keys[f->key[1] - '0'] : f->key;
}

/* yyjson takes its memory from the arena. */
static void *alc_malloc(void *ctx, size_t size)
{
	return mem_alloc(ctx, size);
}
static void *alc_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
	return mem_grow(ctx, p, old_size, size);
}
static void alc_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

/*
 * The target's yyjson is built with this in place of strtod(3), which is 5 KB: none of our fields
 * takes a number that is not whole, so only the end of one matters.
 */
double json_skip_real(const char *text, char **end);
double json_skip_real(const char *text, char **end)
{
	size_t n = strspn(text, "0123456789+-.eE");
	const char *p = text + n;

	memcpy(end, &p, sizeof(p));
	return 0;
}

size_t json_mem_size(size_t len)
{
	/* yyjson: the text once more and 16 bytes per value (at worst every other byte is one); our
	 * structs: at most 24 bytes of tables per two bytes of text, but list items may be larger.
	 */
	return 64 * 1024 + len * 64;
}

/* yyjson's values stand one behind the other; a container's begins with what follows all of it. */
static bool is_deep(yyjson_doc *doc)
{
	yyjson_val *v = yyjson_doc_get_root(doc), *end[JSON_DEPTH_MAX];
	size_t depth = 0;

	for (size_t n = yyjson_doc_get_val_count(doc); n > 0; n--, v++) {
		while (depth > 0 && v >= end[depth - 1])
			depth--;
		if (!unsafe_yyjson_is_ctn(v))
			continue;
		if (depth == JSON_DEPTH_MAX)
			return true;
		end[depth++] = unsafe_yyjson_get_next(v);
	}
	return false;
}

/* The slow way, which knows where. False with the byte that opens one level too many. */
static bool is_shallow(const char *text, size_t len, size_t *at)
{
	size_t depth = 0;
	bool string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (string)
			i += c == '\\';
		if (c == '"')
			string = !string;
		else if (!string && (c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX)
			return *at = i, false;
		else if (!string && (c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return true;
}

int json_decode(struct mem *m, const char *name, const char *text, size_t len,
	const struct table *table, void *out, struct rt_error *e)
{
	yyjson_alc alc = { alc_malloc, alc_realloc, alc_free, m };
	yyjson_read_err re = { 0 };
	union {
		const char *in;
		char *out;
	} unconst = { text }; /* yyjson changes the text only when asked to work in place */
	size_t deep;

	/* It does not recurse. */
	yyjson_doc *doc = yyjson_read_opts(unconst.out, len, 0, &alc, &re);
	if ((doc == NULL || is_deep(doc)) && !is_shallow(text, len, &deep))
		return rt_fail(e, 0, "%s: byte %zu: nested deeper than %d levels", name, deep,
			JSON_DEPTH_MAX);
	if (doc == NULL)
		return rt_fail(e, 0, "%s: byte %zu: %s", name, re.pos, re.msg);
	return decode_root(m, name, yyjson_doc_get_root(doc), table, out, e);
}

static int read_and_decode(struct mem *m, int fd, size_t len, const char *name,
	const struct table *table, void *out, struct rt_error *e)
{
	char *text = mem_alloc(m, len + 1);
	size_t got = 0;

	while (text != NULL && got < len) {
		ssize_t n = read(fd, text + got, len - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rt_fail(e, errno, "cannot read %s", name);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return json_decode(m, name, text, got, table, out, e);
}

int json_decode_file(struct mem *m, int dir, const char *path, const struct table *table, void *out,
	struct rt_error *e)
{
	struct stat st;
	AUTO_FD fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*m = (struct mem){ 0 };
	if (fd < 0 || fstat(fd, &st) != 0)
		return rt_fail(e, errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return rt_fail(e, 0, "%s is not a regular file", path);
	if (st.st_size > JSON_FILE_MAX)
		return rt_fail(e, 0, "%s is larger than %d bytes", path, JSON_FILE_MAX);
	size_t len = (size_t)st.st_size;
	if (mem_open(m, json_mem_size(len) + len) != 0)
		return rt_fail(e, errno, "cannot map memory for %s", path);
	if (read_and_decode(m, fd, len, path, table, out, e) != 0) {
		mem_close(m);
		return -1;
	}
	return 0;
}
