/* What a service says over its notify socket: sd_notify(3). */
#ifndef RT_SUPERVISE_NOTIFY_WORDS_H
#define RT_SUPERVISE_NOTIFY_WORDS_H

enum notify_word {
	NOTIFY_END,
	NOTIFY_READY,
	NOTIFY_STATUS,
	NOTIFY_STOPPING,
	NOTIFY_UNHEALTHY, /* WATCHDOG=trigger */
	NOTIFY_OTHER,	  /* MAINPID and descriptors among it: of no use here */
};

/* The next line of *text, which is cut at its end; *text is NULL after the last one. value: what
 * stands behind STATUS=. */
enum notify_word notify_next(char **text, const char **value);

#endif
