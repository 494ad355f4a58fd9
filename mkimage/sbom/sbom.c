/* Elements of a document. */
#include "mkimage/sbom/sbom.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { SHA1_BYTES = 20, SHA1_HEX = 40, ID_DIGITS = 16, ID_NAME_MAX = 64 };

struct sbom *sbom_new(struct arena *a)
{
	struct sbom *s = ARENA_NEW(a, struct sbom);
	s->mem = a;
	return s;
}

#define COPY(to, from, list)                                                     \
	do {                                                                     \
		for (size_t i = 0; i < (from)->list.len; i++)                    \
			vec_push((to)->mem, &(to)->list, (from)->list.items[i]); \
	} while (0)

struct sbom *sbom_copy(const struct sbom *s)
{
	struct sbom *c = sbom_new(s->mem);
	COPY(c, s, packages);
	COPY(c, s, files);
	COPY(c, s, relations);
	COPY(c, s, licences);
	return c;
}

const char *sbom_id(struct arena *a, const char *kind, const char *name, const char *sha256)
{
	char *clean = arena_fmt(a, "%.*s", ID_NAME_MAX, name);
	for (char *p = clean; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			    (*p >= '0' && *p <= '9') || *p == '.' || *p == '-'))
			*p = '-';
	return arena_fmt(a, "SPDXRef-%s-%s-%.*s", kind, clean, ID_DIGITS, sha256);
}

void sbom_relate(struct sbom *s, const char *from, const char *type, const char *to)
{
	vec_push(s->mem, &s->relations, ((struct sbom_relation){ from, type, to }));
}

/* SPDX asks for SHA-1 of every file; nothing here trusts it. */
static const char *sha1_hex(struct arena *a, const void *bytes, size_t len)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char *hex = arena_alloc(a, SHA1_HEX + 1);
	if (EVP_Digest(bytes, len, sum, NULL, EVP_sha1(), NULL) != 1)
		abort();
	for (size_t i = 0; i < SHA1_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	return hex;
}

const struct sbom_file *sbom_file_add(
	struct sbom *s, const char *path, const void *bytes, size_t len)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest g;
	struct sbom_file f = { .sha1 = sha1_hex(s->mem, bytes, len) };
	digest_of(DIGEST_SHA256, bytes, len, &g);
	f.sha256 = arena_str(s->mem, digest_hex(&g, text));
	path += strspn(path, "/");
	f.name = arena_fmt(s->mem, "./%s", path);
	/* The same bytes at another place are another file. */
	const char *both = arena_fmt(s->mem, "%s %s", f.name, f.sha256);
	digest_of(DIGEST_SHA256, both, strlen(both), &g);
	f.id = sbom_id(s->mem, "file", path, digest_hex(&g, text));
	vec_push(s->mem, &s->files, f);
	return &s->files.items[s->files.len - 1];
}

const char *sbom_verification(struct sbom *s, const char *package)
{
	struct strings sums = { 0 };
	vec_each (struct sbom_relation, r, &s->relations)
		vec_each (struct sbom_file, f, &s->files)
			if (strcmp(r->from, package) == 0 && strcmp(r->to, f->id) == 0)
				vec_push(s->mem, &sums, f->sha1);
	strings_sort(&sums);
	const char *all = strings_join(s->mem, &sums, "");
	return sha1_hex(s->mem, all, strlen(all));
}
