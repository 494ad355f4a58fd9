/*
 * The file of a compiled profile: a header, the instructions, the listener's path and metadata,
 * each with its NUL. It is written in the container's own state folder and then linked into the
 * cache, whole; from there it is linked into the folders of later containers. What is not a plain
 * file of ours that nobody else may write is not trusted but replaced.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sha256.h"
#include "system-runtime/seccomp/filter.h"

#include <dirent.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/stat.h>

enum {
	FORMAT = 2,
	FILE_MAX = 64 * 1024,
	ENTRIES_MAX = 128,
	DIGEST = 32,
};

struct header {
	char magic[8];
	uint8_t digest[DIGEST];
	uint32_t flags, n;
	uint32_t path, metadata; /* bytes, with the NUL; 0: none */
	uint64_t sum;		 /* of all that follows */
};

static const char magic[8] = "seccomp";
#define CACHE	   "../.seccomp" /* from a state folder */
#define STATE_FILE "seccomp"

/* FNV-1a: against files that a crash cut or zeroed, not against malice. */
static uint64_t sum(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3;
	return h;
}

/*
 * What the last digest was made of. Most services of a machine have the same profile, and comparing
 * costs the supervisor a tenth of hashing.
 */
static struct {
	char bytes[16 * 1024];
	size_t n; /* 0: nothing that could be compared */
	uint8_t digest[DIGEST];
} last;

/* Its place in last.bytes, which it replaces from the first difference on. */
struct reading {
	size_t n;
	bool differs, longer; /* than last.bytes: hashed as it comes */
	struct sha256 d;
};

static void add(struct reading *r, const void *p, size_t n)
{
	if (n > sizeof(last.bytes) - r->n) {
		sha256_add(&r->d, last.bytes, r->n);
		r->n = 0;
		r->differs = r->longer = true;
	}
	if (n > sizeof(last.bytes)) {
		sha256_add(&r->d, p, n);
		return;
	}
	if (r->differs || r->n + n > last.n || memcmp(last.bytes + r->n, p, n) != 0) {
		r->differs = true;
		memcpy(last.bytes + r->n, p, n);
	}
	r->n += n;
}

static const uint8_t *digest_end(struct reading *r)
{
	if (!r->differs && r->n == last.n)
		return last.digest;
	sha256_add(&r->d, last.bytes, r->n);
	sha256_end(&r->d, last.digest);
	last.n = r->longer ? 0 : r->n;
	return last.digest;
}

static void add_text(struct reading *r, const char *s)
{
	/* NULL and "" differ; the NUL separates. */
	add(r, s ? "s" : "-", 1);
	if (s != NULL)
		add(r, s, strlen(s) + 1);
}

#define NUMBERS(r, ...)                                \
	do {                                           \
		const uint64_t v_[] = { __VA_ARGS__ }; \
		add(r, v_, sizeof(v_));                \
	} while (0)

static const uint8_t *digest_of(const struct seccomp_spec *s)
{
	struct reading r = { .n = 0 };

	sha256_start(&r.d);
	NUMBERS(&r, FORMAT, SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO, SCMP_ARCH_NATIVE);
	NUMBERS(&r, s->default_ret, s->arch[0], s->arch[1], s->arch[2], s->arch[3], s->filter_flags,
		s->notifies, s->syscalls.n);
	add_text(&r, s->listenerPath);
	add_text(&r, s->listenerMetadata);
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct seccomp_rule *rule = &s->syscalls.v[i];
		NUMBERS(&r, rule->ret, rule->names.n, rule->args.n);
		for (size_t k = 0; k < rule->names.n; k++)
			add_text(&r, rule->names.v[k]);
		for (size_t k = 0; k < rule->args.n; k++) {
			const struct seccomp_arg *a = &rule->args.v[k];
			NUMBERS(&r, a->index, a->value, a->valueTwo, (uint64_t)a->compare);
		}
	}
	return digest_end(&r);
}

/* 1: read, 0: nothing there that can be used, -1: no memory. */
static int read_filter(int dir, const char *name, const uint8_t *digest, struct mem *m,
	struct filter *out, struct rt_error *e)
{
	struct header h;
	struct stat st;
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		(st.st_mode & 022) || st.st_size < (off_t)sizeof(h) || st.st_size > FILE_MAX)
		return 0;
	size_t size = (size_t)st.st_size;
	char *data = mem_alloc(m, size);
	if (data == NULL)
		return rt_fail(e, 0, "linux.seccomp: no memory for the compiled profile");
	if (read(fd, data, size) != (ssize_t)size)
		return 0;
	memcpy(&h, data, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 ||
		(digest != NULL && memcmp(h.digest, digest, DIGEST) != 0) || h.n == 0 ||
		h.n > BPF_MAXINSNS || h.path > FILE_MAX || h.metadata > FILE_MAX ||
		size != sizeof(h) + h.n * sizeof(struct sock_filter) + h.path + h.metadata ||
		sum(data + sizeof(h), size - sizeof(h)) != h.sum)
		return 0;
	const char *text = data + sizeof(h) + h.n * sizeof(struct sock_filter);
	*out = (struct filter){ .insns = (const void *)(data + sizeof(h)),
		.n = (uint16_t)h.n,
		.flags = h.flags,
		.listener_path = h.path ? text : NULL,
		.listener_metadata = h.metadata ? text + h.path : NULL };
	return 1;
}

