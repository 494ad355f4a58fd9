#include "mkimage/cli/run.h"

#include "base/fd.h"
#include "mkimage/disk/disk.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

enum { SEED_FILES_MAX = 64, SEED_FILE_MAX = 4 << 20 };

struct seed {
	struct disk_file files[SEED_FILES_MAX];
	size_t len;
};

static void put(struct seed *s, const char *name, const void *bytes, size_t len)
{
	s->files[s->len++] = (struct disk_file){ .path = name,
		.content = { .fd = -EBADF, .bytes = bytes, .size = len } };
}

static bool has(const struct seed *s, const char *name)
{
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->files[i].path, name) == 0)
			return true;
	return false;
}

static int put_file(struct cli *c, struct seed *s, const char *path, const char *name)
{
	char *text;
	size_t len;
	if (s->len + 2 >= SEED_FILES_MAX)
		return fail(&c->d, KIND_INPUT, "put them into an archive",
			"--data has more than %d files", SEED_FILES_MAX - 2);
	if (file_read(c->mem, path, SEED_FILE_MAX, &text, &len, &c->d) < 0)
		return -1;
	put(s, name, text, len);
	return 0;
}

static int put_folder(struct cli *c, struct seed *s, const char *from)
{
	struct strings names = { 0 };
	DIR *dir = opendir(from);
	if (!dir)
		return fail_sys(&c->d, errno, "cannot list \"%s\"", from);
	for (struct dirent *e; (e = readdir(dir));)
		if (e->d_name[0] != '.')
			vec_push(c->mem, &names, arena_str(c->mem, e->d_name));
	closedir(dir);
	strings_sort(&names);
	vec_each (const char *, name, &names)
		if (put_file(c, s, arena_fmt(c->mem, "%s/%s", from, *name), *name) < 0)
			return -1;
	return 0;
}

/* NoCloud wants both; another id makes another instance of the machine. */
static void complete(struct cli *c, struct seed *s)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest g;
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	for (size_t i = 0; i < s->len; i++) {
		hasher_add(h, s->files[i].path, strlen(s->files[i].path) + 1);
		hasher_add(h, s->files[i].content.bytes, s->files[i].content.size);
	}
	hasher_take(h, &g);
	const char *id = arena_fmt(c->mem, "instance-id: %.16s\n", digest_hex(&g, text));
	if (!has(s, "user-data"))
		put(s, "user-data", "", 0);
	if (!has(s, "meta-data"))
		put(s, "meta-data", id, strlen(id));
}

int run_seed(struct cli *c, struct machine *m, const char *folder)
{
	const char *path = cli_option(c, "data")->text;
	struct seed s = { 0 };
	struct stat st;
	AUTO_OUT to = NULL;
	if (!path)
		return 0;
	if (stat(path, &st) < 0)
		return fail_sys(&c->d, errno, "cannot read \"%s\"", path);
	if ((S_ISDIR(st.st_mode) ? put_folder(c, &s, path) : put_file(c, &s, path, "user-data")) <
		0)
		return -1;
	complete(c, &s);
	const char *file = arena_fmt(c->mem, "%s/cidata.img", folder);
	if (out_create(file, 0600, &to, &c->d) < 0 ||
		fat_write(s.files, s.len, &(struct fat_options){ .label = "CIDATA" }, to, &c->d) <
			0 ||
		out_commit(&to, &c->d) < 0)
		return fail_ctx(&c->d, "making the volume for --data");
	m->seed = file;
	return 0;
}
