/* linux.seccomp (config-linux.md "Seccomp"): its keys, and its words as numbers of the kernel. */
#include "system-runtime/oci/features.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct field arg_fields[] = {
	FIELD_NEEDED(struct seccomp_arg, index, F_U32),
	FIELD_NEEDED(struct seccomp_arg, value, F_U64),
	FIELD(struct seccomp_arg, valueTwo, F_U64),
	FIELD_NEEDED(struct seccomp_arg, op, F_STR),
};
static const struct table arg_table = TABLE(struct seccomp_arg, arg_fields);

static const struct field rule_fields[] = {
	FIELD_NEEDED(struct seccomp_rule, names, F_STRV),
	FIELD_NEEDED(struct seccomp_rule, action, F_STR),
	FIELD(struct seccomp_rule, errnoRet, F_INT),
	FIELD_SUB(struct seccomp_rule, args, F_OBJV, arg_table),
};
static const struct table rule_table = TABLE(struct seccomp_rule, rule_fields);

static const struct field seccomp_fields[] = {
	FIELD_NEEDED(struct seccomp_spec, defaultAction, F_STR),
	FIELD(struct seccomp_spec, defaultErrnoRet, F_INT),
	FIELD(struct seccomp_spec, architectures, F_STRV),
	FIELD(struct seccomp_spec, flags, F_STRV),
	FIELD(struct seccomp_spec, listenerPath, F_STR),
	FIELD(struct seccomp_spec, listenerMetadata, F_STR),
	FIELD_SUB(struct seccomp_spec, syscalls, F_OBJV, rule_table),
};
const struct table seccomp_table = TABLE(struct seccomp_spec, seccomp_fields);

struct word {
	const char *name;
	uint32_t value;
};

/* The value of prefix + name, or -1. */
static int64_t find(const struct word *t, size_t n, const char *prefix, const char *name)
{
	size_t len = strlen(prefix);

	if (strncmp(name, prefix, len) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(name + len, t[i].name) == 0)
			return t[i].value;
	}
	return -1;
}

