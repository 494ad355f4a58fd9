/*
 * PID 1 of tests/bench/kernels. Where a machine's clock counts instructions, the time stamp counter
 * is their number since the reset, firmware included: it prints that, then the memory; with LOG=1
 * (an option of the kernel's) the kernel's log; and powers off.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>
#include <x86intrin.h>

static void copy(int from)
{
	char buf[8192];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) != n)
			return;
}

int main(void)
{
	unsigned long long begin = __rdtsc();
	int log, memory;

	if (mkdir("/proc", 0755) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0 ||
		mknod("/kmsg", S_IFCHR | 0600, makedev(1, 11)) < 0 ||
		mknod("/tty", S_IFCHR | 0600, makedev(5, 1)) < 0)
		return 1;
	if (dup2(open("/tty", O_RDWR | O_NOCTTY), 1) < 0)
		return 2;
	printf("bench: pid1 %llu\n", begin);
	fflush(stdout);
	memory = open("/proc/meminfo", O_RDONLY);
	copy(memory);
	log = open("/kmsg", O_RDONLY | O_NONBLOCK);
	if (getenv("LOG"))
		copy(log);
	printf("bench: off %llu\n", __rdtsc());
	fflush(stdout);
	tcdrain(1); /* what the serial port has not sent is lost */
	reboot(RB_POWER_OFF);
	return 3;
}
