/* capabilities(7), Linux 6.12: the names, and the sets that a container gets (LINUXKIT.md). */
#include "mkimage/plan/plan_impl.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const known[] = {
	"CAP_AUDIT_CONTROL",
	"CAP_AUDIT_READ",
	"CAP_AUDIT_WRITE",
	"CAP_BLOCK_SUSPEND",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_KILL",
	"CAP_LEASE",
	"CAP_LINUX_IMMUTABLE",
	"CAP_MAC_ADMIN",
	"CAP_MAC_OVERRIDE",
	"CAP_MKNOD",
	"CAP_NET_ADMIN",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_RAW",
	"CAP_PERFMON",
	"CAP_SETFCAP",
	"CAP_SETGID",
	"CAP_SETPCAP",
	"CAP_SETUID",
	"CAP_SYSLOG",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_CHROOT",
	"CAP_SYS_MODULE",
	"CAP_SYS_NICE",
	"CAP_SYS_PACCT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_WAKE_ALARM",
};
_Static_assert(ARRAY_LEN(known) == 41, "Linux 6.12 has 41 capabilities");

static bool has(const struct strings *l, const char *name)
{
	vec_each (const char *, s, l) {
		if (strcmp(*s, name) == 0)
			return true;
	}
	return false;
}

static int unknown(struct planner *pl, const struct y_str *y)
{
	struct strings names = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		vec_push(pl->mem, &names, known[i]);
	vec_push(pl->mem, &names, "all");
	vec_push(pl->mem, &names, "none");
	const char *guess = arena_fmt(pl->mem, "CAP_%s", y->v);
	const char *word = strncasecmp(y->v, "CAP_", 4) == 0 ? y->v : guess;
	return fail_at(pl->d, y->at, near_hint(pl->mem, word, &names, "capabilities(7) lists them"),
		"\"%s\" is no capability", y->v);
}

static int listed(struct planner *pl, const struct y_list *y, struct strings *out)
{
	bool single = y->len == 1;
	for (size_t i = 0; i < y->len; i++) {
		const char *name = y->items[i].v;
		size_t k = 0;
		if (single && strcasecmp(name, "none") == 0)
			return 0;
		if (single && strcasecmp(name, "all") == 0) {
			for (k = 0; k < ARRAY_LEN(known); k++)
				vec_push(pl->mem, out, known[k]);
			return 0;
		}
		while (k < ARRAY_LEN(known) && strcmp(known[k], name) != 0)
			k++;
		if (k == ARRAY_LEN(known))
			return unknown(pl, &y->items[i]);
		if (!has(out, known[k]))
			vec_push(pl->mem, out, known[k]);
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int plan_capabilities(struct planner *pl, const struct image_options *o, struct service *s)
{
	struct strings all = { 0 };
	if (listed(pl, &o->capabilities, &s->effective) < 0 ||
		listed(pl, &o->ambient, &s->ambient) < 0)
		return -1;
	vec_each (const char *, c, &s->effective)
		vec_push(pl->mem, &all, *c);
	vec_each (const char *, c, &s->ambient) {
		if (!has(&all, *c))
			vec_push(pl->mem, &all, *c);
	}
	if (all.len)
		qsort(all.items, all.len, sizeof(*all.items), by_name);
	s->bounding = s->inheritable = s->permitted = all;
	return 0;
}
