/* The commands of svc and their options. */
#ifndef RT_SVC_VERBS_H
#define RT_SVC_VERBS_H

#include "system-runtime/cli/cli.h"
#include "system-runtime/svc/svc.h"

struct verb {
	const char *name, *arguments, *help;
	const char *cmd;	 /* of the protocol; NULL: none is sent */
	unsigned options;	 /* bits of the table's rows */
	signed char least, most; /* arguments; most -1: any, and options end at the first one */
	show *show;
};
extern const struct verb verbs[];
extern const size_t n_verbs;
extern const struct option_spec svc_option_table[];
extern const size_t n_svc_options;

const struct verb *verb_find(const char *name);
void help_all(void);
void help_verb(const struct verb *v);
/* A script for the shell; -1 for one that is not known. */
int print_completion(const char *shell);

#endif
