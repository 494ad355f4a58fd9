#include "init/wait.h"

#include "init/hotplug.h"
#include "init/line.h"
#include "init/log.h"
#include "init/power_button.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Descriptors to wait for beside the power buttons. */
enum { OTHERS = 3 };

static struct {
	int signals;
	pid_t watched;
} self = { .signals = -1 };

/* What busybox's and other tools' commands send to PID 1. */
static const struct {
	int signal;
	enum request request;
} requests[] = {
	{ SIGTERM, REQUEST_REBOOT },
	{ SIGINT, REQUEST_REBOOT }, /* the kernel sends it for Ctrl-Alt-Del */
	{ SIGUSR1, REQUEST_HALT },
	{ SIGUSR2, REQUEST_POWEROFF },
	{ SIGPWR, REQUEST_POWEROFF },
};

uint64_t now_ns(void)
{
	struct timespec t = { 0 };

	/* musl would look for the vDSO: a kilobyte for a call that is rare here. */
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int wait_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++)
		sigaddset(&set, requests[i].signal);
	sigprocmask(SIG_SETMASK, &set, NULL);
	/* Terminals that go away must not end PID 1's writes; the kernel ignores both for PID 1
	 * unless a handler is set, children get them back in wait_release. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	(void)reboot(RB_DISABLE_CAD); /* Ctrl-Alt-Del becomes SIGINT */
	if (self.signals < 0)
		self.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self.signals < 0)
		return fail_errno(errno, "making a signalfd");
	return 0;
}

void wait_release(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void wait_watch(pid_t pid)
{
	self.watched = pid;
}

void wait_reap(struct wake *w)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0) {
			w->no_children = pid < 0 && errno == ECHILD;
			return;
		}
		if (pid == self.watched) {
			self.watched = 0;
			w->watched_ended = true;
			w->status = status;
		} else if (!hotplug_reaped(pid)) {
			line_say_ended(pid, status);
		}
	}
}

static void take_signals(struct wake *w)
{
	struct signalfd_siginfo info;

	while (read(self.signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		for (size_t i = 0; i < ARRAY_LEN(requests); i++)
			if ((int)info.ssi_signo == requests[i].signal)
				w->request = requests[i].request;
}

void wait_for(uint64_t deadline, struct wake *w)
{
	struct pollfd p[OTHERS + POWER_BUTTONS_MAX] = {
		{ .fd = self.signals, .events = POLLIN },
		{ .fd = hotplug_fd(), .events = POLLIN }, /* poll(2) skips negative ones */
		{ .fd = line_fd(), .events = POLLIN },
	};
	unsigned buttons = power_button_fds(p + OTHERS);
	struct timespec limit = { 0 };
	uint64_t now = now_ns();

	*w = (struct wake){ 0 };
	hotplug_run();
	if (deadline > now) {
		limit.tv_sec = (time_t)((deadline - now) / 1000000000u);
		limit.tv_nsec = (long)((deadline - now) % 1000000000u);
	}
	if (ppoll(p, OTHERS + buttons, deadline == UINT64_MAX ? NULL : &limit, NULL) <= 0)
		return;
	if (p[0].revents)
		take_signals(w);
	if (p[1].revents) {
		unsigned kinds = hotplug_receive();

		w->block_device = kinds & HOTPLUG_BLOCK;
		if (kinds & HOTPLUG_INPUT)
			power_button_scan();
	}
	if (p[2].revents)
		w->line = line_receive();
	if (power_button_pressed(p + OTHERS, buttons))
		w->request = REQUEST_POWEROFF;
	wait_reap(w);
	hotplug_run();
}
