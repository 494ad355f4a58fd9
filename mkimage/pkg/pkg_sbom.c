/* The parts of an image, for people who ask what is in it. */
#include "mkimage/pkg/pkg_sbom.h"

#include "base/fd.h"
#include "mkimage/pkg/deb.h"
#include "mkimage/sbom/licence.h"

#include <string.h>

enum { LINKED_MAX = 64 << 10 };

static const char *sha256(struct arena *a, const void *bytes, size_t len)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest g;
	digest_of(DIGEST_SHA256, bytes, len, &g);
	return arena_str(a, digest_hex(&g, text));
}

static const char *part_add(struct pkg_build *b, struct sbom_package p, bool contained)
{
	vec_push(b->mem, &b->bom->packages, p);
	if (contained)
		vec_push(b->mem, &b->bom_parts, p.id);
	return p.id;
}

/* package-url (purl-spec, type "deb"): what is not unreserved is percent-encoded. */
static const char *purl_text(struct arena *a, const char *text)
{
	const char *out = "";
	for (const char *p = text; *p; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			(*p >= '0' && *p <= '9') || strchr(".-_~", *p))
			out = arena_fmt(a, "%s%c", out, *p);
		else
			out = arena_fmt(a, "%s%%%02X", out, (unsigned)(unsigned char)*p);
	return out;
}

static const char *purl(struct arena *a, const char *name, const char *version, const char *arch)
{
	return arena_fmt(a, "pkg:deb/debian/%s@%s?arch=%s", purl_text(a, name),
		purl_text(a, version), purl_text(a, arch));
}

/* SPDX has "Person: Name (address)"; Debian "Name <address>". */
static const char *originator(struct arena *a, const char *maintainer)
{
	if (!maintainer)
		return NULL;
	const char *open = strchr(maintainer, '<');
	if (!open)
		return arena_fmt(a, "Organization: %s", maintainer);
	size_t name = (size_t)(open - maintainer), address = strcspn(open + 1, ">");
	while (name && maintainer[name - 1] == ' ')
		name--;
	return arena_fmt(
		a, "Organization: %.*s (%.*s)", (int)name, maintainer, (int)address, open + 1);
}

int bom_debian(struct pkg_build *b, const struct apt_file *f, const char *copyright, size_t len,
	const char **id, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct deb_control c;
	struct arena *a = b->mem;
	if (deb_control_read(a, f->path, f->name, &c, d) < 0)
		return -1;
	const char *sum = arena_str(a, digest_hex(&f->digest, text));
	struct sbom_package p = { .id = sbom_id(a, "deb", f->name, sum),
		.name = f->name,
		.version = f->version,
		.supplier = "Organization: Debian",
		.originator = originator(a, c.maintainer),
		.source_info = arena_fmt(a, "built from the Debian source package %s %s", c.source,
			c.source_version),
		.licence = copyright ? licence_of_package(b->bom, c.source, copyright, len) : NULL,
		.purl = purl(a, f->name, f->version, f->arch),
		.sha256 = sum };
	*id = part_add(b, p, false);
	return 0;
}

/* A library that is known by name and version alone. */
static const char *library(
	struct pkg_build *b, const char *name, const char *version, const char *licence)
{
	const char *both = arena_fmt(b->mem, "%s %s", name, version);
	struct sbom_package p = { .id = sbom_id(b->mem, "library", name,
					  sha256(b->mem, both, strlen(both))),
		.name = name,
		.version = version,
		.licence = licence,
		.supplier = "Organization: Debian",
		.purpose = "LIBRARY" };
	return part_add(b, p, false);
}

/* Only musl's files end in the program; the kernel's headers do not. */
static int musl_link(
	struct pkg_build *b, const char *program, const struct musl *m, struct diags *d)
{
	char *text;
	size_t len;
	const char *id;
	vec_each (struct apt_file, f, &m->debs) {
		if (strcmp(f->name, "musl-dev") != 0)
			continue;
		const char *path = arena_fmt(
			b->mem, "%s/usr/share/doc/%s/copyright", m->root, f->name);
		if (file_read(b->mem, path, LINKED_MAX, &text, &len, d) < 0 ||
			bom_debian(b, f, text, len, &id, d) < 0)
			return -1;
		sbom_relate(b->bom, program, "STATIC_LINK", id);
	}
	sbom_relate(b->bom, program, "STATIC_LINK",
		library(b, "libgcc", m->gcc_version, "GPL-3.0-or-later WITH GCC-exception-3.1"));
	return 0;
}

