/* Imports of layouts that lie, and a store that stays as it was. */
#include "base/json.h"
#include "mkimage/store/store.h"
#include "tests/unit/store_scratch.h"
#include "tests/unit/tar_build.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define OCI "application/vnd.oci.image."

static const struct platform amd64 = { .os = "linux", .arch = "amd64" };

/* A layout as a tar, blob by blob. */
struct layout_build {
	struct scratch *c;
	struct tar_build tar;
};

static struct layout_build layout_new(struct scratch *c)
{
	struct layout_build b = { .c = c, .tar = { c->mem, NULL, 0 } };
	return b;
}

/* The descriptor of a blob that is put, or only said to be there. */
static const char *blob(struct layout_build *b, const char *media, const char *text, bool put)
{
	struct digest g;
	char digest[DIGEST_TEXT_SIZE], hex[DIGEST_TEXT_SIZE];
	digest_of(DIGEST_SHA256, text, strlen(text), &g);
	if (put)
		tar_add(&b->tar, '0',
			arena_fmt(b->c->mem, "./blobs/sha256/%s", digest_hex(&g, hex)), "", text);
	return arena_fmt(b->c->mem, "\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu", media,
		digest_text(&g, digest), strlen(text));
}

static const char *manifest_of(struct layout_build *b, const char *config, const char *layers)
{
	return arena_fmt(
		b->c->mem, "{\"schemaVersion\":2,\"config\":{%s},\"layers\":[%s]}", config, layers);
}

static const char *config_of(struct layout_build *b, const char *arch, const char *diff_ids)
{
	return arena_fmt(b->c->mem,
		"{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}",
		arch, diff_ids);
}

static const char *image(struct layout_build *b, const char *arch, bool put)
{
	const char *config = blob(b, OCI "config.v1+json", config_of(b, arch, ""), put);
	return blob(b, OCI "manifest.v1+json", manifest_of(b, config, ""), put);
}

static int import(struct layout_build *b, const char *entry, const char *name)
{
	struct scratch *c = b->c;
	const char *path = arena_fmt(c->mem, "%s/in.tar", c->path);
	struct strings names = { 0 };
	tar_add(&b->tar, '0', "index.json", "",
		arena_fmt(c->mem, "{\"schemaVersion\":2,\"manifests\":[{%s}]}", entry));
	tar_add(&b->tar, '0', "oci-layout", "", "{\"imageLayoutVersion\":\"1.0.0\"}");
	tar_end(&b->tar);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->tar.bytes, 1, b->tar.len, f), b->tar.len);
	fclose(f);
	return store_import(c->store, path, name, &names, c->mem, &c->diags);
}

static unsigned entries(struct scratch *c, const char *folder)
{
	unsigned n = 0;
	DIR *dir = opendir(arena_fmt(c->mem, "%s/%s", store_path(c->store), folder));
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.' && strncmp(e->d_name, "lease-", 6) != 0;
	closedir(dir);
	return n;
}

static void unchanged(struct scratch *c)
{
	struct descriptors all = { 0 };
	assert_ok(c, store_list(c->store, c->mem, &all, &c->diags));
	assert_int_equal(all.len, 0);
	assert_int_equal(entries(c, "tmp"), 0);
}

static void names(void **state)
{
	struct scratch *c = *state;
	struct layout_build b = layout_new(c);
	struct image i;
	assert_fails(c, import(&b, image(&b, "amd64", true), NULL), KIND_USAGE, "no name");
	unchanged(c);
	b = layout_new(c);
	assert_ok(c, import(&b, image(&b, "amd64", true), "slipway/thing"));
	assert_ok(c, store_image(c->store, c->mem, "slipway/thing", &amd64, &i, &c->diags));
	assert_ok(c, store_image(c->store, c->mem, "slipway/thing:latest", &amd64, &i, &c->diags));
	char text[DIGEST_TEXT_SIZE];
	assert_ok(c, store_image(c->store, c->mem, digest_text(&i.manifest.digest, text), &amd64,
			     &i, &c->diags));
	assert_fails(c, store_image(c->store, c->mem, "slipway/thxng", &amd64, &i, &c->diags),
		KIND_INPUT, "there is no image \"slipway/thxng\"");
	const struct platform arm64 = { .os = "linux", .arch = "arm64" };
	assert_fails(c, store_image(c->store, c->mem, "slipway/thing", &arm64, &i, &c->diags),
		KIND_INPUT, "is for linux/amd64");
	assert_ok(c, store_untag(c->store, "slipway/thing", &c->diags));
	assert_fails(c, store_untag(c->store, "slipway/thing", &c->diags), KIND_INPUT,
		"there is no image");
}

