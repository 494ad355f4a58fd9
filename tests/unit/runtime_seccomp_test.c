/* The shortened filter says what libseccomp's says, for every number and for arguments around those
 * compared with. */
#include "base/auto_fd.h"
#include "system-runtime/json/decode.h"
#include "system-runtime/seccomp/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

/* As the kernel runs one. */
static uint32_t run(const struct sock_filter *f, size_t n, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *i = &f[pc];
		bool yes = false;
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(i->k % 4 == 0 && i->k < sizeof(*d));
			memcpy(&a, (const char *)d + i->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			continue;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= i->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > i->k;
			break;
		default:
			fail_msg("instruction %zu: %#x", pc, (unsigned)i->code);
		}
		pc += yes ? i->jt : i->jf;
	}
	fail_msg("no answer");
	return 0;
}

static scmp_filter_ctx begin(uint32_t action, const uint32_t *arches, uint32_t optimize)
{
	scmp_filter_ctx ctx = seccomp_init(action);

	assert_non_null(ctx);
	for (; *arches != 0; arches++) {
		int r = seccomp_arch_add(ctx, *arches);
		assert_true(r == 0 || r == -EEXIST);
	}
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimize), 0);
	return ctx;
}

static const uint32_t words[] = { 0, 1, 2, 7, 8, 16, 17, 39, 40, 0x7e020000, 0x20000, 0x20008,
	0xffffffff, 0x80000000 };

static void compare(const struct filter *a, const struct filter *b)
{
	static const uint32_t arches[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64,
		AUDIT_ARCH_ARM, 0, 0xffffffff };
	uint32_t seed = 1;

	for (size_t k = 0; k < ARRAY_LEN(arches); k++) {
		for (uint32_t i = 0; i < 2400; i++) {
			struct seccomp_data d = { .arch = arches[k] };
			uint32_t nr = i < 600	 ? i
				      : i < 1200 ? 0x40000000 + i - 600
				      : i < 1800 ? 0x3ffffff0 + i - 1200
						 : (uint32_t)-1000 + i - 1800;
			if (i >= 2300)
				nr = seed * 2654435761U;
			memcpy(&d.nr, &nr, sizeof(nr));
			for (int t = 0; t < 40; t++) {
				for (int x = 0; x < 6; x++) {
					uint64_t v[2];
					for (int w = 0; w < 2; w++) {
						seed = seed * 1103515245 + 12345;
						v[w] = words[(seed >> 16) % ARRAY_LEN(words)];
					}
					d.args[x] = t % 2 ? v[0] : v[0] << 32 | v[1];
				}
				assert_int_equal(run(a->insns, a->n, &d), run(b->insns, b->n, &d));
			}
		}
	}
}

/* The number of instructions after, in percent of those before. */
static unsigned check(scmp_filter_ctx ctx)
{
	static struct sock_filter insns[BPF_MAXINSNS];
	struct filter old = { .insns = insns }, new;
	struct mem m;
	size_t size = sizeof(insns);

	/* The same as compile.c, but for the shortening. */
	assert_int_equal(seccomp_export_bpf_mem(ctx, NULL, &size), 0);
	assert_true(size <= sizeof(insns));
	assert_int_equal(seccomp_export_bpf_mem(ctx, insns, &size), 0);
	old.n = (uint16_t)(size / sizeof(*insns));
	seccomp_release(ctx);
	assert_int_equal(mem_open(&m, 1 << 20), 0);
	new = old;
	filter_shorten(&m, &new);
	assert_true(new.n <= old.n);
	compare(&old, &new);
	unsigned percent = new.n * 100U / old.n;
	mem_close(&m);
	return percent;
}

static void add(
	scmp_filter_ctx ctx, uint32_t action, int nr, unsigned n, const struct scmp_arg_cmp *a)
{
	int r = seccomp_rule_add_array(ctx, action, nr, n, a);

	/* -EFAULT: a number without a name, which other architectures cannot have. */
	if (r != 0 && r != -EDOM && r != -EEXIST && r != -EFAULT)
		fail_msg("%d: %d", nr, r);
}

#define ARGUMENT(n, o, v)                       \
	{                                       \
		.arg = n, .op = o, .datum_a = v \
	}

/* As default profiles are: most numbers, some of them with conditions. */
static void add_most(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp persona[] = { ARGUMENT(0, SCMP_CMP_EQ, 0x20008),
		ARGUMENT(0, SCMP_CMP_EQ, 8) },
				  flags[] = { ARGUMENT(0, SCMP_CMP_MASKED_EQ, 0x7e020000) },
				  family[] = { ARGUMENT(0, SCMP_CMP_NE, 40) },
				  two[] = { ARGUMENT(1, SCMP_CMP_GT, 17),
					  ARGUMENT(2, SCMP_CMP_LE, 0x7e02000000000001) };

	for (int nr = 0; nr < 460; nr++) {
		if (nr % 23 == 0 || nr == SCMP_SYS(personality) || nr == SCMP_SYS(clone) ||
			nr == SCMP_SYS(socket) || nr == SCMP_SYS(lseek) || nr == SCMP_SYS(clone3))
			continue;
		add(ctx, SCMP_ACT_ALLOW, nr, 0, NULL);
	}
	add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, persona);
	add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, persona + 1);
	add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, flags);
	add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, family);
	add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(lseek), 2, two);
	add(ctx, SCMP_ACT_ERRNO(38), SCMP_SYS(clone3), 0, NULL);
}

