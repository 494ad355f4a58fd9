/* Layers: a tar stream (compressed or not) all the way into a tree, and the index of an unpacked
 * one. */
#include "mkimage/layer/layer_impl.h"
#include "mkimage/store/decode.h"
#include "tests/fuzz/fuzz.h"

#include "base/fd.h"

#include <sys/mman.h>

feeder feed_layer, feed_layer_index;

static const char *store_at;

static void store_remove(void)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	diags_init(&d, a);
	if (dir_remove(store_at, &d) < 0)
		diags_print(&d, stderr);
}

/* One store for all inputs, in memory where that can be: what each input leaves behind is taken
 * away again. */
static struct store *shared_store(struct diags *d)
{
	static struct store *store;
	static struct arena *mem;
	static char in_memory[] = "/dev/shm/slipway-fuzz-XXXXXX",
		    on_disk[] = "/tmp/slipway-fuzz-XXXXXX";
	if (store)
		return store;
	mem = arena_new();
	store_at = mkdtemp(in_memory);
	if (!store_at)
		store_at = mkdtemp(on_disk);
	if (!store_at || atexit(store_remove) || store_open(mem, store_at, &store, d) < 0)
		abort();
	return store;
}

enum { UNPACKED_MAX = 1 << 20 };

/*
 * The diff id that is right for the bytes, when they can be decompressed at all. False: they are a
 * bomb, which has tests of its own, and costs the fuzzer the time of a thousand other inputs.
 */
static bool diff_id_of(struct arena *a, const uint8_t *data, size_t len, struct digest *out)
{
	size_t all = 0;
	struct diags d;
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	AUTO_FD fd = memfd_create("layer", MFD_CLOEXEC);
	AUTO_DECODER c = NULL;
	const void *bytes;
	size_t n;
	diags_init(&d, a);
	if (fd >= 0 && fd_write_all(fd, data, len) == 0 &&
		decoder_open(fd, 0, len, "x", &c, &d) == 0)
		while (all <= UNPACKED_MAX && decoder_next(c, &bytes, &n, &d) == 0 && n) {
			hasher_add(h, bytes, n);
			all += n;
		}
	hasher_take(h, out);
	return all <= UNPACKED_MAX;
}

int feed_layer(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct layer *l = NULL;
	struct digest diff_id;
	char hex[DIGEST_TEXT_SIZE];
	struct descriptor desc = {
		.media_type = "application/vnd.docker.image.rootfs.diff.tar.gzip", .size = len
	};
	diags_init(&d, a);
	struct store *s = shared_store(&d);
	if (!diff_id_of(a, data, len, &diff_id))
		return 0;
	if (store_blob_put(s, data, len, &desc.digest, &d) < 0)
		abort();
	if (layer_open(s, a, &desc, &diff_id, &l, &d) == 0) {
		struct tree *t = tree_new(a, 0);
		(void)!layer_apply(l, t, t->root, NULL, NULL, &d);
	}
	layer_close(&l);
	const char *base = arena_fmt(
		a, "%s/unpacked/sha256/%s", store_path(s), digest_hex(&diff_id, hex));
	unlink(arena_fmt(a, "%s.pack", base));
	unlink(arena_fmt(a, "%s.index", base));
	unlink(arena_fmt(a, "%s/blobs/sha256/%s", store_path(s), digest_hex(&desc.digest, hex)));
	return 0;
}

/* The checksums would keep nearly every input out: records are read without them too. */
int feed_layer_index(const uint8_t *data, size_t len)
{
	struct digest diff_id = { 0 };
	struct layer_records r;
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
	struct layer_entry e;
	(void)!layer_index_open(data, len, &diff_id, &r);
	r = (struct layer_records){
		.at = data, .end = data + len, .left = 1000, .pack_size = UINT64_C(1) << 40
	};
	while (layer_record_next(&r, xattrs, &e) > 0)
		if (e.path[0] == '/' && e.target[0] == '/' && e.xattrs_len > TAR_XATTRS_MAX)
			abort();
	return 0;
}
