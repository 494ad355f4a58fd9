/* What bills of materials are made of, and the documents themselves. */
#include "tests/fuzz/fuzz.h"

#include "mkimage/pkg/apt_impl.h"
#include "mkimage/pkg/deb.h"
#include "mkimage/sbom/licence.h"

feeder feed_apt_list, feed_deb_control, feed_deb_copyright, feed_sbom;

int feed_apt_list(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct apt_files files;
	diags_init(&d, a);
	(void)!apt_lines_parse(a, arena_strn(a, (const char *)data, len), &files, &d);
	return 0;
}

int feed_deb_control(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct deb_control c;
	diags_init(&d, a);
	(void)!deb_control_parse(a, "package", (const char *)data, len, &c, &d);
	return 0;
}

int feed_deb_copyright(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	(void)licence_expression(sbom_new(a), (const char *)data, len);
	return 0;
}

/* What could be read is written again. */
int feed_sbom(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct sbom *s = sbom_new(a);
	struct sbom_document doc = { 0 };
	size_t size;
	diags_init(&d, a);
	if (sbom_read(s, "document", (const char *)data, len, &doc, &d) == 0 && doc.roots.len)
		(void)sbom_write(s, "again", doc.roots.items[0], 0, &size);
	return 0;
}
