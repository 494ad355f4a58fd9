/*
 * The tag that LinuxKit gives a package: git's hash of the folder in the last commit; with extra
 * sources a SHA-1 over that and theirs; and when files changed since, `-dirty-` and the start of a
 * hash of all files. git(1) is asked, as LinuxKit does.
 */
#include "mkimage/pkg/linuxkit.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/spawn.h"

#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>

enum { OUTPUT_MAX = 8 << 20, FILE_MAX = 256 << 20, DIRTY_DIGITS = 7, SHA1_BYTES = 20 };

static const char latest[] = "latest", hash_word[] = "{{.Hash}}";

/* Without the newline at the end. */
static int git(
	struct arena *a, const char *dir, const char *const *args, char **out, struct diags *d)
{
	struct spawn s = { .install = "git" };
	size_t len;
	/* No program that the repository's own settings name. */
	spawn_args(a, &s, "git", "-C", dir, "-c", "core.fsmonitor=false", NULL);
	for (; *args; args++)
		spawn_arg(a, &s, *args);
	if (spawn_run(a, &s, OUTPUT_MAX, out, &len, d) < 0)
		return -1;
	while (len && (*out)[len - 1] == '\n')
		(*out)[--len] = '\0';
	return 0;
}

static bool in_git(struct arena *a, const char *dir)
{
	char *full = realpath(dir, NULL);
	bool found = false;
	if (!full)
		return false;
	for (char *end = full + strlen(full); !found; end = strrchr(full, '/')) {
		if (!end)
			break;
		*end = '\0';
		found = access(arena_fmt(a, "%s/.git", full), F_OK) == 0;
	}
	free(full);
	return found;
}

static int tree_hash(struct arena *a, const char *dir, char **out, struct diags *d)
{
	struct diags own;
	diags_init(&own, d->mem);
	if (git(a, dir, (const char *const[]){ "rev-parse", "--verify", "HEAD:./", NULL }, out,
		    &own) == 0)
		return 0;
	if (own.first && own.first->hint)
		return fail(d, KIND_SYSTEM, own.first->hint, "%s", own.first->what);
	return fail(d, KIND_INPUT,
		"commit it: LinuxKit's tag is the hash that git has of the folder",
		"the folder \"%s\" is not in git's last commit: %s", dir,
		own.first ? own.first->what : "");
}

/* Files alone, as `git ls-files` prints their names; one that is gone, or whose name is quoted, is
 * passed over. */
static int add_files(
	struct arena *a, struct hasher *h, const char *dir, char *names, struct diags *d)
{
	for (char *name = names; *name;) {
		AUTO_ARENA mem = arena_new();
		size_t len = strcspn(name, "\n");
		const char *path = arena_fmt(a, "%s/%.*s", dir, (int)len, name);
		struct stat st;
		char *text;
		size_t size;
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			if (file_read(mem, path, FILE_MAX, &text, &size, d) < 0)
				return -1;
			hasher_add(h, text, size);
		}
		name += len + (name[len] == '\n');
	}
	return 0;
}

/* "": nothing changed since the last commit. */
static int dirty(struct arena *a, const char *dir, const char **out, struct diags *d)
{
	char *changes, *tracked, *others, hex[DIGEST_TEXT_SIZE];
	struct digest g;
	*out = "";
	if (git(a, dir, (const char *const[]){ "status", "--porcelain", "--", ".", NULL }, &changes,
		    d) < 0)
		return -1;
	if (!*changes)
		return 0;
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	if (git(a, dir, (const char *const[]){ "ls-files", NULL }, &tracked, d) < 0 ||
		git(a, dir,
			(const char *const[]){ "ls-files", "--exclude-standard", "--others", NULL },
			&others, d) < 0 ||
		add_files(a, h, dir, tracked, d) < 0 || add_files(a, h, dir, others, d) < 0)
		return -1;
	hasher_take(h, &g);
	*out = arena_fmt(a, "-dirty-%.*s", DIRTY_DIGITS, digest_hex(&g, hex));
	return 0;
}

static int with_sources(
	struct arena *a, const struct linuxkit_recipe *r, const char **hash, struct diags *d)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	const char *all = *hash;
	char *hex = arena_alloc(a, 2 * SHA1_BYTES + 1);
	for (size_t i = 0; i < r->extra_sources.len; i++) {
		const struct y_str *y = &r->extra_sources.items[i];
		const char *colon = strchr(y->v, ':');
		char *one;
		if (!colon || strchr(colon + 1, ':'))
			return fail_at(d, y->at, NULL, "a source must be `FOLDER:TARGET`");
		const char *folder = arena_fmt(a, "%s%s%.*s", y->v[0] == '/' ? "" : r->dir,
			y->v[0] == '/' ? "" : "/", (int)(colon - y->v), y->v);
		if (tree_hash(a, folder, &one, d) < 0)
			return -1;
		all = arena_fmt(a, "%s%s", all, one);
	}
	if (!r->extra_sources.len)
		return 0;
	if (!EVP_Digest(all, strlen(all), sum, NULL, EVP_sha1(), NULL))
		return fail(d, KIND_SYSTEM, NULL, "libcrypto makes no SHA-1");
	for (size_t i = 0; i < SHA1_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	*hash = hex;
	return 0;
}

static int hash_of(
	struct arena *a, const struct linuxkit_recipe *r, const char **out, struct diags *d)
{
	char *tree;
	const char *changed;
	*out = "";
	if (!in_git(a, r->dir))
		return 0;
	if (tree_hash(a, r->dir, &tree, d) < 0)
		return -1;
	*out = tree;
	if (with_sources(a, r, out, d) < 0 || dirty(a, r->dir, &changed, d) < 0)
		return -1;
	*out = arena_fmt(a, "%s%s", *out, changed);
	return 0;
}

int linuxkit_tag(
	struct arena *a, const struct linuxkit_recipe *r, const char **ref, struct diags *d)
{
	const char *tag = r->tag.v && *r->tag.v ? r->tag.v : hash_word, *hash;
	const char *word = strstr(tag, hash_word);
	if (hash_of(a, r, &hash, d) < 0)
		return -1;
	if (word)
		tag = arena_fmt(
			a, "%.*s%s%s", (int)(word - tag), tag, hash, word + strlen(hash_word));
	if (strstr(tag, "{{"))
		return fail_at(d, r->tag.at, "write {{.Hash}}, once, or a plain tag",
			"the tag \"%s\" uses a template that is not known here", r->tag.v);
	*ref = arena_fmt(
		a, "%s/%s:%s", r->org.v ? r->org.v : "linuxkit", r->image.v, *tag ? tag : latest);
	return 0;
}
