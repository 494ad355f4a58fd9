/*
 * The kernel's log, line by line, from /dev/kmsg (Documentation/ABI/testing/dev-kmsg): each read(2)
 * gives one record, "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,…];TEXT\n KEY=VALUE\n…", where
 * unprintable bytes are \xNN.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX = 8192, MICROSECONDS = 1000000 }; /* CONSOLE_EXT_LOG_MAX of the kernel */

/* Undoes \x5c, the backslash, alone: other bytes that the kernel took for unprintable stay so. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0';) {
		bool escaped = strncmp(from, "\\x5c", 4) == 0;
		*to++ = escaped ? '\\' : *from;
		from += escaped ? 4 : 1;
	}
	*to = '\0';
}

static void print_record(char *record)
{
	unsigned priority;
	uint64_t sequence, at;
	char *text = strchr(record, ';');

	if (text == NULL ||
		sscanf(record, "%u,%" SCNu64 ",%" SCNu64, &priority, &sequence, &at) != 3)
		return;
	text++;
	text[strcspn(text, "\n")] = '\0'; /* what follows are properties of the device */
	unescape(text);
	printf("(%" PRIu64 ") <%u> [%5" PRIu64 ".%06" PRIu64 "] %s\n", sequence, priority & 7,
		at / MICROSECONDS, at % MICROSECONDS, text);
	fflush(stdout);
}

static void end(int signal)
{
	(void)signal;
	_exit(EXIT_SUCCESS);
}

int main(void)
{
	static char record[RECORD_MAX + 1];
	int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC);

	/* The first process of a pid namespace gets no signal that it does not handle. */
	signal(SIGTERM, end);
	if (fd < 0) {
		perror("kmsg: /dev/kmsg");
		return EXIT_FAILURE;
	}
	for (;;) {
		ssize_t n = read(fd, record, RECORD_MAX);
		if (n > 0) {
			record[n] = '\0';
			print_record(record);
		} else if (n < 0 && errno == EPIPE) {
			/* The ring has gone on without us; the next read begins at its oldest
			 * record. */
			printf("kmsg: records were lost\n");
		} else if (n == 0 || errno != EINTR) {
			perror("kmsg: reading /dev/kmsg");
			return EXIT_FAILURE;
		}
	}
}
