/* `slipway verify`: an image against what its config makes now, by the lock. */
#include "mkimage/cli/image_report.h"
#include "mkimage/cli/locked.h"

#include "base/fd.h"
#include "base/json.h"
#include "mkimage/build/build.h"
#include "mkimage/inspect/compare.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 256 * 1024 };

struct candidate {
	const struct format *format;
	const char *prefix; /* the image without what the format adds to NAME */
};

struct candidates {
	struct candidate *items;
	size_t len, cap;
};

/* What is to be verified, and what came out. */
struct verify {
	struct cli *c;
	const char *image;
	const struct format *format;
	const char *file; /* the first that differs; NULL: none */
	uint64_t at;
	struct difference where;
	struct signatures signatures; /* of the image */
};

/* "dir/os" of "dir/os.img", or of "dir/os-kernel" and its siblings; NULL: not that format. */
static const char *prefix_of(struct arena *a, const char *image, const char *suffix)
{
	size_t len = strlen(image), end = strcspn(suffix, " ");
	if (len > end && memcmp(image + len - end, suffix, end) == 0 && image[len - end - 1] != '/')
		return arena_strn(a, image, len - end);
	const char *first = arena_fmt(a, "%s%.*s", image, (int)end, suffix);
	return suffix[end] && access(first, F_OK) == 0 ? arena_str(a, image) : NULL;
}

/* Those with the longest ending: several formats share one. */
static int candidates_of(struct cli *c, const char *image, struct candidates *out)
{
	const struct option_value *want = cli_option(c, "format");
	const struct format *only = NULL;
	if (want->set && format_find(c->mem, want->text, &only, &c->d) < 0)
		return -1;
	for (size_t i = 0; i < formats_len; i++) {
		const struct format *f = only ? only : &formats[i];
		const char *prefix = prefix_of(c->mem, image, f->suffix);
		if (!prefix || (only && out->len))
			continue;
		if (out->len && strlen(prefix) < strlen(out->items[0].prefix))
			out->len = 0;
		if (!out->len || strlen(prefix) == strlen(out->items[0].prefix))
			vec_push(c->mem, out, ((struct candidate){ f, prefix }));
	}
	if (out->len)
		return 0;
	return fail(&c->d, KIND_USAGE,
		"`slipway formats` lists what files are called; -f says what it is",
		only ? "\"%s\" is not called as the format %s calls its files"
		     : "\"%s\" is not called as any format calls its files",
		image, only ? only->name : "");
}

/* 1: they differ, first at *at; 0; -1. */
static int differ(struct cli *c, int a, uint64_t a_size, int b, uint64_t b_size, uint64_t *at)
{
	char *left = arena_alloc(c->mem, CHUNK), *right = arena_alloc(c->mem, CHUNK);
	uint64_t size = a_size < b_size ? a_size : b_size;
	for (*at = 0; *at < size;) {
		size_t len = size - *at < CHUNK ? (size_t)(size - *at) : CHUNK;
		if (fd_pread_full(a, left, len, *at) != (ssize_t)len ||
			fd_pread_full(b, right, len, *at) != (ssize_t)len)
			return fail_sys(&c->d, EIO, "cannot compare the images");
		if (memcmp(left, right, len) != 0) {
			for (size_t i = 0; left[i] == right[i]; i++)
				++*at;
			return 1;
		}
		*at += len;
	}
	return a_size != b_size;
}

/* Looks inside both, as far as they can be read. */
static void look_inside(struct verify *v, int made)
{
	struct cli *c = v->c;
	AUTO_INSPECTED a = NULL;
	AUTO_INSPECTED b = NULL;
	struct diags quiet = { .mem = c->mem };
	const char *path = arena_fmt(c->mem, "/proc/self/fd/%d", made);
	const char *scratch = getenv("TMPDIR");
	scratch = scratch && *scratch ? scratch : "/tmp";
	if (inspect_open(c->mem, v->file, scratch, &a, &quiet) < 0 ||
		inspect_open(c->mem, path, scratch, &b, &quiet) < 0)
		return;
	inspect_first(a, b, &v->where);
}

static int compare_file(struct verify *v, const char *path, const struct unnamed *made)
{
	struct stat st;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(&v->c->d, errno, "cannot open the image \"%s\"", path);
	int rc = differ(v->c, fd, (uint64_t)st.st_size, made->fd, made->size, &v->at);
	if (rc <= 0)
		return rc;
	v->file = path;
	look_inside(v, made->fd);
	return 0;
}

/* The image's own: whether they are of its content comes out of the comparison, and needs the
 * certificate alone. */
static void take_signatures(struct verify *v, const char *path, struct signatures *out)
{
	struct cli *c = v->c;
	AUTO_INSPECTED i = NULL;
	struct diags quiet = { .mem = c->mem };
	struct inspect_signatures list = { 0 };
	const char *scratch = getenv("TMPDIR");
	if (inspect_open(c->mem, path, scratch && *scratch ? scratch : "/tmp", &i, &quiet) < 0)
		return;
	inspect_signatures(i, &list);
	vec_each (struct inspect_signature, s, &list)
		if (s->signed_by)
			vec_push(c->mem, out, s->signed_by->rsa);
}

