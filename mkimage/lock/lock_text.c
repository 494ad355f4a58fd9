#include "mkimage/lock/lock.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What no YAML text may hold as it is: control characters, U+2028, U+2029, a byte order mark. */
static size_t put_escaped(FILE *to, const unsigned char *p)
{
	if (*p < 0x20 || *p == 0x7f)
		return fprintf(to, "\\x%02x", *p), 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return fprintf(to, "\\x%02x", p[1]), 2;
	if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
		return fprintf(to, "\\u20%02x", p[2] - 0x80), 3;
	if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
		return fputs("\\ufeff", to), 3;
	return 0;
}

/* A double-quoted YAML scalar. */
static void put_quoted(FILE *to, const char *text)
{
	fputc('"', to);
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		size_t len = put_escaped(to, p);
		if (!len && (*p == '"' || *p == '\\'))
			fputc('\\', to);
		if (!len)
			fputc(*p, to);
		p += len ? len : 1;
	}
	fputc('"', to);
}

static void put_lists(FILE *to, const struct lock *l)
{
	char digest[DIGEST_TEXT_SIZE];
	fputs(l->images.len ? "images:\n" : "images: []\n", to);
	vec_each (struct locked_image, i, &l->images) {
		fprintf(to, "  - image: %s\n    digest: %s\n    size: %llu\n    platform: %s\n",
			i->ref, digest_text(&i->digest, digest), (unsigned long long)i->size,
			i->platform);
		if (i->has_key)
			fprintf(to, "    key: %s\n", digest_text(&i->key, digest));
		if (i->sboms.len)
			fputs("    sboms:\n", to);
		vec_each (const char *, sbom, &i->sboms)
			fprintf(to, "      - %s\n", *sbom);
	}
	fputs(l->packages.len ? "debian:\n" : "debian: []\n", to);
	vec_each (struct locked_package, p, &l->packages)
		fprintf(to, "  - %s %s %s %s\n", p->name, p->version, p->arch, p->digests);
	fputs(l->files.len ? "files:\n" : "files: []\n", to);
	vec_each (struct locked_file, f, &l->files) {
		fputs("  - source: ", to);
		put_quoted(to, f->source);
		fprintf(to, "\n    digest: %s\n    size: %llu\n", digest_text(&f->digest, digest),
			(unsigned long long)f->size);
	}
	if (l->values.len)
		fputs("values:\n", to);
	vec_each (struct locked_value, v, &l->values)
		fprintf(to, "  - name: %s\n    digest: %s\n", v->name,
			digest_text(&v->digest, digest));
}

const char *lock_text(struct arena *a, const struct lock *l, size_t *len)
{
	char *text = NULL, time[CLOCK_RFC3339_SIZE];
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	if (!to)
		abort(); /* no memory */
	clock_rfc3339(l->time, time);
	fprintf(to,
		"# Written by `slipway lock`, and changed by `slipway lock --update`. Keep it with the config.\n"
		"lock: %d\nplan: %lld\nplatform: %s\ntime: %s\n",
		LOCK_VERSION, (long long)l->plan, l->platform, time);
	put_lists(to, l);
	if (fclose(to) != 0)
		abort();
	const char *out = arena_strn(a, text, size);
	free(text);
	*len = size;
	return out;
}
