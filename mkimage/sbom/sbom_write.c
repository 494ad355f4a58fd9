/* SPDX 2.3 JSON, sorted. */
#include "mkimage/sbom/sbom.h"

#include "base/clock.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

static const char no_assertion[] = "NOASSERTION";

/* All elements start with their identifier. */
static int by_id(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int by_relation(const void *x, const void *y)
{
	const struct sbom_relation *a = x, *b = y;
	int c = strcmp(a->from, b->from);
	c = c ? c : strcmp(a->type, b->type);
	return c ? c : strcmp(a->to, b->to);
}

static void add(yyjson_mut_doc *doc, yyjson_mut_val *to, const char *key, const char *value)
{
	if (value)
		yyjson_mut_obj_add_strcpy(doc, to, key, value);
}

static void add_checksum(
	yyjson_mut_doc *doc, yyjson_mut_val *list, const char *algorithm, const char *value)
{
	yyjson_mut_val *c = yyjson_mut_arr_add_obj(doc, list);
	add(doc, c, "algorithm", algorithm);
	add(doc, c, "checksumValue", value);
}

static void add_package(yyjson_mut_doc *doc, yyjson_mut_val *list, const struct sbom_package *p)
{
	yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);
	add(doc, o, "SPDXID", p->id);
	add(doc, o, "name", p->name);
	add(doc, o, "versionInfo", p->version);
	add(doc, o, "supplier", p->supplier);
	add(doc, o, "originator", p->originator);
	add(doc, o, "downloadLocation", no_assertion);
	yyjson_mut_obj_add_bool(doc, o, "filesAnalyzed", p->verification != NULL);
	if (p->verification)
		add(doc, yyjson_mut_obj_add_obj(doc, o, "packageVerificationCode"),
			"packageVerificationCodeValue", p->verification);
	if (p->sha256)
		add_checksum(doc, yyjson_mut_obj_add_arr(doc, o, "checksums"), "SHA256", p->sha256);
	add(doc, o, "sourceInfo", p->source_info);
	add(doc, o, "licenseDeclared", p->licence ? p->licence : no_assertion);
	add(doc, o, "primaryPackagePurpose", p->purpose);
	if (!p->purl)
		return;
	yyjson_mut_val *ref = yyjson_mut_arr_add_obj(
		doc, yyjson_mut_obj_add_arr(doc, o, "externalRefs"));
	add(doc, ref, "referenceCategory", "PACKAGE-MANAGER");
	add(doc, ref, "referenceType", "purl");
	add(doc, ref, "referenceLocator", p->purl);
}

static void add_file(yyjson_mut_doc *doc, yyjson_mut_val *list, const struct sbom_file *f)
{
	yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);
	add(doc, o, "SPDXID", f->id);
	add(doc, o, "fileName", f->name);
	yyjson_mut_val *sums = yyjson_mut_obj_add_arr(doc, o, "checksums");
	add_checksum(doc, sums, "SHA1", f->sha1);
	if (f->sha256)
		add_checksum(doc, sums, "SHA256", f->sha256);
}

static void add_licence(yyjson_mut_doc *doc, yyjson_mut_val *list, const struct sbom_licence *l)
{
	yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);
	add(doc, o, "licenseId", l->id);
	add(doc, o, "name", l->name);
	add(doc, o, "extractedText", l->text);
}

static void add_relation(yyjson_mut_doc *doc, yyjson_mut_val *list, const struct sbom_relation *r)
{
	yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);
	add(doc, o, "spdxElementId", r->from);
	add(doc, o, "relationshipType", r->type);
	add(doc, o, "relatedSpdxElement", r->to);
}

static void head(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *name, const char *space,
	int64_t epoch)
{
	char created[CLOCK_RFC3339_SIZE];
	clock_rfc3339(epoch, created);
	add(doc, root, "spdxVersion", "SPDX-2.3");
	add(doc, root, "dataLicense", "CC0-1.0");
	add(doc, root, "SPDXID", "SPDXRef-DOCUMENT");
	add(doc, root, "name", name);
	add(doc, root, "documentNamespace", space);
	yyjson_mut_val *creation = yyjson_mut_obj_add_obj(doc, root, "creationInfo");
	add(doc, creation, "created", created);
	yyjson_mut_arr_add_str(
		doc, yyjson_mut_obj_add_arr(doc, creation, "creators"), "Tool: slipway");
}

/* Sorted; neighbours that are equal count once. */
#define EACH_ONCE(type, p, v, compare)                                  \
	for (type *p = (v)->items; p && p < (v)->items + (v)->len; p++) \
		if (p == (v)->items || compare(p - 1, p) != 0)

static const char *text_of(
	struct sbom *s, const char *name, const char *space, int64_t epoch, size_t *len)
{
	yyjson_mut_doc *doc = json_new(s->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	head(doc, root, name, space, epoch);
	yyjson_mut_val *packages = yyjson_mut_obj_add_arr(doc, root, "packages");
	EACH_ONCE(struct sbom_package, p, &s->packages, by_id)
	add_package(doc, packages, p);
	yyjson_mut_val *files = s->files.len ? yyjson_mut_obj_add_arr(doc, root, "files") : NULL;
	EACH_ONCE(struct sbom_file, f, &s->files, by_id)
	add_file(doc, files, f);
	yyjson_mut_val *licences = s->licences.len ? yyjson_mut_obj_add_arr(doc, root,
							     "hasExtractedLicensingInfos")
						   : NULL;
	EACH_ONCE(struct sbom_licence, l, &s->licences, by_id)
	add_licence(doc, licences, l);
	yyjson_mut_val *relations = yyjson_mut_obj_add_arr(doc, root, "relationships");
	EACH_ONCE(struct sbom_relation, r, &s->relations, by_relation)
	add_relation(doc, relations, r);
	return json_write(s->mem, doc, 0, len);
}

#define SORT(v, compare)                                                           \
	do {                                                                       \
		if ((v)->len)                                                      \
			qsort((v)->items, (v)->len, sizeof(*(v)->items), compare); \
	} while (0)

const char *sbom_write(
	struct sbom *s, const char *name, const char *root, int64_t epoch, size_t *len)
{
	char hex[DIGEST_TEXT_SIZE];
	struct digest g;
	sbom_relate(s, "SPDXRef-DOCUMENT", "DESCRIBES", root);
	SORT(&s->packages, by_id);
	SORT(&s->files, by_id);
	SORT(&s->licences, by_id);
	SORT(&s->relations, by_relation);
	const char *bare = text_of(s, name, "", epoch, len);
	digest_of(DIGEST_SHA256, bare, *len, &g);
	/* What the spec suggests for those who own no domain, with a digest for its UUID. */
	const char *space = arena_fmt(
		s->mem, "https://spdx.org/spdxdocs/slipway-%s", digest_hex(&g, hex));
	return text_of(s, name, space, epoch, len);
}