static int write_filter(struct mem *m, int dir, const uint8_t digest[DIGEST],
	const struct filter *f, struct rt_error *e)
{
	struct header h = { .flags = f->flags, .n = f->n };
	size_t code = f->n * sizeof(struct sock_filter);

	memcpy(h.magic, magic, sizeof(magic));
	memcpy(h.digest, digest, DIGEST);
	if (f->listener_path != NULL) {
		h.path = (uint32_t)strlen(f->listener_path) + 1;
		h.metadata = (uint32_t)strlen(f->listener_metadata) + 1;
	}
	size_t size = sizeof(h) + code + h.path + h.metadata;
	char *data = size > FILE_MAX ? NULL : mem_alloc(m, size);
	if (data == NULL)
		return rt_fail(e, 0, "linux.seccomp: more than %d bytes compiled", FILE_MAX);
	memcpy(data + sizeof(h), f->insns, code);
	if (f->listener_path != NULL) {
		memcpy(data + sizeof(h) + code, f->listener_path, h.path);
		memcpy(data + sizeof(h) + code + h.path, f->listener_metadata, h.metadata);
	}
	h.sum = sum(data + sizeof(h), size - sizeof(h));
	memcpy(data, &h, sizeof(h));
	AUTO_FD fd = openat(
		dir, STATE_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write_all(fd, data, size) != 0)
		return rt_fail(e, errno, "linux.seccomp: cannot write the compiled profile");
	return 0;
}

/* The cache, made when missing; negative when what is there is not ours alone. */
static int open_cache(int state_dir)
{
	struct stat st;

	AUTO_FD fd = openat(state_dir, CACHE, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT && mkdirat(state_dir, CACHE, 0700) == 0)
		fd = openat(state_dir, CACHE, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 022))
		return -1;
	return fd_take(&fd);
}

/* Profiles that are no longer used must not add up; containers keep their own links. */
static void make_room(int cache)
{
	AUTO_FD copy = openat(cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int n = 0;

	if (d == NULL)
		return;
	(void)fd_take(&copy); /* closedir closes it */
	while (readdir(d) != NULL)
		n++;
	rewinddir(d);
	while (n > ENTRIES_MAX && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] != '.')
			(void)unlinkat(cache, entry->d_name, 0); /* or another did */
	}
	closedir(d);
}

int filter_prepare(struct mem *m, int state_dir, const struct seccomp_spec *s, struct filter *out,
	struct rt_error *e)
{
	const uint8_t *digest = digest_of(s);
	char name[2 * DIGEST + 1];

	for (int i = 0; i < 2 * DIGEST; i++)
		name[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
	name[2 * DIGEST] = '\0';
	AUTO_FD cache = open_cache(state_dir);
	int got = cache < 0 ? 0 : read_filter(cache, name, digest, m, out, e);
	if (got < 0)
		return -1;
	if (got > 0 && linkat(cache, name, state_dir, STATE_FILE, 0) == 0)
		return 0;
	/* Read but not linked: another emptied the cache, or the file has as many links as it may.
	 */
	if (got == 0 && filter_compile(m, s, out, e) != 0)
		return -1;
	if (write_filter(m, state_dir, digest, out, e) != 0)
		return -1;
	if (cache < 0)
		return 0;
	make_room(cache);
	(void)unlinkat(cache, name, 0); /* what could not be used, if anything */
	(void)!linkat(state_dir, STATE_FILE, cache, name, 0); /* without it: slower next time */
	return 0;
}

int filter_open(int state_dir, struct mem *m, struct filter *out, struct rt_error *e)
{
	*out = (struct filter){ 0 };
	if (faccessat(state_dir, STATE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0
				       : rt_fail(e, errno, "cannot look at the seccomp profile");
	if (mem_open(m, FILE_MAX + 4096) != 0)
		return rt_fail(e, errno, "no memory for the seccomp profile");
	int got = read_filter(state_dir, STATE_FILE, NULL, m, out, e);
	if (got == 0)
		return rt_fail(e, 0, "the container's compiled seccomp profile is damaged");
	return got < 0 ? -1 : 0;
}