int bom_compiled(struct pkg_build *b, const struct sbom_package *program, const void *bytes,
	size_t len, const struct musl *m, struct diags *d)
{
	struct sbom_package p = *program;
	p.sha256 = sha256(b->mem, bytes, len);
	p.id = sbom_id(b->mem, "program", p.name, p.sha256);
	p.purpose = "APPLICATION";
	return musl_link(b, part_add(b, p, true), m, d);
}

/* Lines "NAME VERSION LICENCE"; a licence may hold spaces. */
static void linked_add(struct pkg_build *b, const char *program, char *text)
{
	char *rest;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *version = strchr(line, ' ');
		char *licence = version ? strchr(version + 1, ' ') : NULL;
		if (!licence)
			continue;
		*version++ = *licence++ = '\0';
		sbom_relate(b->bom, program, "STATIC_LINK", library(b, line, version, licence));
	}
}

int bom_program(struct pkg_build *b, const struct recipe_program *p, const void *bytes, size_t len,
	struct diags *d)
{
	struct arena *a = b->mem;
	char *text;
	size_t linked_len;
	const char *sum = sha256(a, bytes, len);
	const char *linked = arena_fmt(
		a, "%s.linked", pkg_program_path(a, b->options, p, b->options->platform.arch));
	struct sbom_package one = { .id = sbom_id(a, "program", p->program.v, sum),
		.name = p->program.v,
		.version = b->options->version,
		.supplier = "Organization: Slipway",
		.sha256 = sum,
		.purpose = "APPLICATION" };
	part_add(b, one, true);
	if (access(linked, R_OK) < 0)
		return 0;
	if (file_read(a, linked, LINKED_MAX, &text, &linked_len, d) < 0)
		return -1;
	linked_add(b, one.id, text);
	return 0;
}

void bom_file(struct pkg_build *b, const char *path, const void *bytes, size_t len)
{
	vec_push(b->mem, &b->bom_files, sbom_file_add(b->bom, path, bytes, len)->id);
}

/* The recipe's own files, as a package that SPDX can give a verification code. */
static void recipe_add(struct pkg_build *b, const char *name, const char *tag)
{
	struct sbom *s = b->bom;
	const char *both = arena_fmt(b->mem, "%s %s", name, tag);
	if (!b->bom_files.len)
		return;
	struct sbom_package p = { .id = sbom_id(b->mem, "recipe", b->recipe->image.v,
					  sha256(b->mem, both, strlen(both))),
		.name = arena_fmt(b->mem, "%s recipe", name),
		.version = tag,
		.purpose = "FILE" };
	vec_each (const char *, file, &b->bom_files)
		sbom_relate(s, p.id, "CONTAINS", *file);
	p.verification = sbom_verification(s, p.id);
	part_add(b, p, true);
}

int bom_base(struct pkg_build *b, struct diags *d)
{
	struct referrers all;
	struct sbom_document doc = { 0 };
	char *text;
	size_t len;
	if (store_referrers(b->store, b->mem, b->base, SBOM_TYPE, &all, d) < 0)
		return -1;
	for (size_t i = 0; i < all.len && i < 1; i++) {
		if (store_blob_read(
			    b->store, b->mem, &all.items[i].blob, SBOM_MAX, &text, &len, d) < 0 ||
			sbom_read(b->bom, "the base's bill of materials", text, len, &doc, d) < 0)
			return -1;
		vec_each (const char *, root, &doc.roots)
			vec_push(b->mem, &b->bom_parts, *root);
	}
	return 0;
}

const char *bom_text(
	struct pkg_build *b, const char *ref, const struct descriptor *manifest, size_t *len)
{
	char text[DIGEST_TEXT_SIZE];
	struct arena *a = b->mem;
	const char *colon = strrchr(ref, ':');
	const char *name = arena_strn(a, ref, (size_t)(colon - ref)), *tag = colon + 1;
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	const char *sum = arena_str(a, digest_hex(&manifest->digest, text));
	struct sbom_package image = { .id = sbom_id(a, "image", last, sum),
		.name = name,
		.version = tag,
		.sha256 = sum,
		.purl = arena_fmt(
			a, "pkg:oci/%s@sha256%%3A%s?arch=%s", last, sum, b->options->platform.arch),
		.purpose = "CONTAINER" };
	recipe_add(b, name, tag);
	part_add(b, image, false);
	vec_each (const char *, part, &b->bom_parts)
		sbom_relate(b->bom, image.id, "CONTAINS", *part);
	return sbom_write(b->bom, arena_fmt(a, "%s:%s", name, tag), image.id, b->epoch, len);
}
