/* What the fuzzer feeds to the parsers of PID 1: none may read outside of its input or not end. */
#include "tests/fuzz/fuzz.h"

#include "init/bootconf.h"
#include "init/kopt.h"
#include "init/modalias.h"
#include "init/moddep.h"
#include "init/partuuid.h"
#include "init/unmount.h"

feeder feed_cmdline, feed_gpt, feed_modules;

int feed_cmdline(const uint8_t *data, size_t len)
{
	struct span text = { (const char *)data, len };
	struct bootconf_error e;
	struct bootconf c;
	char params[64], target[64];

	bootconf_defaults(&c);
	if (bootconf_parse(&c, text, &e) < 0)
		bootconf_defaults(&c);
	(void)!bootconf_cmdline(&c, text, &e);
	(void)kopt_module_params(text, span_of("virtio_net"), params, sizeof(params));
	(void)kopt_blacklisted(text, span_of("virtio_net"));
	(void)mountinfo_target(text, target, sizeof(target));
	return 0;
}

static int read_memory(const struct gpt_source *s, uint64_t offset, void *out, size_t len)
{
	if (offset > s->size || len > s->size - offset)
		return -1;
	memcpy(out, s->bytes + offset, len);
	return 0;
}

int feed_gpt(const uint8_t *data, size_t len)
{
	struct gpt_source s = { .read = read_memory, .fd = -1, .bytes = data, .size = len };
	struct gpt_key key = { .at = 16, .len = 16 };
	struct gpt_part part;
	unsigned parts;

	if (len >= 16)
		memcpy(key.bytes, data + len - 16, 16);
	for (s.block = 512; s.block <= 4096; s.block *= 2)
		if (gpt_find(&s, &key, &part, &parts) == GPT_FOUND &&
			(part.bytes == 0 || part.offset > len || part.bytes > len - part.offset))
			__builtin_trap();
	return 0;
}

static void ignore(void *ctx, struct span module)
{
	(void)ctx;
	(void)module;
}

/* The first line is a modalias, the rest serves as each of depmod's files. */
int feed_modules(const uint8_t *data, size_t len)
{
	static struct modalias_set set;
	struct span text = { (const char *)data, len }, name, dep;
	struct moddep d;
	struct softdep soft;

	if (!span_cut(&text, '\n', &name))
		return 0;
	set.count = 0;
	(void)modalias_add(&set, name);
	(void)modalias_add(&set, span_of("pci:v00001AF4d00001000sv*"));
	modalias_each(&set, text, ignore, NULL);
	if (moddep_find(text, name, &d))
		while (moddep_last(&d.deps, &dep))
			(void)moddep_name(dep);
	(void)softdep_find(text, name, &soft);
	(void)moddep_builtin(text, name);
	return 0;
}
