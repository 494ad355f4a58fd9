/* What is needed. The caller holds lock exclusively: nothing here may take a lease. */
#include "mkimage/store/garbage_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

int store_names(
	struct store *s, struct arena *a, const char *folder, struct strings *out, struct diags *d)
{
	struct strings all = { 0 };
	int fd = openat(s->dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	*out = all;
	if (fd < 0 && errno == ENOENT)
		return 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int sys = errno;
		fd_drop(&fd);
		return fail_sys(d, sys, "cannot list \"%s/%s\"", s->path, folder);
	}
	errno = 0;
	for (struct dirent *e; (e = readdir(dir)); errno = 0)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			vec_push(a, &all, arena_str(a, e->d_name));
	int sys = errno;
	closedir(dir);
	if (sys) /* half a list would make needed things garbage */
		return fail_sys(d, sys, "cannot list \"%s/%s\"", s->path, folder);
	strings_sort(&all);
	*out = all;
	return 0;
}

/* Only what is here is remembered: a text may name very much that is not. */
static void keep_one(struct gc *g, const struct descriptor *desc)
{
	char path[BLOB_PATH_SIZE];
	if (faccessat(g->store->dir, blob_path(&desc->digest, path), F_OK, 0) < 0 ||
		!digest_set_add(g->mem, &g->kept, &desc->digest))
		return;
	struct descriptor one = { .digest = desc->digest };
	one.media_type = arena_str(g->mem, desc->media_type);
	vec_push(g->mem, &g->queue, one);
}

int gc_keep(struct gc *g, const struct descriptor *desc, struct diags *d)
{
	keep_one(g, desc);
	while (g->queue.len) {
		AUTO_ARENA a = arena_new();
		struct descriptor one = g->queue.items[--g->queue.len];
		struct links l = { 0 };
		bool must = media_is_index(one.media_type) || media_is_manifest(one.media_type);
		if (links_read(g->store, a, &one.digest, must, &l, d) < 0)
			return -1;
		vec_each (struct descriptor, down, &l.down)
			keep_one(g, down);
		vec_each (struct descriptor, id, &l.diff_ids)
			(void)digest_set_add(g->mem, &g->diff_ids, &id->digest);
	}
	return 0;
}

static int lease_lines(struct gc *g, char *text, struct diags *d)
{
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		struct descriptor desc = { .media_type = "" };
		*end = '\0';
		if (digest_parse(line, &desc.digest) < 0)
			return fail(d, KIND_INTEGRITY, "wait until the other commands are done",
				"a lease in \"%s/tmp\" is damaged", g->store->path);
		(void)digest_set_add(g->mem, &g->leased, &desc.digest);
		if (gc_keep(g, &desc, d) < 0)
			return -1;
	}
	return 0;
}

/* One whose owner is gone counts no more. */
static int lease_read(struct gc *g, const char *name, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	AUTO_FD fd = openat(g->store->tmp, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(d, errno, "cannot open \"%s/tmp/%s\"", g->store->path, name);
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0;
	char *text = arena_alloc(a, (size_t)st.st_size + 1);
	if (fd_pread_full(fd, text, (size_t)st.st_size, 0) != (ssize_t)st.st_size)
		return fail_sys(d, errno, "cannot read \"%s/tmp/%s\"", g->store->path, name);
	return lease_lines(g, text, d);
}

static int roots(struct gc *g, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct descriptors all;
	if (store_list(g->store, a, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		AUTO_ARENA tmp = arena_new();
		struct links l = { 0 };
		/* Without a name, a signature or an SBOM lives as long as its subject. */
		if (!one->name && links_read(g->store, tmp, &one->digest, false, &l, d) < 0)
			return -1;
		if (!l.has_subject && gc_keep(g, one, d) < 0)
			return -1;
	}
	return 0;
}

int gc_mark(struct gc *g, struct diags *d)
{
	struct strings names;
	if (store_names(g->store, g->mem, "tmp", &names, d) < 0)
		return -1;
	vec_each (const char *, name, &names)
		if (strncmp(*name, "lease-", 6) == 0 && lease_read(g, *name, d) < 0)
			return -1;
	return roots(g, d); /* after the leases: see lease.c */
}
