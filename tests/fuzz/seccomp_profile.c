/* Seccomp profiles in OCI's and Docker's form, as a config names them. */
#include "tests/fuzz/fuzz.h"

#include "mkimage/plan/seccomp.h"

feeder feed_seccomp_profile;

int feed_seccomp_profile(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct strings caps = { 0 };
	struct seccomp_for f = { .arch = "arm64", .capabilities = &caps, .kernel = { 6, 12 } };
	struct seccomp out;
	struct diags d;
	diags_init(&d, a);
	(void)!seccomp_read(a, "a profile", (const char *)data, len, &f, &out, &d);
	return 0;
}
