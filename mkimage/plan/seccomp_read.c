/* A profile's JSON -> struct seccomp, its conditions decided. */
#include "mkimage/plan/seccomp.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

static const char *const actions[] = { "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
	"SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_TRACE",
	"SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", NULL };
static const char *const operators[] = { "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
	"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL };

enum { RULES_MAX = 4096, NAMES_MAX = 4096, ARG_LAST = 5 };

struct reading {
	struct arena *mem;
	const struct seccomp_for *f;
	struct seccomp *out;
	struct diags *d;
};

static int word(struct reading *r, struct json in, const char *key, const char *const *words,
	const char *called, const char **out)
{
	if (json_need_str(in, key, out, r->d) < 0)
		return -1;
	for (; *words; words++) {
		if (strcmp(*words, *out) == 0)
			return 0;
	}
	return json_fail(in, key, r->d, "is no %s: \"%.64s\"", called, *out);
}

static int errno_ret(struct reading *r, struct json in, const char *key, const char *action,
	bool *has, uint32_t *out)
{
	uint64_t v = 0;
	if (yyjson_obj_get(in.val, key) == NULL || yyjson_is_null(yyjson_obj_get(in.val, key)))
		return 0;
	if (json_u64(in, key, &v, r->d) < 0)
		return -1;
	if (strcmp(action, "SCMP_ACT_ERRNO") != 0 && strcmp(action, "SCMP_ACT_TRACE") != 0)
		return json_fail(in, key, r->d, "goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE only");
	if (v > 4095)
		return json_fail(in, key, r->d, "is above 4095");
	*has = true;
	*out = (uint32_t)v;
	return 0;
}

static int args(struct reading *r, struct json in, struct seccomp_rule *rule)
{
	struct json list, item;
	if (json_array(in, "args", &list, r->d) < 0)
		return -1;
	rule->args = arena_array(
		r->mem, list.val ? yyjson_arr_size(list.val) : 0, sizeof(*rule->args));
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		struct seccomp_arg *a = &rule->args[rule->args_len++];
		uint64_t index;
		*a = (struct seccomp_arg){ 0 };
		if (json_need_u64(item, "index", &index, r->d) < 0 ||
			json_need_u64(item, "value", &a->value, r->d) < 0 ||
			json_u64(item, "valueTwo", &a->value_two, r->d) < 0 ||
			word(r, item, "op", operators, "operator", &a->op) < 0)
			return -1;
		if (index > ARG_LAST)
			return json_fail(item, "index", r->d, "is above 5, the last argument");
		a->index = (uint32_t)index;
	}
	return 0;
}

/* "names", or in old files one "name". */
static int names(struct reading *r, struct json in, struct strings *out)
{
	const char *one = NULL;
	if (json_strings(in, "names", out, r->d) < 0 || json_str(in, "name", &one, r->d) < 0)
		return -1;
	if (one)
		vec_push(r->mem, out, one);
	if (!out->len)
		return json_fail(in, "names", r->d, "names no system call");
	if (out->len > NAMES_MAX)
		return json_fail(in, "names", r->d, "has more than %d system calls", NAMES_MAX);
	return 0;
}

static bool has(const struct strings *l, const char *s)
{
	vec_each (const char *, have, l) {
		if (strcmp(*have, s) == 0)
			return true;
	}
	return false;
}

/* Docker's words for the architectures whose rules matter to ours. */
static bool is_arch(const struct reading *r, const char *word)
{
	bool amd64 = strcmp(r->f->arch, "amd64") == 0;
	return strcmp(word, r->f->arch) == 0 ||
	       (amd64 && (strcmp(word, "x86") == 0 || strcmp(word, "x32") == 0)) ||
	       (!amd64 && strcmp(word, "arm") == 0);
}

static int new_enough(struct reading *r, struct json in, bool *out)
{
	const char *text = NULL;
	unsigned major, minor;
	if (json_str(in, "minKernel", &text, r->d) < 0)
		return -1;
	*out = true;
	if (!text)
		return 0;
	if (sscanf(text, "%5u.%5u", &major, &minor) != 2)
		return json_fail(in, "minKernel", r->d, "is no version of a kernel, as in 4.8");
	*out = r->f->kernel[0] > major || (r->f->kernel[0] == major && r->f->kernel[1] >= minor);
	return 0;
}

/* "includes": all the capabilities, any of the architectures, the kernel. "excludes": any of them.
 */
