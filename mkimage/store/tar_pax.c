/* Extended headers: records "LENGTH KEY=VALUE\n", LENGTH counting the whole record. */
#include "mkimage/store/tar_impl.h"

#include <string.h>

void tar_pax_reset(struct tar_pax *p)
{
	char *text = p->text;
	*p = (struct tar_pax){ .text = text };
}

/* Whole seconds, rounded down; the fraction is of no use in an image. */
static int time_of(const char *v, int64_t *out)
{
	bool negative = *v == '-';
	size_t whole = strspn(v + negative, "0123456789");
	const char *rest = v + negative + whole;
	uint64_t seconds = 0;
	char digits[24];
	if (!whole || whole >= sizeof(digits) || (*rest && *rest != '.') ||
		(*rest && strspn(rest + 1, "0123456789") != strlen(rest + 1)))
		return -1;
	memcpy(digits, v + negative, whole);
	digits[whole] = '\0';
	if (tar_decimal(digits, &seconds) < 0)
		return -1;
	bool fraction = *rest && strspn(rest + 1, "0") != strlen(rest + 1);
	*out = negative ? -(int64_t)seconds - fraction : (int64_t)seconds;
	return 0;
}

static int xattr(struct tar_reader *t, const char *name, const char *v, size_t len, struct diags *d)
{
	struct tar_pax *p = &t->pax;
	if (!*name || strlen(name) > TAR_XATTR_NAME_MAX)
		return tar_fail(t, d, "has an extended attribute with an empty or too long name");
	if (len > TAR_XATTR_VALUE_MAX)
		return tar_fail(t, d, "has an extended attribute of more than %d bytes",
			TAR_XATTR_VALUE_MAX);
	size_t i = 0;
	while (i < p->xattrs_len && strcmp(p->xattrs[i].name, name) != 0)
		i++;
	if (i == TAR_XATTRS_MAX)
		return tar_fail(
			t, d, "has an entry with more than %d extended attributes", TAR_XATTRS_MAX);
	if (i == p->xattrs_len)
		p->xattrs_len++;
	p->xattrs[i] = (struct tar_xattr){ .name = name, .value = v, .len = len };
	return 0;
}

static int sparse(struct tar_reader *t, const char *key, char *v, struct diags *d)
{
	struct tar_pax *p = &t->pax;
	uint64_t n;
	p->sparse = true;
	if (strcmp(key, "name") == 0) {
		p->sparse_name = v;
		return 0;
	}
	if (strcmp(key, "map") == 0)
		return tar_sparse_map(t, v, d);
	if (tar_decimal(v, &n) < 0)
		return tar_fail(t, d, "has a malformed \"GNU.sparse.%s\"", key);
	if (strcmp(key, "major") == 0)
		p->sparse_in_body = n == 1;
	else if (strcmp(key, "size") == 0 || strcmp(key, "realsize") == 0)
		p->sparse_size = n;
	else if (strcmp(key, "offset") == 0)
		return tar_sparse_add(t, n, 0, d);
	else if (strcmp(key, "numbytes") == 0 && t->sparse.len)
		t->sparse.items[t->sparse.len - 1].len = n;
	return 0;
}

/* v is NUL-terminated behind its len bytes. Keys that we do not know change nothing, as POSIX wants
 * it. */
static int record(struct tar_reader *t, const char *key, char *v, size_t len, struct diags *d)
{
	struct tar_pax *p = &t->pax;
	if (strncmp(key, "SCHILY.xattr.", 13) == 0)
		return xattr(t, key + 13, v, len, d);
	bool nul = strlen(v) != len;
	int rc = 0;
	if (strcmp(key, "path") == 0) {
		p->path = len ? v : NULL;
	} else if (strcmp(key, "linkpath") == 0) {
		p->target = len ? v : NULL;
	} else if (strcmp(key, "size") == 0) {
		p->has_size = true;
		rc = tar_decimal(v, &p->size);
	} else if (strcmp(key, "uid") == 0) {
		p->has_uid = true;
		rc = tar_decimal(v, &p->uid);
	} else if (strcmp(key, "gid") == 0) {
		p->has_gid = true;
		rc = tar_decimal(v, &p->gid);
	} else if (strcmp(key, "mtime") == 0) {
		p->has_mtime = true;
		rc = time_of(v, &p->mtime);
	} else if (strncmp(key, "GNU.sparse.", 11) == 0) {
		if (!nul && sparse(t, key + 11, v, d) < 0)
			return -1;
	} else {
		return 0;
	}
	if (rc < 0 || nul)
		return tar_fail(
			t, d, "has a malformed extended header: its \"%s\" cannot be read", key);
	return 0;
}

int tar_pax_read(struct tar_reader *t, uint64_t size, struct diags *d)
{
	struct tar_pax *p = &t->pax;
	if (p->present)
		return tar_fail(t, d, "has two extended headers for one entry");
	if (size > TAR_PAX_MAX)
		return tar_fail(t, d, "has an extended header of more than %d bytes", TAR_PAX_MAX);
	if (!p->text)
		p->text = arena_alloc(t->mem, TAR_PAX_MAX + 1);
	if (tar_read_all(t, p->text, (size_t)size, d) < 0)
		return -1;
	p->present = true;
	t->sparse.len = 0;
	char *at = p->text, *end = at + size;
	while (at < end) {
		size_t digits = 0, len = 0;
		while (at + digits < end && at[digits] >= '0' && at[digits] <= '9' && digits < 8)
			len = len * 10 + (size_t)(at[digits++] - '0');
		char *key = at + digits + 1;
		if (!digits || len < digits + 4 || len > (size_t)(end - at) || key[-1] != ' ' ||
			at[len - 1] != '\n')
			return tar_fail(t, d, "has a malformed extended header");
		at[len - 1] = '\0';
		char *equals = memchr(key, '=', (size_t)(at + len - 1 - key));
		if (!equals || equals == key)
			return tar_fail(t, d, "has a malformed extended header");
		*equals = '\0';
		if (strlen(key) != (size_t)(equals - key))
			return tar_fail(t, d, "has a malformed extended header");
		char *v = equals + 1;
		if (record(t, key, v, (size_t)(at + len - 1 - v), d) < 0)
			return -1;
		at += len;
	}
	return 0;
}
