/* What registries and other tools hand us as JSON, and names as people write them. */
#include "mkimage/store/store_impl.h"
#include "tests/fuzz/fuzz.h"

feeder feed_manifest, feed_image_config, feed_index, feed_reference;

int feed_manifest(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct manifest m;
	diags_init(&d, a);
	(void)!manifest_parse(a, "the manifest", (const char *)data, len, &m, &d);
	return 0;
}

int feed_image_config(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct image_config c;
	diags_init(&d, a);
	(void)!image_config_parse(a, "the config", (const char *)data, len, &c, &d);
	return 0;
}

int feed_index(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct descriptors all;
	diags_init(&d, a);
	if (index_parse(a, "the index", (const char *)data, len, &all, &d) == 0) {
		const struct platform want = { .os = "linux", .arch = "arm", .variant = "v7" };
		vec_each (struct descriptor, one, &all)
			(void)platform_match(&want, &one->platform);
		(void)near_names_hint(a, &all, "docker.io/library/x:1");
	}
	return 0;
}

int feed_reference(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	const char *full, *again, *why;
	struct reference parts;
	if (reference_normalise(a, arena_strn(a, (const char *)data, len), &full, &why) < 0)
		return 0;
	/* A name that was normalised stays as it is. */
	if (reference_normalise(a, full, &again, &why) < 0 || strcmp(full, again) != 0)
		abort();
	reference_split(a, full, &parts);
	return 0;
}
