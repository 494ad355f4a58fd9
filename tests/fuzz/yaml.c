/* Any bytes as a config; and, when they hold no NUL, as an image's label. */
#include "tests/fuzz/fuzz.h"

#include "yaml/config.h"

feeder feed_yaml;

int feed_yaml(const uint8_t *data, size_t len)
{
	AUTO_ARENA mem = arena_new();
	struct diags d;
	struct config c;
	struct image_options o;
	char *text = arena_strn(mem, (const char *)data, len);
	diags_init(&d, mem);
	/* A failure that says nothing would leave the user without a reason. */
	if (config_parse(mem, "in.yml", text, len, &c, &d) < 0 && !d.errors)
		abort();
	if (strlen(text) == len) {
		diags_init(&d, mem);
		if (config_parse_label(mem, "label", text, &o, &d) < 0 && !d.errors)
			abort();
	}
	FILE *nowhere = fopen("/dev/null", "w");
	if (nowhere) {
		diags_print(&d, nowhere);
		fclose(nowhere);
	}
	return 0;
}
