/*
 * Seccomp profiles (runtime-spec 1.2 config-linux.md "Seccomp"): Slipway's own, and files in OCI's
 * or Docker's form. Docker's adds conditions (capabilities, architectures, the kernel's version);
 * they are decided here, so that a config.json holds what holds for its container.
 */
#ifndef PLAN_SECCOMP_H
#define PLAN_SECCOMP_H

#include "base/arena.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

struct seccomp_arg {
	uint32_t index;
	uint64_t value, value_two;
	const char *op; /* SCMP_CMP_… */
};

struct seccomp_rule {
	struct strings names;
	const char *action; /* SCMP_ACT_… */
	bool has_errno;
	uint32_t errno_ret;
	struct seccomp_arg *args;
	size_t args_len;
};

struct seccomp_rules {
	struct seccomp_rule *items;
	size_t len, cap;
};

struct seccomp {
	const char *default_action;
	bool has_default_errno;
	uint32_t default_errno;
	struct strings architectures, flags;
	const char *listener_path, *listener_metadata; /* or NULL */
	struct seccomp_rules rules;
};

/* What conditions are decided by. */
struct seccomp_for {
	const char *arch; /* amd64 | arm64 */
	const struct strings *capabilities;
	unsigned kernel[2]; /* the oldest that the image may run on: 6, 12 */
};

/* "SCMP_ARCH_X86_64" and its 32-bit forms. */
void seccomp_architectures(struct arena *a, const char *arch, struct strings *out);

/* The container's default: everything a usual program needs, and nothing that a capability which it
 * does not have would be for. */
void seccomp_default(struct arena *a, const struct seccomp_for *f, struct seccomp *out);

/* A file in OCI's or Docker's form. what names it in messages. */
CHECK int seccomp_read(struct arena *a, const char *what, const char *text, size_t len,
	const struct seccomp_for *f, struct seccomp *out, struct diags *d);

#endif
