/*
 * Where the target's programs start: applies their packed relative relocations (DT_RELR of the
 * generic ABI), which the start code of musl before 1.2.4 does not know, then goes on there.
 */
#include <elf.h>
#include <stdint.h>

enum { TAG_RELRSZ = 35, TAG_RELR = 36, TAG_NONE = 0x7fffffff };

#define HIDDEN __attribute__((visibility("hidden")))

extern HIDDEN const char __ehdr_start[];
extern HIDDEN Elf64_Dyn _DYNAMIC[];
HIDDEN void start_relocate(void);

#if defined(__x86_64__)
__asm__(".text\n.globl start\n.hidden start\n.type start,@function\n"
	"start:\n\tendbr64\n\txor %ebp,%ebp\n\tmov %rsp,%rbx\n\tand $-16,%rsp\n\tcall start_relocate\n"
	"\tmov %rbx,%rsp\n\tjmp _start\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl start\n.hidden start\n.type start,%function\n"
	"start:\n\tbti c\n\tmov x29,#0\n\tmov x30,#0\n\tbl start_relocate\n\tb _start\n");
#else
#error "no start code for this architecture"
#endif

/* Runs before the program has its addresses and its stack protector: it uses neither. */
__attribute__((no_stack_protector)) void start_relocate(void)
{
	const uintptr_t base = (uintptr_t)__ehdr_start;
	const uintptr_t *relr = 0;
	uintptr_t *where = 0;
	size_t n = 0;

	for (Elf64_Dyn *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == TAG_RELRSZ)
			n = d->d_un.d_val / sizeof(*relr);
		if (d->d_tag == TAG_RELR) {
			relr = (const uintptr_t *)(base + d->d_un.d_ptr);
			d->d_tag = TAG_NONE; /* a newer musl must not do it again */
		}
	}
	for (size_t i = 0; relr != 0 && i < n; i++) {
		if ((relr[i] & 1) == 0) { /* an address; bitmaps of the words behind it follow */
			where = (uintptr_t *)(base + relr[i]);
			*where++ += base;
			continue;
		}
		for (unsigned bit = 0; bit < 63; bit++) {
			if (relr[i] >> (bit + 1) & 1)
				where[bit] += base;
		}
		where += 63;
	}
}