static int holds(struct reading *r, struct json rule, bool *out)
{
	struct json in, ex;
	struct strings caps = { 0 }, arches = { 0 }, no_caps = { 0 }, no_arches = { 0 };
	bool arch = false;
	if (json_object(rule, "includes", &in, r->d) < 0 ||
		json_object(rule, "excludes", &ex, r->d) < 0)
		return -1;
	*out = true;
	if (in.val && (json_strings(in, "caps", &caps, r->d) < 0 ||
			      json_strings(in, "arches", &arches, r->d) < 0 ||
			      new_enough(r, in, out) < 0))
		return -1;
	if (ex.val && (json_strings(ex, "caps", &no_caps, r->d) < 0 ||
			      json_strings(ex, "arches", &no_arches, r->d) < 0))
		return -1;
	vec_each (const char *, c, &caps)
		*out &= has(r->f->capabilities, *c);
	vec_each (const char *, a, &arches)
		arch |= is_arch(r, *a);
	*out &= arch || !arches.len;
	vec_each (const char *, c, &no_caps)
		*out &= !has(r->f->capabilities, *c);
	vec_each (const char *, a, &no_arches)
		*out &= !is_arch(r, *a);
	return 0;
}

static int rules(struct reading *r, struct json root)
{
	struct json list, item;
	if (json_array(root, "syscalls", &list, r->d) < 0)
		return -1;
	if (list.val && yyjson_arr_size(list.val) > RULES_MAX)
		return json_fail(root, "syscalls", r->d, "has more than %d rules", RULES_MAX);
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		struct seccomp_rule rule = { 0 };
		bool wanted;
		if (json_as_object(item, r->d) < 0 || names(r, item, &rule.names) < 0 ||
			word(r, item, "action", actions, "action", &rule.action) < 0 ||
			errno_ret(r, item, "errnoRet", rule.action, &rule.has_errno,
				&rule.errno_ret) < 0 ||
			args(r, item, &rule) < 0 || holds(r, item, &wanted) < 0)
			return -1;
		if (wanted)
			vec_push(r->mem, &r->out->rules, rule);
	}
	return 0;
}

/* OCI lists architectures; Docker maps each to the ones that run on it. */
static int architectures(struct reading *r, struct json root)
{
	struct json map, item;
	struct strings ours = { 0 };
	if (json_strings(root, "architectures", &r->out->architectures, r->d) < 0 ||
		json_array(root, "archMap", &map, r->d) < 0)
		return -1;
	vec_each (const char *, a, &r->out->architectures) {
		if (strncmp(*a, "SCMP_ARCH_", 10) != 0)
			return json_fail(
				root, "architectures", r->d, "is no architecture: \"%.64s\"", *a);
	}
	if (map.val && r->out->architectures.len)
		return json_fail(
			root, "archMap", r->d, "stands beside \"architectures\": keep one");
	seccomp_architectures(r->mem, r->f->arch, &ours);
	for (struct json_each e = json_each(map); json_next(&e, NULL, &item);) {
		const char *arch;
		struct strings more = { 0 };
		if (json_need_str(item, "architecture", &arch, r->d) < 0 ||
			json_strings(item, "subArchitectures", &more, r->d) < 0)
			return -1;
		if (!ours.len || strcmp(arch, ours.items[0]) != 0)
			continue;
		vec_push(r->mem, &r->out->architectures, arch);
		vec_each (const char *, s, &more)
			vec_push(r->mem, &r->out->architectures, *s);
	}
	return 0;
}

int seccomp_read(struct arena *a, const char *what, const char *text, size_t len,
	const struct seccomp_for *f, struct seccomp *out, struct diags *d)
{
	struct reading r = { .mem = a, .f = f, .out = out, .d = d };
	struct json root;
	*out = (struct seccomp){ 0 };
	if (json_parse(a, what, text, len, &root, d) < 0 || json_as_object(root, d) < 0 ||
		word(&r, root, "defaultAction", actions, "action", &out->default_action) < 0 ||
		errno_ret(&r, root, "defaultErrnoRet", out->default_action, &out->has_default_errno,
			&out->default_errno) < 0 ||
		architectures(&r, root) < 0 || json_strings(root, "flags", &out->flags, d) < 0 ||
		json_str(root, "listenerPath", &out->listener_path, d) < 0 ||
		json_str(root, "listenerMetadata", &out->listener_metadata, d) < 0)
		return -1;
	return rules(&r, root);
}
