#include "init/module.h"

#include "base/auto_fd.h"
#include "init/fmt.h"
#include "init/kopt.h"
#include "init/log.h"
#include "init/moddep.h"
#include "init/sysfile.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

/* linux/module.h: the kernel unpacks .xz, .zst or .gz itself (CONFIG_MODULE_DECOMPRESS). */
#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

enum { PATH_BYTES = 512, PARAM_BYTES = 1024, SOFTDEP_DEPTH = 4 };

static struct {
	bool open;
	char folder[sizeof("/lib/modules/") + 65];
	struct span dep, alias, softdep, builtin;
} index_of;

static struct span map_index(const char *name)
{
	char path[PATH_BYTES];

	fmt_text(path, sizeof(path), "%s/%s", index_of.folder, name);
	return sysfile_map(path);
}

void module_open(void)
{
	struct utsname u;

	if (index_of.open || uname(&u) < 0)
		return;
	fmt_text(index_of.folder, sizeof(index_of.folder), "/lib/modules/%s", u.release);
	index_of.dep = map_index("modules.dep");
	index_of.alias = map_index("modules.alias");
	index_of.softdep = map_index("modules.softdep");
	index_of.builtin = map_index("modules.builtin");
	index_of.open = true;
}

void module_close(void)
{
	sysfile_unmap(index_of.dep);
	sysfile_unmap(index_of.alias);
	sysfile_unmap(index_of.softdep);
	sysfile_unmap(index_of.builtin);
	memset(&index_of, 0, sizeof(index_of));
}

/* A module on its way in has the folder too, with initstate "coming": whoever needs its symbols
 * waits for it inside finit_module(2). */
static bool is_loaded(struct span name)
{
	char path[128] = "/sys/module/";
	size_t at = strlen(path);

	if (!span_copy(name, path + at, sizeof(path) - at))
		return false;
	for (char *c = path + at; *c; c++)
		if (*c == '-')
			*c = '_';
	return access(path, F_OK) == 0;
}

static bool is_compressed(struct span path)
{
	return path.len > 3 && memcmp(path.at + path.len - 3, ".ko", 3) != 0;
}

static enum module_result insert(struct span path, struct span name)
{
	char file[PATH_BYTES], params[PARAM_BYTES];
	size_t at = fmt_text(file, sizeof(file), "%s/", index_of.folder);
	bool compressed = is_compressed(path);

	if (!span_copy(path, file + at, sizeof(file) - at)) {
		(void)fail_why("modules.dep has a path of %zu bytes", path.len);
		return MODULE_FAILED;
	}
	AUTO_FD fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		(void)fail_errno(errno, "opening %s", file);
		return MODULE_FAILED;
	}
	(void)kopt_module_params(sysfile_cmdline(), name, params, sizeof(params));
	if (syscall(SYS_finit_module, fd, params, compressed ? MODULE_INIT_COMPRESSED_FILE : 0) ==
		0) {
		log_line(LOG_TRACE, "module %s%s%s", file + at, params[0] ? " " : "", params);
		return MODULE_LOADED;
	}
	int e = errno;
	if (e == EEXIST)
		return MODULE_LOADED;
	if (e == ENODEV)
		return MODULE_UNUSED;
	if (compressed && (e == EOPNOTSUPP || e == EINVAL || e == ENOEXEC))
		(void)fail_errno(e,
			"loading %s (does this kernel have CONFIG_MODULE_DECOMPRESS for it? "
			"if not, the image needs uncompressed modules)",
			file);
	else
		(void)fail_errno(e, "loading %s", file);
	return MODULE_FAILED;
}

static enum module_result load_at(struct span name, unsigned depth);

/* A soft dependency that fails does not stop the module. */
static void load_soft(struct span list, unsigned depth)
{
	struct span word;

	while (span_word(&list, &word))
		(void)load_at(word, depth + 1);
}

static enum module_result load_at(struct span name, unsigned depth)
{
	struct moddep d;
	struct softdep soft = { 0 };
	struct span dep;

	if (depth > SOFTDEP_DEPTH || is_loaded(name))
		return MODULE_LOADED;
	if (kopt_blacklisted(sysfile_cmdline(), name))
		return MODULE_UNUSED;
	if (!moddep_find(index_of.dep, name, &d))
		return moddep_builtin(index_of.builtin, name) ? MODULE_LOADED : MODULE_ABSENT;
	(void)softdep_find(index_of.softdep, name, &soft);
	load_soft(soft.pre, depth);
	while (moddep_last(&d.deps, &dep)) {
		struct span dep_name = moddep_name(dep);

		if (is_loaded(dep_name))
			continue;
		enum module_result r = insert(dep, dep_name);
		if (r != MODULE_LOADED)
			return r;
	}
	enum module_result r = insert(d.path, moddep_name(d.path));
	if (r == MODULE_LOADED)
		load_soft(soft.post, depth);
	return r;
}

enum module_result module_load(struct span name)
{
	module_open();
	return load_at(name, 0);
}

struct tally {
	bool loaded, failed;
};

static void load_match(void *ctx, struct span module)
{
	struct tally *t = ctx;

	switch (load_at(module, 0)) {
	case MODULE_LOADED:
		t->loaded = true;
		break;
	case MODULE_ABSENT:
	case MODULE_UNUSED:
		break;
	case MODULE_FAILED:
		log_line(LOG_WARNING, "%s", fail_reason());
		t->failed = true;
		break;
	}
}

void module_load_aliases(const struct modalias_set *set)
{
	struct tally t = { 0 };

	module_open();
	modalias_each(set, index_of.alias, load_match, &t);
}

enum module_result module_load_any(const char *name)
{
	/* One string is all it holds; on the stack it would be 25 KB. */
	static struct modalias_set one;
	struct tally t = { 0 };
	enum module_result r = module_load(span_of(name));

	if (r != MODULE_ABSENT)
		return r;
	one.count = 0;
	(void)modalias_add(&one, span_of(name));
	modalias_each(&one, index_of.alias, load_match, &t);
	if (t.loaded)
		return MODULE_LOADED;
	return t.failed ? MODULE_FAILED : MODULE_ABSENT;
}