static const struct word actions[] = {
	{ "ALLOW", SECCOMP_RET_ALLOW },
	{ "ERRNO", SECCOMP_RET_ERRNO },
	{ "KILL", SECCOMP_RET_KILL_THREAD },
	{ "KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "TRAP", SECCOMP_RET_TRAP },
	{ "TRACE", SECCOMP_RET_TRACE },
	{ "LOG", SECCOMP_RET_LOG },
	{ "NOTIFY", SECCOMP_RET_USER_NOTIF },
};

static const struct word compares[] = {
	{ "NE", SCMP_CMP_NE },
	{ "LT", SCMP_CMP_LT },
	{ "LE", SCMP_CMP_LE },
	{ "EQ", SCMP_CMP_EQ },
	{ "GE", SCMP_CMP_GE },
	{ "GT", SCMP_CMP_GT },
	{ "MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

/* 0: this machine's kernel never runs such a program, so nothing has to be said about it. */
static const struct word arches[] = {
#if defined(__x86_64__)
	{ "X86_64", SCMP_ARCH_X86_64 },
	{ "X86", SCMP_ARCH_X86 },
	{ "X32", SCMP_ARCH_X32 },
	{ "ARM", 0 },
	{ "AARCH64", 0 },
#elif defined(__aarch64__)
	{ "AARCH64", SCMP_ARCH_AARCH64 },
	{ "ARM", SCMP_ARCH_ARM },
	{ "X86_64", 0 },
	{ "X86", 0 },
	{ "X32", 0 },
#else
#error "which architectures does this machine run?"
#endif
	{ "LOONGARCH64", 0 },
	{ "M68K", 0 },
	{ "MIPS", 0 },
	{ "MIPS64", 0 },
	{ "MIPS64N32", 0 },
	{ "MIPSEL", 0 },
	{ "MIPSEL64", 0 },
	{ "MIPSEL64N32", 0 },
	{ "PARISC", 0 },
	{ "PARISC64", 0 },
	{ "PPC", 0 },
	{ "PPC64", 0 },
	{ "PPC64LE", 0 },
	{ "RISCV64", 0 },
	{ "S390", 0 },
	{ "S390X", 0 },
	{ "SH", 0 },
	{ "SHEB", 0 },
};

enum { WAIT_KILLABLE = 1 << 5 }; /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */

/* TSYNC is for threads that run already; a container starts with one. */
static const struct word flags[] = {
	{ "TSYNC", 0 },
	{ "LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "WAIT_KILLABLE_RECV", WAIT_KILLABLE },
};

/* By what it refuses first of a filter at no address: EINVAL is the flag, EFAULT the filter
 * (seccomp(2)). */
static bool kernel_takes(uint32_t flag)
{
	uint32_t with = flag == WAIT_KILLABLE ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag | with, NULL) < 0 &&
	       errno == EFAULT;
}

void seccomp_features(struct json_out *o)
{
	FEATURES_WORDS(o, "actions", "SCMP_ACT_", actions);
	FEATURES_WORDS(o, "operators", "SCMP_CMP_", compares);
	FEATURES_WORDS(o, "archs", "SCMP_ARCH_", arches);
	FEATURES_WORDS(o, "knownFlags", "SECCOMP_FILTER_FLAG_", flags);
	jw_open(o, "supportedFlags", '[');
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		char name[64];
		snprintf(name, sizeof(name), "SECCOMP_FILTER_FLAG_%s", flags[i].name);
		if (kernel_takes(flags[i].value))
			jw_str(o, NULL, name);
	}
	jw_close(o, ']');
}

/* An action with its errno (without one: EPERM) or, for a tracer, its message. */
static int check_action(const char *name, struct opt_int ret, const char *where,
	const char *ret_key, uint32_t *out, struct rt_error *e)
{
	int64_t action = find(actions, ARRAY_LEN(actions), "SCMP_ACT_", name);

	if (action < 0)
		return rt_fail(e, 0, "%s: there is no action \"%s\"", where, name);
	bool errno_ = action == SECCOMP_RET_ERRNO, takes = errno_ || action == SECCOMP_RET_TRACE;
	if (ret.set && !takes)
		return rt_fail(e, 0, "%s: goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE only, not %s",
			ret_key, name);
	if (ret.set && (ret.v < 0 || ret.v > (errno_ ? 4095 : 65535)))
		return rt_fail(e, 0, "%s: is not between 0 and %d", ret_key, errno_ ? 4095 : 65535);
	*out = (uint32_t)action | (takes ? (uint32_t)(ret.set ? ret.v : EPERM) : 0);
	return 0;
}

static int check_rule(struct seccomp_spec *s, size_t i, struct rt_error *e)
{
	struct seccomp_rule *r = &s->syscalls.v[i];
	char where[64], key[64];

	snprintf(where, sizeof(where), "linux.seccomp.syscalls[%zu].action", i);
	snprintf(key, sizeof(key), "linux.seccomp.syscalls[%zu].errnoRet", i);
	if (check_action(r->action, r->errnoRet, where, key, &r->ret, e) != 0)
		return -1;
	s->notifies |= r->ret == SECCOMP_RET_USER_NOTIF;
	if (r->names.n == 0)
		return rt_fail(e, 0, "linux.seccomp.syscalls[%zu].names: is empty", i);
	for (size_t k = 0; k < r->args.n; k++) {
		struct seccomp_arg *a = &r->args.v[k];
		int64_t op = find(compares, ARRAY_LEN(compares), "SCMP_CMP_", a->op);
		if (op < 0)
			return rt_fail(e, 0,
				"linux.seccomp.syscalls[%zu].args[%zu].op: there is no operator \"%s\"",
				i, k, a->op);
		if (a->index > 5)
			return rt_fail(e, 0,
				"linux.seccomp.syscalls[%zu].args[%zu].index: is above 5, the last argument",
				i, k);
		a->compare = (int)op;
	}
	return 0;
}

static int check_words(struct seccomp_spec *s, struct rt_error *e)
{
	size_t n = 0;

	for (size_t i = 0; i < s->architectures.n; i++) {
		int64_t a = find(arches, ARRAY_LEN(arches), "SCMP_ARCH_", s->architectures.v[i]);
		bool known = a <= 0 || a == arches[0].value;
		if (a < 0)
			return rt_fail(e, 0,
				"linux.seccomp.architectures[%zu]: there is no architecture \"%s\"",
				i, s->architectures.v[i]);
		for (size_t k = 0; k < n; k++)
			known |= s->arch[k] == (uint32_t)a;
		if (!known)
			s->arch[n++] = (uint32_t)a;
	}
	for (size_t i = 0; i < s->flags.n; i++) {
		int64_t f = find(flags, ARRAY_LEN(flags), "SECCOMP_FILTER_FLAG_", s->flags.v[i]);
		if (f < 0)
			return rt_fail(e, 0, "linux.seccomp.flags[%zu]: there is no flag \"%s\"", i,
				s->flags.v[i]);
		s->filter_flags |= (uint32_t)f;
	}
	return 0;
}

int seccomp_check(struct seccomp_spec *s, struct rt_error *e)
{
	if (check_action(s->defaultAction, s->defaultErrnoRet, "linux.seccomp.defaultAction",
		    "linux.seccomp.defaultErrnoRet", &s->default_ret, e) != 0 ||
		check_words(s, e) != 0)
		return -1;
	s->notifies = s->default_ret == SECCOMP_RET_USER_NOTIF;
	for (size_t i = 0; i < s->syscalls.n; i++) {
		if (check_rule(s, i, e) != 0)
			return -1;
	}
	bool listens = s->listenerPath != NULL && s->listenerPath[0] != '\0';
	if (s->notifies && !listens)
		return rt_fail(e, 0,
			"linux.seccomp.listenerPath: is missing; SCMP_ACT_NOTIFY needs a socket");
	if (!listens && s->listenerMetadata != NULL && s->listenerMetadata[0] != '\0')
		return rt_fail(e, 0, "linux.seccomp.listenerMetadata: needs listenerPath");
	if (!s->notifies && (s->filter_flags & WAIT_KILLABLE))
		return rt_fail(e, 0,
			"linux.seccomp.flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with "
			"SCMP_ACT_NOTIFY");
	return 0;
}