static void near_names(void **state)
{
	struct scratch *c = *state;
	struct layout_build b = layout_new(c);
	struct image i;
	assert_ok(c, import(&b, image(&b, "amd64", true), "slipway/nginx"));
	assert_int_equal(store_image(c->store, c->mem, "slipway/ngnix", &amd64, &i, &c->diags), -1);
	assert_non_null(strstr(c->diags.first->hint, "did you mean \"slipway/nginx\"?"));
	assert_non_null(strstr(c->diags.first->hint, "slipway pkg build packages/ngnix"));
	diags_init(&c->diags, c->mem);
	assert_int_equal(store_image(c->store, c->mem, "redis", &amd64, &i, &c->diags), -1);
	assert_non_null(strstr(c->diags.first->hint, "slipway image import"));
}

static void lying_blobs(void **state)
{
	struct scratch *c = *state;
	struct layout_build b = layout_new(c);
	/* The bytes under the name are others. */
	const char *good = blob(&b, OCI "manifest.v1+json", "{}", false);
	char *name = arena_str(c->mem, strstr(good, "sha256:") + 7);
	name[64] = '\0';
	tar_add(&b.tar, '0', arena_fmt(c->mem, "blobs/sha256/%s", name), "", "[]");
	assert_fails(c, import(&b, good, "x"), KIND_INTEGRITY, "calls sha256:");
	b = layout_new(c);
	const char *sized = image(&b, "amd64", true);
	char *size = strstr(arena_str(c->mem, sized), "\"size\":");
	sized = arena_fmt(c->mem, "%.*s\"size\":7", (int)(strlen(sized) - strlen(size)), sized);
	assert_fails(c, import(&b, sized, "x"), KIND_INTEGRITY, "descriptor says 7");
	/* A layer that is not there, one with other bytes. */
	b = layout_new(c);
	const char *config = blob(&b, OCI "config.v1+json",
		config_of(&b, "amd64",
			"\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""),
		true);
	const char *layer = arena_fmt(c->mem, "{%s}", blob(&b, OCI "layer.v1.tar", "no", false));
	const char *top = blob(&b, OCI "manifest.v1+json", manifest_of(&b, config, layer), true);
	struct layout_build other = b;
	assert_fails(c, import(&b, top, "x"), KIND_INPUT, "is not whole");
	name = arena_str(c->mem, strstr(layer, "sha256:") + 7);
	name[64] = '\0';
	tar_add(&other.tar, '0', arena_fmt(c->mem, "blobs/sha256/%s", name), "", "on");
	assert_fails(c, import(&other, top, "x"), KIND_INTEGRITY, "a blob that is to be");
	unchanged(c);
}

static void bad_manifests(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "is no JSON" },
		{ "[]", "is no object" },
		{ "{\"schemaVersion\":1}", "only 2 is known" },
		{ "{\"schemaVersion\":2,\"layers\":[]}", "\"config\" is missing" },
		{ "{\"schemaVersion\":2,\"manifests\":[],\"config\":{},\"layers\":[]}",
			"\"manifests\" does not belong" },
		{ "{\"schemaVersion\":2,\"schemaVersion\":2}", "is there twice" },
		{ "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x\",\"digest\":\"sha256:zz\",\"size\":1},\"layers\":[]}",
			"\"config.digest\" is no SHA-256" },
		{ "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x\\u0000y\"},\"layers\":[]}",
			"holds a NUL" },
		{ "{\"schemaVersion\":2,\"mediaType\":\"" OCI "index.v1+json\"}",
			"not what its descriptor says" },
	};
	struct scratch *c = *state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct layout_build b = layout_new(c);
		assert_fails(c,
			import(&b, blob(&b, OCI "manifest.v1+json", cases[i].text, true), "x"),
			KIND_INPUT, cases[i].says);
	}
	struct layout_build b = layout_new(c);
	char deep[401];
	memset(deep, '[', 400);
	deep[400] = '\0';
	assert_fails(c, import(&b, blob(&b, OCI "index.v1+json", deep, true), "x"), KIND_INPUT,
		"nests deeper");
	unchanged(c);
}

