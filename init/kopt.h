/*
 * The kernel command line (kernel doc admin-guide/kernel-parameters): words between blanks, double
 * quotes keep blanks together, `--` ends what is for the kernel. Whoever boots the machine writes
 * it.
 */
#ifndef INIT_KOPT_H
#define INIT_KOPT_H

#include "init/span.h"

/* COMMAND_LINE_SIZE is 2048 on x86 and arm64; twice that leaves room. */
enum { KOPT_MAX = 4096 };

/* One word: the name, and the value without its quotes (value.at NULL: no `=`). */
struct kopt {
	struct span name, value;
};

/* Takes the next word off *rest. False at the end. */
bool kopt_next(struct span *rest, struct kopt *out);
/* The last word of this name wins. False when there is none. */
bool kopt_find(struct span cmdline, const char *name, struct kopt *out);
/* Present without a value, or with a value that does not say no (0, n, no, off). */
bool kopt_flag(struct span cmdline, const char *name);
/* Every "module.parameter=value" meant for the module ('-' and '_' are the same), as a string for
 * finit_module(2). The length; parameters that do not fit are left out whole. */
size_t kopt_module_params(struct span cmdline, struct span module, char *out, size_t size);
/* Whether modprobe.blacklist= or module_blacklist= names the module. */
bool kopt_blacklisted(struct span cmdline, struct span module);

#endif
