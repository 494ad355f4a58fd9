/* The time line of a boot. */
#ifndef RT_SVC_TIMELINE_H
#define RT_SVC_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STEPS_MAX = 2048, STEP_NAME = 64 };

enum step_kind { STEP_KERNEL, STEP_INIT, STEP_ONBOOT, STEP_SERVICE };

struct step {
	char name[STEP_NAME];
	enum step_kind kind;
	bool failed, open;	  /* open: it runs still */
	int64_t begin_ms, end_ms; /* open: until it was up */
};

struct timeline {
	struct step steps[STEPS_MAX];
	size_t n;
	int64_t end_ms; /* of the boot: when the last one was started or ended */
};

#endif