static void indexes(void **state)
{
	struct scratch *c = *state;
	struct layout_build b = layout_new(c);
	struct image i;
	const char *amd = image(&b, "amd64", true), *arm = image(&b, "arm64", false);
	const char *list = arena_fmt(c->mem,
		"{\"schemaVersion\":2,\"manifests\":[{%s,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}},"
		"{%s}]}",
		arm, amd);
	const char *nested = arena_fmt(c->mem, "{\"schemaVersion\":2,\"manifests\":[{%s}]}",
		blob(&b, OCI "index.v1+json", list, true));
	/* No platform is said for amd64: the config has it. */
	assert_ok(c, import(&b, blob(&b, OCI "index.v1+json", nested, true), "x"));
	assert_int_equal(c->diags.warnings, 1);
	assert_ok(c, store_image(c->store, c->mem, "x", &amd64, &i, &c->diags));
	const struct platform arm64 = { .os = "linux", .arch = "arm64" };
	diags_init(&c->diags, c->mem);
	assert_fails(c, store_image(c->store, c->mem, "x", &arm64, &i, &c->diags), KIND_INPUT,
		"came without its parts");

	struct layout_build deep = layout_new(c);
	const char *text = "{\"schemaVersion\":2,\"manifests\":[]}", *entry = NULL;
	for (int n = 0; n < 6; n++) {
		entry = blob(&deep, OCI "index.v1+json", text, true);
		text = arena_fmt(c->mem, "{\"schemaVersion\":2,\"manifests\":[{%s}]}", entry);
	}
	assert_fails(c, import(&deep, entry, "deep"), KIND_INPUT, "nests indexes deeper");
}

/* A disk that is full: one error of the system, nothing lost, and it works when there is room. */
static void full_disk(void **state)
{
	struct scratch *c = *state;
	char *big = arena_alloc(c->mem, 200001);
	memset(big, 'x', 200000);
	struct digest g;
	char text[DIGEST_TEXT_SIZE];
	digest_of(DIGEST_SHA256, big, 200000, &g);
	struct layout_build b = layout_new(c);
	const char *layer = arena_fmt(c->mem, "{%s}", blob(&b, OCI "layer.v1.tar", big, true));
	const char *config = blob(&b, OCI "config.v1+json",
		config_of(&b, "amd64", arena_fmt(c->mem, "\"%s\"", digest_text(&g, text))), true);
	const char *top = blob(&b, OCI "manifest.v1+json", manifest_of(&b, config, layer), true);
	struct layout_build again = layout_new(c);
	assert_ok(c, import(&again, image(&again, "amd64", true), "slipway/kept"));
	assert_ok(c, store_untag(c->store, "slipway/kept", &c->diags));
	assert_ok(c, import(&b, top, "slipway/first"));
	assert_ok(c, store_untag(c->store, "slipway/first", &c->diags));
	assert_int_equal(unlink(arena_fmt(c->mem, "%s/blobs/sha256/%s", store_path(c->store),
				 digest_hex(&g, text))),
		0);

	struct rlimit limit, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
	small = (struct rlimit){ .rlim_cur = 100000, .rlim_max = limit.rlim_max };
	struct strings got = { 0 };
	const char *path = arena_fmt(c->mem, "%s/in.tar", c->path);
	setrlimit(RLIMIT_FSIZE, &small);
	int rc = store_import(c->store, path, "slipway/full", &got, c->mem, &c->diags);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_fails(c, rc, KIND_SYSTEM, "cannot write a blob");
	unchanged(c);
	assert_ok(c, store_import(c->store, path, "slipway/full", &got, c->mem, &c->diags));
}

/* What a killed run left in tmp/ goes when the store is opened again; what a living one holds
 * stays. */
static void stale_files(void **state)
{
	struct scratch *c = *state;
	AUTO_BLOB_IN mine = NULL;
	assert_ok(c, blob_in_open(c->store, &mine, &c->diags));
	FILE *f = fopen(arena_fmt(c->mem, "%s/tmp/1-1", store_path(c->store)), "w");
	assert_non_null(f);
	fclose(f);
	struct store *second;
	assert_ok(c, store_open(c->mem, store_path(c->store), &second, &c->diags));
	assert_int_equal(entries(c, "tmp"), 1);
	store_close(&second);
	assert_fails(c, store_open(c->mem, "/usr", &second, &c->diags), KIND_USAGE, "is no store");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names),
		TEST(near_names),
		TEST(lying_blobs),
		TEST(bad_manifests),
		TEST(indexes),
		TEST(full_disk),
		TEST(stale_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
