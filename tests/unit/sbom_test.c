/* Licence names, and documents that come back as they were written. */
#include "tests/unit/base_test.h"

#include "mkimage/pkg/deb.h"
#include "mkimage/sbom/licence.h"

#include <string.h>

static void synopses(void **state)
{
	static const struct {
		const char *debian, *spdx;
	} all[] = { { "GPL-2+", "GPL-2.0-or-later" }, { "LGPL-2.1", "LGPL-2.1-only" },
		{ "Expat", "MIT" }, { "expat", "MIT" }, { "BSD-3-clause", "BSD-3-Clause" },
		{ "GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl" },
		{ "GPL-2+ and Expat", "GPL-2.0-or-later AND MIT" },
		{ "GPL-2+ or Expat, and ISC", "(GPL-2.0-or-later OR MIT) AND ISC" },
		{ "ISC or GPL-2+ and Expat", "ISC OR (GPL-2.0-or-later AND MIT)" },
		{ "GPL-3+ with GCC exception", "GPL-3.0-or-later WITH GCC-exception-3.1" },
		{ "GPL-2+ with odd exception", "LicenseRef-debian-GPL-2.-with-odd-exception" },
		{ "GPL-9+", "LicenseRef-debian-GPL-9." },
		{ "public-domain", "LicenseRef-debian-public-domain" },
		{ "(A or B) and C", "LicenseRef-debian-A-or-B--and-C" } };
	AUTO_ARENA a = arena_new();
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct sbom *s = sbom_new(a);
		const char *got = licence_synopsis(s, all[i].debian, strlen(all[i].debian));
		assert_non_null(got);
		assert_string_equal(got, all[i].spdx);
	}
}

static void copyright_files(void **state)
{
	static const char text[] =
		"Format: https://www.debian.org/doc/packaging-manuals/"
		"copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n the text\n\n"
		"Files: a b\nLicense: Expat\n\nFiles: c\nLicense: GPL-2+\n\n"
		"License: ISC\n only a text\n";
	AUTO_ARENA a = arena_new();
	struct sbom *s = sbom_new(a);
	(void)state;
	assert_string_equal(licence_expression(s, text, strlen(text)), "GPL-2.0-or-later AND MIT");
	assert_null(licence_expression(s, "This is free software.\n", 23));
	assert_null(licence_expression(s, "", 0));
	assert_string_equal(licence_of_package(s, "gnutls28", "This is free software.\n", 23),
		"LicenseRef-debian-gnutls28-copyright");
	assert_string_equal(
		licence_of_package(s, "x", text, strlen(text)), "GPL-2.0-or-later AND MIT");
}

static void control_files(void **state)
{
	static const char text[] = "Package: libc6\nSource: glibc (2.41-12)\nVersion: 2.41-12+b1\n"
				   "Maintainer: GNU Libc Maintainers <a@b>\nDescription: x\n y\n";
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct deb_control c;
	(void)state;
	diags_init(&d, a);
	assert_int_equal(deb_control_parse(a, "x", text, strlen(text), &c, &d), 0);
	assert_string_equal(c.source, "glibc");
	assert_string_equal(c.source_version, "2.41-12");
	assert_string_equal(c.maintainer, "GNU Libc Maintainers <a@b>");
	assert_int_equal(deb_control_parse(a, "x", "Version: 1\n", 11, &c, &d), -1);
	assert_int_equal(deb_control_parse(a, "x", "Package: a\nVersion: \xff\n", 21, &c, &d), -1);
}

static const char *document(struct arena *a, size_t *len)
{
	struct sbom *s = sbom_new(a);
	struct sbom_package p = { .id = "SPDXRef-x", .name = "x", .version = "1" };
	vec_push(a, &s->packages, p);
	vec_push(a, &s->packages, p);
	sbom_relate(s, "SPDXRef-x", "CONTAINS", sbom_file_add(s, "/etc/a", "a", 1)->id);
	s->packages.items[0].verification = s->packages.items[1].verification = sbom_verification(
		s, "SPDXRef-x");
	return sbom_write(s, "x", "SPDXRef-x", 0, len);
}

