#include "init/stage.h"

#include "init/fmt.h"
#include "init/log.h"
#include "init/rescue.h"
#include "init/wait.h"

#include <fcntl.h>

enum { RETRIES = 3 };

void stage_record(const char *name)
{
	/* Kept until /run is there; init's own beginning comes before that. */
	static char early[256];
	static size_t early_len;
	int fd = open("/run/slipway/boot-times", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	log_line(LOG_TRACE, "reached: %s", name);
	early_len += fmt_text(early + early_len, sizeof(early) - early_len, "%s %llu\n", name,
		(unsigned long long)now_ns());
	if (fd < 0)
		return;
	(void)!write(fd, early, early_len); /* a time line that is incomplete harms nobody */
	early_len = 0;
	close(fd);
}

static int run_one(const struct stage *s, const struct bootconf *c)
{
	struct wake w;

	for (unsigned tries = 1;; tries++) {
		if (s->run(c) == 0)
			return 0;
		if (s->policy != STAGE_RETRY || tries == RETRIES)
			return -1;
		log_line(LOG_WARNING, "%s: %s; trying again", s->name, fail_reason());
		wait_for(now_ns() + seconds(1), &w);
	}
}

void stages_run(const struct stage *stages, size_t count, const struct bootconf *c)
{
	for (const struct stage *s = stages; s < stages + count; s++) {
		if (run_one(s, c) < 0) {
			if (s->policy != STAGE_CONTINUE)
				stage_rescue(s->name, s->hint, c);
			log_line(LOG_WARNING, "%s: %s; going on without", s->name, fail_reason());
		}
		stage_record(s->name);
	}
}

void stage_rescue(const char *name, const char *hint, const struct bootconf *c)
{
	log_line(LOG_ERROR, "the boot has failed in step \"%s\": %s", name, fail_reason());
	log_line(LOG_ERROR, "what to try: %s", hint);
	rescue(c);
}
