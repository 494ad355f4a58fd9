/* Platforms as OCI names them (image-spec image-index.md, Go's GOOS and GOARCH). */
#include "mkimage/store/store_impl.h"

#include <string.h>
#include <sys/utsname.h>

/* Other names of architectures, and what no variant means: the level of the instruction set. */
static const struct {
	const char *name, *arch, *variant;
} aliases[] = {
	{ "x86_64", "amd64", NULL },
	{ "x86-64", "amd64", NULL },
	{ "aarch64", "arm64", NULL },
	{ "armhf", "arm", "v7" },
	{ "armv7l", "arm", "v7" },
	{ "armel", "arm", "v6" },
	{ "armv6l", "arm", "v6" },
	{ "i386", "386", NULL },
	{ "i686", "386", NULL },
	{ "loongarch64", "loong64", NULL },
};
static const struct {
	const char *arch;
	unsigned level;
} levels[] = { { "amd64", 1 }, { "arm", 7 }, { "arm64", 8 } };

static void resolve(const char *name, struct platform *p)
{
	p->arch = name;
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (strcmp(name, aliases[i].name) == 0) {
			p->arch = aliases[i].arch;
			if (!p->variant)
				p->variant = aliases[i].variant;
		}
}

struct platform platform_host(void)
{
	static struct utsname u;
	struct platform p = { .os = "linux", .arch = "amd64" };
	if (uname(&u) == 0)
		resolve(u.machine, &p);
	return p;
}

static bool word_ok(const char *s)
{
	if (!s || !*s)
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(s);
}

int platform_parse(struct arena *a, const char *text, struct platform *out, struct diags *d)
{
	const char *part[3] = { NULL, NULL, NULL };
	size_t n = 0;
	for (const char *p = text; n < 3;) {
		size_t len = strcspn(p, "/");
		part[n++] = arena_strn(a, p, len);
		p += len;
		if (!*p++)
			break;
		if (n == 3)
			n = 4;
	}
	struct platform p = { .os = "linux" };
	bool os_first = n > 1 && strcmp(part[0], "linux") == 0;
	const char *arch = os_first ? part[1] : part[0];
	p.variant = os_first ? part[2] : part[1];
	if (n > 3 || (!os_first && n > 2) || !word_ok(arch) || (p.variant && !word_ok(p.variant)))
		return fail(d, KIND_USAGE, "write it like \"amd64\", \"arm64\" or \"linux/arm/v7\"",
			"\"%s\" is no platform", text);
	resolve(arch, &p);
	*out = p;
	return 0;
}

static unsigned level_of(const struct platform *p)
{
	if (p->variant && *p->variant) {
		const char *v = p->variant;
		if (v[0] == 'v' && v[1] >= '1' && v[1] <= '9' && (!v[2] || v[2] == '.'))
			return (unsigned)(v[1] - '0');
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (strcmp(p->arch, levels[i].arch) == 0)
			return levels[i].level;
	return 1;
}

unsigned platform_match(const struct platform *want, const struct platform *have)
{
	struct platform w = *want, h = *have;
	if (!h.os || !h.arch || strcmp(w.os, h.os) != 0)
		return 0;
	resolve(want->arch, &w);
	resolve(have->arch, &h);
	if (strcmp(w.arch, h.arch) != 0)
		return 0;
	unsigned can = level_of(&w), needs = level_of(&h);
	if (!can || !needs) /* names that have no order */
		return w.variant && h.variant && strcmp(w.variant, h.variant) == 0;
	return needs <= can ? needs : 0;
}

const char *platform_text(struct arena *a, const struct platform *p)
{
	bool variant = p->variant && *p->variant;
	return arena_fmt(a, "%s/%s%s%s", p->os ? p->os : "unknown", p->arch ? p->arch : "unknown",
		variant ? "/" : "", variant ? p->variant : "");
}

static bool given(const char *text)
{
	return text && *text && strcmp(text, "unknown") != 0;
}

int platform_check(const struct platform *said, const struct image_config *c, const char *what,
	struct diags *d)
{
	const struct platform *is = &c->platform;
	if (!said || !given(said->os) || !given(said->arch) || !given(is->os) || !given(is->arch))
		return 0;
	/* Variants are too often left out to say anything. */
	struct platform s = { .os = said->os }, i = { .os = is->os };
	resolve(said->arch, &s);
	resolve(is->arch, &i);
	if (strcmp(s.os, i.os) == 0 && strcmp(s.arch, i.arch) == 0)
		return 0;
	return fail(d, KIND_INPUT, "get it from whoever made it, or another image",
		"%s is for %s, and its config says %s", what, platform_text(d->mem, said),
		platform_text(d->mem, is));
}
