#include "system-runtime/seccomp/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>

enum { ARGS_MAX = 6 };

static int add(scmp_filter_ctx ctx, const struct seccomp_rule *r, int number, const char *name,
	const struct scmp_arg_cmp *args, unsigned n, size_t i, struct rt_error *e)
{
	int c = seccomp_rule_add_array(ctx, r->ret, number, n, args);

	/* One that the listed architectures do not have, or the same rule again. */
	if (c == 0 || c == -EDOM || c == -EEXIST)
		return 0;
	return rt_fail(e, -c, "linux.seccomp.syscalls[%zu]: cannot add \"%s\"", i, name);
}

/*
 * Conditions on different arguments must all hold. Those on one argument are alternatives: that is
 * what files in the field mean by them, since libseccomp takes one condition for each argument.
 */
static int add_rule(scmp_filter_ctx ctx, const struct seccomp_rule *r, int number, const char *name,
	size_t i, struct rt_error *e)
{
	struct scmp_arg_cmp args[ARGS_MAX];
	unsigned seen = 0, n = 0;
	bool twice = false;

	for (size_t k = 0; k < r->args.n; k++) {
		twice |= (seen >> r->args.v[k].index) & 1;
		seen |= 1U << r->args.v[k].index;
	}
	for (size_t k = 0; k < r->args.n; k++) {
		const struct seccomp_arg *a = &r->args.v[k];
		args[n++] = (struct scmp_arg_cmp){ .arg = a->index,
			.op = (enum scmp_compare)a->compare,
			.datum_a = a->value,
			.datum_b = a->valueTwo };
		if (!twice)
			continue;
		if (add(ctx, r, number, name, args, 1, i, e) != 0)
			return -1;
		n = 0;
	}
	return twice ? 0 : add(ctx, r, number, name, args, n, i, e);
}

static int add_names(
	scmp_filter_ctx ctx, const struct seccomp_spec *s, size_t i, struct rt_error *e)
{
	const struct seccomp_rule *r = &s->syscalls.v[i];

	if (r->ret == s->default_ret)
		return 0;
	for (size_t k = 0; k < r->names.n; k++) {
		int number = seccomp_syscall_resolve_name(r->names.v[k]);
		if (number != __NR_SCMP_ERROR) {
			if (add_rule(ctx, r, number, r->names.v[k], i, e) != 0)
				return -1;
		} else if (r->ret != SECCOMP_RET_ALLOW && r->ret != SECCOMP_RET_LOG) {
			/* One that would be allowed stays under the default, which is stricter or
			 * the same; one that would be forbidden must not slip through. */
			return rt_fail(e, 0,
				"linux.seccomp.syscalls[%zu].names[%zu]: there is no system call \"%.64s\"",
				i, k, r->names.v[k]);
		}
	}
	return 0;
}

static int export(struct mem *m, scmp_filter_ctx ctx, struct filter *out, struct rt_error *e)
{
	size_t size = 0;
	int c = seccomp_export_bpf_mem(ctx, NULL, &size);

	if (c != 0)
		return rt_fail(e, -c, "linux.seccomp: cannot compile the profile");
	if (size == 0 || size > BPF_MAXINSNS * sizeof(struct sock_filter))
		return rt_fail(e, 0,
			"linux.seccomp: compiles to %zu instructions; the kernel takes %d",
			size / sizeof(struct sock_filter), BPF_MAXINSNS);
	void *insns = mem_alloc(m, size);
	if (insns == NULL)
		return rt_fail(e, 0, "linux.seccomp: no memory for the compiled profile");
	/* 2.6.0 copies as much as the buffer holds, not as it has: the exact size. */
	c = seccomp_export_bpf_mem(ctx, insns, &size);
	if (c != 0)
		return rt_fail(e, -c, "linux.seccomp: cannot compile the profile");
	out->insns = insns;
	out->n = (uint16_t)(size / sizeof(struct sock_filter));
	return 0;
}

static int fill(struct mem *m, scmp_filter_ctx ctx, const struct seccomp_spec *s,
	struct filter *out, struct rt_error *e)
{
	for (size_t i = 0; s->arch[i] != 0; i++) {
		int c = seccomp_arch_add(ctx, s->arch[i]);
		if (c != 0 && c != -EEXIST)
			return rt_fail(e, -c, "linux.seccomp.architectures: cannot add one");
	}
	/* Long profiles as a binary tree rather than a chain: fewer steps for each system call. */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0)
		return rt_fail(e, 0, "linux.seccomp: cannot set up the compiler");
	for (size_t i = 0; i < s->syscalls.n; i++) {
		if (add_names(ctx, s, i, e) != 0)
			return -1;
	}
	return export(m, ctx, out, e);
}

int filter_compile(
	struct mem *m, const struct seccomp_spec *s, struct filter *out, struct rt_error *e)
{
	*out = (struct filter){ .flags = s->filter_flags };
	if (s->notifies) {
		out->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
		out->listener_path = s->listenerPath;
		out->listener_metadata = s->listenerMetadata ? s->listenerMetadata : "";
	}
	scmp_filter_ctx ctx = seccomp_init(s->default_ret);
	if (ctx == NULL)
		return rt_fail(e, 0, "linux.seccomp.defaultAction: this kernel does not know %s",
			s->defaultAction);
	int r = fill(m, ctx, s, out, e);
	seccomp_release(ctx);
	if (r == 0)
		filter_shorten(m, out);
	return r;
}