static void test_default_profiles(void **state)
{
	static const uint32_t one[] = { 0 },
#ifdef __x86_64__
			      more[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32, 0 };
#else
			      more[] = { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, 0 };
#endif

	(void)state;
	for (uint32_t optimize = 1; optimize <= 2; optimize++) {
		const uint32_t *const sets[] = { one, more };
		for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
			scmp_filter_ctx ctx = begin(SCMP_ACT_ERRNO(1), sets[i], optimize);
			add_most(ctx);
			assert_in_range(check(ctx), 1, 60);
		}
	}
}

static void test_small_and_odd_ones(void **state)
{
	static const uint32_t one[] = { 0 };
	const struct scmp_arg_cmp zero = ARGUMENT(0, SCMP_CMP_EQ, 0);
	scmp_filter_ctx ctx = begin(SCMP_ACT_ALLOW, one, 2);

	(void)state;
	add(ctx, SCMP_ACT_ERRNO(1), SCMP_SYS(mkdir), 0, NULL);
	(void)check(ctx);
	/* Every other number: nothing to gain. */
	ctx = begin(SCMP_ACT_ALLOW, one, 2);
	for (int nr = 0; nr < 440; nr += 2)
		add(ctx, SCMP_ACT_ERRNO((unsigned)nr), nr, 0, NULL);
	(void)check(ctx);
	/* All with conditions: trees beyond 255 instructions. */
	ctx = begin(SCMP_ACT_KILL_PROCESS, one, 2);
	for (int nr = 0; nr < 440; nr++)
		add(ctx, nr % 2 ? SCMP_ACT_ALLOW : SCMP_ACT_NOTIFY, nr, 1, &zero);
	(void)check(ctx);
	ctx = begin(SCMP_ACT_KILL_PROCESS, one, 1);
	for (int nr = 0; nr < 440; nr += 3)
		add(ctx, SCMP_ACT_ALLOW, nr, nr % 2 ? 1 : 0, nr % 2 ? &zero : NULL);
	(void)check(ctx);
}

/* Refuses mkdir as often as asked, then the last one. */
static const char *profile(struct mem *m, int often, const char *last)
{
	size_t size = 200 + (size_t)often * 8;
	char *text = mem_alloc(m, size);

	assert_non_null(text);
	size_t n = (size_t)snprintf(text, size,
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": "
		"\"SCMP_ACT_ERRNO\", \"names\": [");
	for (int i = 0; i < often; i++)
		n += (size_t)snprintf(text + n, size - n, "\"mkdir\",");
	snprintf(text + n, size - n, "\"%s\"]}]}", last);
	return text;
}

static bool refuses(const struct filter *f, int nr)
{
	struct seccomp_data d = { .nr = nr };

#ifdef __x86_64__
	d.arch = AUDIT_ARCH_X86_64;
#else
	d.arch = AUDIT_ARCH_AARCH64;
#endif
	return run(f->insns, f->n, &d) != SECCOMP_RET_ALLOW;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

/* One process, many containers: each gets its own profile, be it that of the one before or not. */
static void test_each_gets_its_own(void **state)
{
	static const struct {
		int often;
		const char *last;
		int nr;
	} asked[] = { { 1, "mkdirat", SCMP_SYS(mkdirat) }, { 1, "mkdirat", SCMP_SYS(mkdirat) },
		{ 2, "mkdirat", SCMP_SYS(mkdirat) }, { 1, "chdir", SCMP_SYS(chdir) },
		{ 3000, "chdir", SCMP_SYS(chdir) }, { 3000, "fchdir", SCMP_SYS(fchdir) },
		{ 1, "fchdir", SCMP_SYS(fchdir) }, { 2, "mkdirat", SCMP_SYS(mkdirat) },
		{ 3000, "fchdir", SCMP_SYS(fchdir) } };
	static const int all[] = { SCMP_SYS(mkdirat), SCMP_SYS(chdir), SCMP_SYS(fchdir) };
	char folder[] = "/tmp/seccomp-XXXXXX", name[sizeof(folder) + 16];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		AUTO_MEM m = { 0 };
		struct seccomp_spec s = { 0 };
		struct rt_error e;
		struct filter f;
		assert_int_equal(mem_open(&m, 1 << 22), 0);
		const char *text = profile(&m, asked[i].often, asked[i].last);
		assert_int_equal(
			json_decode(&m, "profile", text, strlen(text), &seccomp_table, &s, &e), 0);
		assert_int_equal(seccomp_check(&s, &e), 0);
		snprintf(name, sizeof(name), "%s/%zu", folder, i);
		assert_int_equal(mkdir(name, 0700), 0);
		AUTO_FD dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_int_equal(filter_prepare(&m, dir, &s, &f, &e), 0);
		for (size_t k = 0; k < ARRAY_LEN(all); k++)
			assert_int_equal(refuses(&f, all[k]), all[k] == asked[i].nr);
	}
	assert_int_equal(nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_default_profiles),
		cmocka_unit_test(test_small_and_odd_ones),
		cmocka_unit_test(test_each_gets_its_own) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
