#include "mkimage/layer/layer_impl.h"

#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>

static int damaged(const char *index, const char *hex, struct diags *d)
{
	return fail(d, KIND_INTEGRITY,
		arena_fmt(d->mem, "remove \"%s\": the next build unpacks it again", index),
		"the unpacked layer %s is damaged", hex);
}

/* The index, or 0 when it is none of that layer. */
static int read_index(struct arena *a, int fd, const struct digest *id, uint8_t **bytes,
	size_t *len, struct diags *d)
{
	struct stat st;
	struct layer_records unused;
	if (fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot look at an unpacked layer");
	if (!S_ISREG(st.st_mode) || st.st_size > LAYER_INDEX_MAX)
		return 0;
	*len = (size_t)st.st_size;
	*bytes = arena_alloc(a, *len);
	ssize_t n = fd_pread_full(fd, *bytes, *len, 0);
	if (n < 0)
		return fail_sys(d, errno, "cannot read an unpacked layer");
	return (size_t)n == *len && layer_index_open(*bytes, *len, id, &unused) == 0;
}

int layer_verify(struct store *s, const struct verify_layer *l, uint64_t *unpacked, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	char text[DIGEST_TEXT_SIZE];
	const char *hex = digest_hex(&l->diff_id, text);
	const char *base = arena_fmt(
		a, "%s/unpacked/%s/%s", store_path(s), digest_alg_name(l->diff_id.alg), hex);
	const char *index = arena_fmt(a, "%s.index", base);
	AUTO_FD index_fd = open(index, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	AUTO_FD pack = open(arena_fmt(a, "%s.pack", base), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	uint8_t *bytes = NULL;
	size_t len = 0;
	*unpacked = 0;
	/* Half of it is what a killed build leaves: not there, for the next one. */
	if ((index_fd < 0 || pack < 0) && errno == ENOENT)
		return 0;
	if (index_fd < 0 || pack < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", index);
	int rc = read_index(a, index_fd, &l->diff_id, &bytes, &len, d);
	if (rc > 0) {
		struct diags mine;
		diags_init(&mine, a);
		rc = layer_compare(s, &l->desc, &l->diff_id, pack, bytes, len, &mine);
		if (rc < 0)
			return layer_blame(s, &l->desc, &mine, d);
	}
	if (rc <= 0)
		return rc < 0 ? -1 : damaged(index, hex, d);
	struct stat st;
	*unpacked = fstat(pack, &st) == 0 ? (uint64_t)st.st_size : 0;
	return 0;
}
