/* A document as sbom_write writes it, or as other tools do (SPDX 2.2 and 2.3). */
#include "mkimage/sbom/sbom.h"

#include "base/json.h"

#include <string.h>

enum { ELEMENTS_MAX = 100000, PREFIX_DIGITS = 12 };

struct reader {
	struct sbom *sbom;
	const char *prefix; /* of identifiers in a document of others; "" in our own */
	struct strings roots;
};

static const char document_id[] = "SPDXRef-DOCUMENT";

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

static int id_read(struct reader *r, struct json v, const char *key, const char *head,
	const char **out, struct diags *d)
{
	const char *id;
	if (json_need_str(v, key, &id, d) < 0)
		return -1;
	if (!id_ok(id, head))
		return json_fail(v, key, d, "is no identifier \"%s…\"", head);
	*out = strcmp(id, document_id) == 0
		       ? id
		       : arena_fmt(r->sbom->mem, "%s%s%s", head, r->prefix, id + strlen(head));
	return 0;
}

/* "MIT AND LicenseRef-x": the document's own licences get its prefix. */
static const char *licence_renamed(struct reader *r, const char *text)
{
	static const char head[] = "LicenseRef-";
	const char *out = "";
	if (!text || !*r->prefix)
		return text;
	for (const char *at; (at = strstr(text, head)); text = at + strlen(head))
		out = arena_fmt(
			r->sbom->mem, "%s%.*s%s%s", out, (int)(at - text), text, head, r->prefix);
	return arena_fmt(r->sbom->mem, "%s%s", out, text);
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

static int package_read(struct reader *r, struct json v, struct diags *d)
{
	struct sbom_package p = { 0 };
	struct json code;
	if (id_read(r, v, "SPDXID", "SPDXRef-", &p.id, d) < 0 ||
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
	p.licence = licence_renamed(r, p.licence);
	vec_push(r->sbom->mem, &r->sbom->packages, p);
	return 0;
}

static int file_read_in(struct reader *r, struct json v, struct diags *d)
{
	struct sbom_file f = { 0 };
	if (id_read(r, v, "SPDXID", "SPDXRef-", &f.id, d) < 0 ||
		json_need_str(v, "fileName", &f.name, d) < 0 ||
		checksum_read(v, "SHA1", &f.sha1, d) < 0 ||
		checksum_read(v, "SHA256", &f.sha256, d) < 0)
		return -1;
	if (!f.sha1) /* all that SPDX asks for */
		return json_fail(v, "checksums", d, "has no SHA1");
	vec_push(r->sbom->mem, &r->sbom->files, f);
	return 0;
}

static int licence_read(struct reader *r, struct json v, struct diags *d)
{
	struct sbom_licence l = { 0 };
	if (id_read(r, v, "licenseId", "LicenseRef-", &l.id, d) < 0 ||
		json_need_str(v, "name", &l.name, d) < 0 ||
		json_need_str(v, "extractedText", &l.text, d) < 0)
		return -1;
	vec_push(r->sbom->mem, &r->sbom->licences, l);
	return 0;
}

static int relation_read(struct reader *r, struct json v, struct diags *d)
{
	struct sbom_relation one = { 0 };
	const char *to;
	if (json_need_str(v, "relatedSpdxElement", &to, d) < 0)
		return -1;
	/* To nothing, or into another document. */
	if (strcmp(to, "NONE") == 0 || strcmp(to, "NOASSERTION") == 0 ||
		strncmp(to, "DocumentRef-", strlen("DocumentRef-")) == 0)
		return 0;
	if (id_read(r, v, "spdxElementId", "SPDXRef-", &one.from, d) < 0 ||
		json_need_str(v, "relationshipType", &one.type, d) < 0 ||
		id_read(r, v, "relatedSpdxElement", "SPDXRef-", &one.to, d) < 0)
		return -1;
	/* What is said of the document is not said of the joined one. */
	if (strcmp(one.from, document_id) == 0) {
		if (strcmp(one.type, "DESCRIBES") == 0)
			vec_push(r->sbom->mem, &r->roots, one.to);
		return 0;
	}
	if (strcmp(one.to, document_id) == 0) {
		if (strcmp(one.type, "DESCRIBED_BY") == 0)
			vec_push(r->sbom->mem, &r->roots, one.from);
		return 0;
	}
	vec_push(r->sbom->mem, &r->sbom->relations, one);
	return 0;
}

static int list_read(struct reader *r, struct json root, const char *key,
	int (*read)(struct reader *, struct json, struct diags *), struct diags *d)
{
	struct json list, item;
	if (json_array(root, key, &list, d) < 0)
		return -1;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		if (e.len > ELEMENTS_MAX)
			return json_fail(list, NULL, d, "has more than %d elements", ELEMENTS_MAX);
		if (json_as_object(item, d) < 0 || read(r, item, d) < 0)
			return -1;
	}
	return 0;
}

/* Of SPDX 2.2; the same may stand in the relationships. */
static int described_read(struct reader *r, struct json doc, struct diags *d)
{
	struct strings ids = { 0 };
	if (json_strings(doc, "documentDescribes", &ids, d) < 0)
		return -1;
	vec_each (const char *, id, &ids) {
		if (!id_ok(*id, "SPDXRef-"))
			return json_fail(doc, "documentDescribes", d, "names no identifier");
		vec_push(r->sbom->mem, &r->roots,
			arena_fmt(
				r->sbom->mem, "SPDXRef-%s%s", r->prefix, *id + strlen("SPDXRef-")));
	}
	return 0;
}

static int own_find(struct json doc, bool *own, struct diags *d)
{
	struct json creation;
	struct strings creators = { 0 };
	if (json_object(doc, "creationInfo", &creation, d) < 0 ||
		(creation.val && json_strings(creation, "creators", &creators, d) < 0))
		return -1;
	*own = creators.len == 1 && strcmp(creators.items[0], "Tool: slipway") == 0;
	return 0;
}

static int doc_read(struct reader *r, struct json doc, bool own, struct diags *d)
{
	const char *version;
	if (json_need_str(doc, "spdxVersion", &version, d) < 0)
		return -1;
	if (strcmp(version, "SPDX-2.3") != 0 && (own || strcmp(version, "SPDX-2.2") != 0))
		return json_fail(doc, "spdxVersion", d,
			"is \"%s\", and only SPDX-2.2 and SPDX-2.3 are known", version);
	if (list_read(r, doc, "packages", package_read, d) < 0 ||
		list_read(r, doc, "files", file_read_in, d) < 0 ||
		list_read(r, doc, "hasExtractedLicensingInfos", licence_read, d) < 0 ||
		list_read(r, doc, "relationships", relation_read, d) < 0 ||
		described_read(r, doc, d) < 0)
		return -1;
	if (own && r->roots.len != 1)
		return json_fail(
			doc, "relationships", d, "describes %zu things, not one", r->roots.len);
	return 0;
}

int sbom_read(struct sbom *s, const char *what, const char *text, size_t len,
	struct sbom_document *out, struct diags *d)
{
	struct json doc;
	struct digest g;
	char hex[DIGEST_TEXT_SIZE];
	struct reader r = { .sbom = s, .prefix = "" };
	const struct sbom before = *s;
	if (json_parse(s->mem, what, text, len, &doc, d) < 0 || json_as_object(doc, d) < 0 ||
		own_find(doc, &out->own, d) < 0)
		return -1;
	digest_of(DIGEST_SHA256, text, len, &g);
	if (!out->own)
		r.prefix = arena_fmt(s->mem, "%.*s-", PREFIX_DIGITS, digest_hex(&g, hex));
	if (doc_read(&r, doc, out->own, d) < 0) {
		s->packages.len = before.packages.len;
		s->files.len = before.files.len;
		s->licences.len = before.licences.len;
		s->relations.len = before.relations.len;
		return -1;
	}
	out->roots = r.roots;
	return 0;
}
