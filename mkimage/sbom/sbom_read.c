/* A document as sbom_write writes it. */
#include "mkimage/sbom/sbom.h"

#include "base/json.h"

#include <string.h>

enum { ELEMENTS_MAX = 100000 };

static bool id_ok(const char *id, const char *head)
{
	size_t len = strlen(head);
	if (strncmp(id, head, len) != 0 || !id[len])
		return false;
	for (const char *p = id + len; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			    (*p >= '0' && *p <= '9') || *p == '.' || *p == '-'))
			return false;
	return true;
}

static int id_read(
	struct json v, const char *key, const char *head, const char **out, struct diags *d)
{
	if (json_need_str(v, key, out, d) < 0)
		return -1;
	return id_ok(*out, head) ? 0 : json_fail(v, key, d, "is no identifier \"%s…\"", head);
}

/* The value of one algorithm in "checksums", or NULL. */
static int checksum_read(struct json v, const char *algorithm, const char **out, struct diags *d)
{
	struct json list, item;
	if (json_array(v, "checksums", &list, d) < 0)
		return -1;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		const char *name, *value;
		if (json_as_object(item, d) < 0 || json_need_str(item, "algorithm", &name, d) < 0 ||
			json_need_str(item, "checksumValue", &value, d) < 0)
			return -1;
		if (strcmp(name, algorithm) == 0)
			*out = value;
	}
	return 0;
}

static int purl_read(struct json v, const char **out, struct diags *d)
{
	struct json list, item;
	const char *type;
	if (json_array(v, "externalRefs", &list, d) < 0)
		return -1;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		if (json_as_object(item, d) < 0 ||
			json_need_str(item, "referenceType", &type, d) < 0)
			return -1;
		if (strcmp(type, "purl") == 0 &&
			json_need_str(item, "referenceLocator", out, d) < 0)
			return -1;
	}
	return 0;
}

static int package_read(struct sbom *s, struct json v, struct diags *d)
{
	struct sbom_package p = { 0 };
	struct json code;
	if (id_read(v, "SPDXID", "SPDXRef-", &p.id, d) < 0 ||
		json_need_str(v, "name", &p.name, d) < 0 ||
		json_str(v, "versionInfo", &p.version, d) < 0 ||
		json_str(v, "supplier", &p.supplier, d) < 0 ||
		json_str(v, "originator", &p.originator, d) < 0 ||
		json_str(v, "sourceInfo", &p.source_info, d) < 0 ||
		json_str(v, "licenseDeclared", &p.licence, d) < 0 ||
		json_str(v, "primaryPackagePurpose", &p.purpose, d) < 0 ||
		json_object(v, "packageVerificationCode", &code, d) < 0 ||
		checksum_read(v, "SHA256", &p.sha256, d) < 0 || purl_read(v, &p.purl, d) < 0)
		return -1;
	if (code.val && json_need_str(code, "packageVerificationCodeValue", &p.verification, d) < 0)
		return -1;
	vec_push(s->mem, &s->packages, p);
	return 0;
}

static int file_read_in(struct sbom *s, struct json v, struct diags *d)
{
	struct sbom_file f = { 0 };
	if (id_read(v, "SPDXID", "SPDXRef-", &f.id, d) < 0 ||
		json_need_str(v, "fileName", &f.name, d) < 0 ||
		checksum_read(v, "SHA1", &f.sha1, d) < 0 ||
		checksum_read(v, "SHA256", &f.sha256, d) < 0)
		return -1;
	if (!f.sha1 || !f.sha256)
		return json_fail(v, "checksums", d, "has no SHA1 or no SHA256");
	vec_push(s->mem, &s->files, f);
	return 0;
}

static int licence_read(struct sbom *s, struct json v, struct diags *d)
{
	struct sbom_licence l = { 0 };
	if (id_read(v, "licenseId", "LicenseRef-", &l.id, d) < 0 ||
		json_need_str(v, "name", &l.name, d) < 0 ||
		json_need_str(v, "extractedText", &l.text, d) < 0)
		return -1;
	vec_push(s->mem, &s->licences, l);
	return 0;
}

static int relation_read(struct sbom *s, struct json v, struct diags *d)
{
	struct sbom_relation r = { 0 };
	if (id_read(v, "spdxElementId", "SPDXRef-", &r.from, d) < 0 ||
		json_need_str(v, "relationshipType", &r.type, d) < 0 ||
		id_read(v, "relatedSpdxElement", "SPDXRef-", &r.to, d) < 0)
		return -1;
	vec_push(s->mem, &s->relations, r);
	return 0;
}

static int list_read(struct sbom *s, struct json root, const char *key,
	int (*read)(struct sbom *, struct json, struct diags *), struct diags *d)
{
	struct json list, item;
	if (json_array(root, key, &list, d) < 0)
		return -1;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		if (e.len > ELEMENTS_MAX)
			return json_fail(list, NULL, d, "has more than %d elements", ELEMENTS_MAX);
		if (json_as_object(item, d) < 0 || read(s, item, d) < 0)
			return -1;
	}
	return 0;
}

/* The one element that the document describes; that relation is this document's, not the joined
 * one's.
 */
static int root_take(
	struct sbom *s, size_t before, struct json doc, const char **root, struct diags *d)
{
	size_t kept = before, found = 0;
	for (size_t i = before; i < s->relations.len; i++) {
		struct sbom_relation r = s->relations.items[i];
		if (strcmp(r.from, "SPDXRef-DOCUMENT") != 0) {
			s->relations.items[kept++] = r;
			continue;
		}
		found += strcmp(r.type, "DESCRIBES") == 0;
		*root = r.to;
	}
	s->relations.len = kept;
	return found == 1
		       ? 0
		       : json_fail(doc, "relationships", d, "describes %zu things, not one", found);
}

int sbom_read(struct sbom *s, const char *what, const char *text, size_t len, const char **root,
	struct diags *d)
{
	struct json doc;
	const char *version;
	size_t before = s->relations.len;
	if (json_parse(s->mem, what, text, len, &doc, d) < 0 || json_as_object(doc, d) < 0 ||
		json_need_str(doc, "spdxVersion", &version, d) < 0)
		return -1;
	if (strcmp(version, "SPDX-2.3") != 0)
		return json_fail(
			doc, "spdxVersion", d, "is \"%s\", and only SPDX-2.3 is known", version);
	if (list_read(s, doc, "packages", package_read, d) < 0 ||
		list_read(s, doc, "files", file_read_in, d) < 0 ||
		list_read(s, doc, "hasExtractedLicensingInfos", licence_read, d) < 0 ||
		list_read(s, doc, "relationships", relation_read, d) < 0)
		return -1;
	return root_take(s, before, doc, root, d);
}