static void round_trip(void **state)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	size_t len, again;
	struct sbom_document doc = { 0 };
	struct sbom *s = sbom_new(a), *copy;
	const char *text = document(a, &len);
	(void)state;
	diags_init(&d, a);
	assert_int_equal(sbom_read(s, "it", text, len, &doc, &d), 0);
	assert_true(doc.own);
	assert_string_equal(doc.roots.items[0], "SPDXRef-x");
	assert_int_equal(s->packages.len, 1);
	/* A document of its own, which knows nothing of what the other describes. */
	copy = sbom_copy(s);
	sbom_write(copy, "y", "SPDXRef-y", 0, &again);
	assert_string_equal(sbom_write(s, "x", doc.roots.items[0], 0, &again), text);
	assert_int_equal(sbom_read(s, "it", "{}", 2, &doc, &d), -1);
	assert_int_equal(sbom_read(s, "it", "{\"spdxVersion\":\"SPDX-9.9\"}", 26, &doc, &d), -1);
}

/* As syft and others write them: identifiers that mean something in their document alone. */
static const char foreign[] =
	"{\"spdxVersion\":\"SPDX-2.2\",\"SPDXID\":\"SPDXRef-DOCUMENT\","
	"\"creationInfo\":{\"creators\":[\"Tool: other\",\"Tool: slipway\"]},"
	"\"documentDescribes\":[\"SPDXRef-root\"],"
	"\"packages\":[{\"SPDXID\":\"SPDXRef-root\",\"name\":\"r\","
	"\"licenseDeclared\":\"MIT OR LicenseRef-a AND LicenseRef-b\"}],"
	"\"files\":[{\"SPDXID\":\"SPDXRef-f\",\"fileName\":\"./f\","
	"\"checksums\":[{\"algorithm\":\"SHA1\",\"checksumValue\":\"00\"}]}],"
	"\"hasExtractedLicensingInfos\":[{\"licenseId\":\"LicenseRef-a\",\"name\":\"a\","
	"\"extractedText\":\"t\"}],"
	"\"relationships\":["
	"{\"spdxElementId\":\"SPDXRef-root\",\"relationshipType\":\"CONTAINS\","
	"\"relatedSpdxElement\":\"SPDXRef-f\"},"
	"{\"spdxElementId\":\"SPDXRef-root\",\"relationshipType\":\"CONTAINS\","
	"\"relatedSpdxElement\":\"NOASSERTION\"},"
	"{\"spdxElementId\":\"SPDXRef-root\",\"relationshipType\":\"OTHER\","
	"\"relatedSpdxElement\":\"DocumentRef-x:SPDXRef-y\"}]}";

static void documents_of_others(void **state)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct sbom_document doc = { 0 };
	struct sbom *s = sbom_new(a);
	(void)state;
	diags_init(&d, a);
	assert_int_equal(sbom_read(s, "it", foreign, strlen(foreign), &doc, &d), 0);
	assert_false(doc.own);
	assert_int_equal(doc.roots.len, 1);
	const char *root = doc.roots.items[0];
	assert_int_equal(strlen(root), strlen("SPDXRef-0123456789ab-root"));
	assert_string_equal(root + strlen(root) - 5, "-root");
	assert_string_equal(s->packages.items[0].id, root);
	assert_null(strstr(s->packages.items[0].licence, "LicenseRef-a"));
	assert_non_null(strstr(s->packages.items[0].licence, "-b"));
	assert_int_equal(s->relations.len, 1);
	assert_string_equal(s->relations.items[0].from, root);
	/* Nothing is left of one that breaks off. */
	static const char half[] = "{\"spdxVersion\":\"SPDX-2.3\",\"packages\":[{\"SPDXID\":"
				   "\"SPDXRef-a\",\"name\":\"a\"},{}]}";
	assert_int_equal(sbom_read(s, "it", half, strlen(half), &doc, &d), -1);
	assert_int_equal(s->packages.len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(synopses),
		cmocka_unit_test(copyright_files), cmocka_unit_test(control_files),
		cmocka_unit_test(round_trip), cmocka_unit_test(documents_of_others) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
