#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

extern char **environ;

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int copy_all(int to, int from)
{
	struct stat st;

	if (fstat(from, &st) != 0)
		return -1;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);
		if (n <= 0)
			return -1;
		left -= n;
	}
	return fcntl(to, F_ADD_SEALS, SEALS);
}

/* Asked by the name that the caller ran us by, which no container can change: a first look into
 * /proc/self costs as much as twenty other calls. */
static bool is_read_only(void)
{
	const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	struct statvfs fs;

	return name != NULL && statvfs(name, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

int run_sealed(char **argv, struct rt_error *e)
{
	if (is_read_only())
		return 0;
	AUTO_FD self = openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return rt_fail(e, errno, "cannot open /proc/self/exe");
	/* A sealed copy already: nobody can write to it. */
	int seals = fcntl(self, F_GET_SEALS);
	if (seals >= 0 && (seals & SEALS) == SEALS)
		return 0;
	AUTO_FD copy = memfd_create("system-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0 || copy_all(copy, self) != 0)
		return rt_fail(e, errno, "cannot make a sealed copy of the runtime");
	syscall(SYS_execveat, copy, "", argv, environ, 0x1000 /* AT_EMPTY_PATH */);
	return rt_fail(e, errno, "cannot run the sealed copy of the runtime");
}
