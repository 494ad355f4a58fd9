#include "mkimage/build/build_impl.h"

#include <string.h>
#include <unistd.h>

int build_output(struct build *b, const char *suffix, struct out **out, struct diags *d)
{
	const char *path = arena_fmt(b->mem, "%s/%s%s", b->folder, b->name, suffix);
	struct out *to;
	if (out_create(path, 0666, &to, d) < 0)
		return -1;
	out_stream(to);
	vec_push(b->mem, &b->outs, to);
	*out = to;
	return 0;
}

/* All that can fail for want of space failed before; what is left is giving names. */
static int commit(struct build *b, struct strings *paths, struct diags *d)
{
	struct strings done = { 0 };
	vec_each (struct out *, o, &b->outs) {
		const char *path = arena_str(b->mem, out_path(*o));
		uint64_t size = out_size(*o);
		if (out_commit(o, d) < 0) {
			vec_each (const char *, p, &done)
				(void)unlink(*p); /* the error that matters is recorded */
			return -1;
		}
		vec_push(b->mem, &done, path);
		build_say(b, "%s: %.1f MB", path, (double)size / 1e6);
	}
	b->outs.len = 0;
	b->made = (struct artefact_files){ 0 }; /* may be among them */
	vec_each (const char *, p, &done)
		vec_push(b->mem, paths, *p);
	return 0;
}

static int make_all(struct build *b, const char *folder, const char *name,
	const struct format *const *list, size_t len, struct diags *d)
{
	b->folder = folder;
	b->name = name;
	for (size_t i = 0; i < len; i++) {
		if (!strstr(list[i]->archs, b->plan->platform.arch))
			return fail(d, KIND_INPUT, "`slipway formats` says what goes together",
				"the format \"%s\" is not made for %s", list[i]->name,
				b->plan->platform.arch);
	}
	for (size_t i = 0; i < len; i++) {
		if (format_drivers(b, list[i], d) < 0)
			return fail_ctx(d, "making the format %s", list[i]->name);
	}
	for (size_t i = 0; i < len; i++) {
		if (list[i]->make(b, list[i], d) < 0)
			return fail_ctx(d, "making the format %s", list[i]->name);
	}
	return 0;
}

int build_outputs(struct build *b, const char *folder, const char *name,
	const struct format *const *list, size_t len, struct strings *paths, struct diags *d)
{
	if (make_all(b, folder, name, list, len, d) < 0 || build_sign(b, d) < 0)
		return -1;
	return commit(b, paths, d);
}

int build_unnamed(struct build *b, const char *name, const struct format *f,
	struct unnamed_list *out, struct diags *d)
{
	const char *folder;
	if (build_scratch_folder(b, &folder, d) < 0 || make_all(b, folder, name, &f, 1, d) < 0)
		return -1;
	vec_each (struct out *, o, &b->outs) {
		if (out_flush(*o, d) < 0)
			return -1;
		struct unnamed one = { .fd = out_fd(*o), .size = out_size(*o) };
		one.suffix = arena_str(b->mem, out_path(*o) + strlen(folder) + 1 + strlen(name));
		vec_push(b->mem, out, one);
	}
	return 0;
}
