/*
 * A seccomp profile, compiled: what the kernel takes (seccomp(2)) and, for SCMP_ACT_NOTIFY, who
 * answers. The compiled form is a file, ROOT/.seccomp/DIGEST, linked into the state folder of every
 * container that uses it; DIGEST is SHA-256 over the profile, the version of libseccomp and the
 * machine's architecture.
 */
#ifndef RT_SECCOMP_FILTER_H
#define RT_SECCOMP_FILTER_H

#include "system-runtime/oci/spec.h"

#include <linux/filter.h>

struct filter {
	const struct sock_filter *insns;
	uint16_t n;				       /* 0: there is no profile */
	uint32_t flags;				       /* SECCOMP_FILTER_FLAG_* */
	const char *listener_path, *listener_metadata; /* NULL: none */
};

/* From the cache, or compiled and put there. state_dir: the container's state folder. */
CHECK int filter_prepare(struct mem *m, int state_dir, const struct seccomp_spec *s,
	struct filter *out, struct rt_error *e);
/* What filter_prepare left in the state folder; out->n is 0 when the container has no profile. */
CHECK int filter_open(int state_dir, struct mem *m, struct filter *out, struct rt_error *e);
/* A program with the same answers, when there is a shorter one (ranges.c). */
void filter_shorten(struct mem *m, struct filter *f);
/* libseccomp's work, shortened; the instructions are in m. */
CHECK int filter_compile(
	struct mem *m, const struct seccomp_spec *s, struct filter *out, struct rt_error *e);
/* Applies it to this process. *listener, when not NULL: the new listener. */
CHECK int filter_load(const struct filter *f, int *listener, struct rt_error *e);

/*
 * The same for a profile with a listener: sends the listener's descriptor and message (JSON,
 * containerProcessState of the runtime spec) to the connected socket before it returns.
 */
CHECK int filter_load_notify(
	const struct filter *f, int socket, const char *message, size_t len, struct rt_error *e);
/* The connected socket of f's listener, negative when it has none. */
CHECK int filter_connect(const struct filter *f, int *socket, struct rt_error *e);

#endif
