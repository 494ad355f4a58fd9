"""How the first process of a container, which gets no signal that it has no handler for, is told to stop."""

import subprocess

from test_supervise import machine  # noqa: F401


def compile(machine, name, program):  # noqa: F811
    subprocess.run(["musl-gcc", "-static", "-x", "c", "-", "-o", f"{machine.rootfs}/bin/{name}"], input=program, text=True, check=True)


WAITER = r"""
#include <signal.h>
#include <unistd.h>
int main(void)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, 0);
	write(1, "waits\n", 6);
	for (;;)
		if (sigwaitinfo(&all, 0) == SIGTERM)
			return 7;
}
"""


def test_init_that_waits_for_signals(machine):  # noqa: F811
    """tini and its like: within sigtimedwait(2) the kernel shows as not blocked what the call waits for."""
    compile(machine, "waiter", WAITER)
    machine.bundle("services", "waiter", "exec waiter")
    machine.boot()
    machine.wait_log("waiter", "waits")
    assert machine.svc("kill", "-s", "HUP", "waiter").returncode == 0
    assert machine.svc("stop", "waiter").returncode == 0
    machine.wait("waiter: stopped, status 7")


BLINKER = r"""
#include <signal.h>
#include <time.h>
int main(void)
{
	sigset_t all;
	sigfillset(&all);
	for (;;) {
		sigprocmask(SIG_SETMASK, &all, 0);
		nanosleep(&(struct timespec){ 0, 1000000 }, 0);
		sigprocmask(SIG_UNBLOCK, &all, 0);
		nanosleep(&(struct timespec){ 0, 9000000 }, 0);
	}
}
"""


def test_init_that_blocks_signals_for_moments(machine):  # noqa: F811
    """One that starts processes without end: signals that are blocked while it does do not reach it, and it is not waited for."""
    compile(machine, "blinker", BLINKER)
    for i in range(8):
        machine.bundle("services", f"blinker{i}", "exec blinker", stop_grace="600")
    machine.boot()
    machine.wait("8 services started")
    for i in range(8):
        assert machine.svc("stop", f"blinker{i}").returncode == 0
        machine.wait(f"blinker{i}: has no handler for its stop signal: killed")
        machine.wait(f"blinker{i}: stopped, signal 9")


READER = r"""
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
int main(void)
{
	struct signalfd_siginfo got;
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, 0);
	int fd = signalfd(-1, &all, 0);
	write(1, "reads\n", 6);
	do
		read(fd, &got, sizeof(got));
	while (got.ssi_signo != SIGTERM);
	return 7;
}
"""


def test_init_that_reads_signals(machine):  # noqa: F811
    """With signalfd(2)."""
    compile(machine, "reader", READER)
    machine.bundle("services", "reader", "exec reader")
    machine.boot()
    machine.wait_log("reader", "reads")
    assert machine.svc("stop", "reader").returncode == 0
    machine.wait("reader: stopped, status 7")