static int rebuild(
	struct verify *v, const struct plan *p, struct store *s, const struct candidate *t)
{
	struct cli *c = v->c;
	struct unnamed_list made = { 0 };
	const struct option_value *name = cli_option(c, "name");
	const char *slash = strrchr(t->prefix, '/');
	AUTO_BUILD b = build_new(c->mem, p, s, (struct build_progress){ 0 });
	if (cli_flag(c, "no-sbom"))
		build_without_sbom(b);
	if (p->sign.certificate) {
		v->signatures = (struct signatures){ 0 };
		take_signatures(v, v->image, &v->signatures);
		build_with_signatures(b, &v->signatures);
	}
	v->format = t->format;
	v->file = NULL;
	v->where = (struct difference){ 0 };
	if (build_unnamed(b,
		    name->set ? name->text
		    : slash   ? slash + 1
			      : t->prefix,
		    t->format, &made, &c->d) < 0)
		return -1;
	vec_each (struct unnamed, u, &made) {
		if (compare_file(v, arena_fmt(c->mem, "%s%s", t->prefix, u->suffix), u) < 0)
			return -1;
		if (v->file)
			return 0;
	}
	return 0;
}

/* "part \"root-a\", byte 4096: /etc/motd, byte 3" */
static const char *place(const struct verify *v)
{
	const struct difference *w = &v->where;
	struct arena *a = v->c->mem;
	if (!w->part)
		return "";
	const char *text = arena_fmt(
		a, "; in the part \"%s\" at byte %llu", w->part, (unsigned long long)w->part_at);
	if (!w->file)
		return text;
	if (w->only)
		return arena_fmt(a, "%s: %s the file \"%s\"", text,
			w->only == 1 ? "only the image has" : "the image lacks", w->file);
	return arena_fmt(a, "%s: the file \"%s\" at byte %llu", text, w->file,
		(unsigned long long)w->file_at);
}

static void print_json(const struct verify *v)
{
	const struct difference *w = &v->where;
	struct cli *c = v->c;
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	size_t len;
	yyjson_mut_doc_set_root(doc, root);
	json_add_str(doc, root, "image", v->image);
	json_add_str(doc, root, "format", v->format->name);
	yyjson_mut_obj_add_bool(doc, root, "identical", !v->file);
	json_add_str(doc, root, "file", v->file);
	if (v->file)
		yyjson_mut_obj_add_uint(doc, root, "byte", v->at);
	json_add_str(doc, root, "part", w->part);
	if (w->part)
		yyjson_mut_obj_add_uint(doc, root, "partByte", w->part_at);
	json_add_str(doc, root, "path", w->file);
	if (w->file && !w->only)
		yyjson_mut_obj_add_uint(doc, root, "pathByte", w->file_at);
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

static int report(const struct verify *v)
{
	struct cli *c = v->c;
	if (cli_flag(c, "json")) {
		print_json(v);
		c->status = v->file ? KIND_INTEGRITY : 0;
		return 0;
	}
	if (v->file)
		return fail(&c->d, KIND_INTEGRITY,
			"build it from this config and lock, and `slipway diff` shows all that differs",
			"\"%s\" is not what its config and lock make as %s: it differs first at byte %llu%s",
			v->file, v->format->name, (unsigned long long)v->at, place(v));
	if (!cli_flag(c, "quiet"))
		printf("%s: identical to what %s and its lock make as %s%s\n",
			cli_safe(c->mem, v->image),
			cli_safe(c->mem, c->words.items[c->words.len - 1]), v->format->name,
			v->signatures.len ? ", with signatures by its certificate" : "");
	return 0;
}

/* What the lock does not pin cannot be built again. */
static int need_lock(struct cli *c)
{
	const char *path = cli_lock_path(c);
	if (path && access(path, F_OK) == 0)
		return 0;
	return fail(&c->d, KIND_INTEGRITY,
		arena_fmt(c->mem,
			"--lock names the one that the image was built by; a new one: slipway lock %s",
			c->words.items[c->words.len - 1]),
		"there is no lock \"%s\"", path ? path : "of the standard input");
}

int command_verify(struct cli *c)
{
	struct verify v = { .c = c, .image = c->words.items[0] };
	struct candidates list = { 0 };
	struct config config;
	struct plan plan;
	c->words = (struct strings){ c->words.items + 1, c->words.len - 1, c->words.len - 1 };
	if (candidates_of(c, v.image, &list) < 0 || need_lock(c) < 0)
		return -1;
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 || cli_checked_plan(c, store, &config, &plan) < 0)
		return -1;
	/* Of several formats with one ending, any may be it; the first is the one to report. */
	struct verify first = { 0 };
	vec_each (struct candidate, t, &list) {
		if (!strstr(t->format->archs, plan.platform.arch))
			continue;
		if (rebuild(&v, &plan, store, t) < 0)
			return -1;
		if (!v.file)
			return report(&v);
		if (!first.c)
			first = v;
	}
	return first.c ? report(&first)
		       : fail(&c->d, KIND_INPUT, "--arch says another",
				 "no format of that name is made for %s", plan.platform.arch);
}
