/* A minimal EFI stub of our own, so that the tests need no package and can damage it. */
#ifndef TESTS_UNIT_DISK_TEST_H
#define TESTS_UNIT_DISK_TEST_H

#include "tests/unit/fs_test.h"

#include "base/endian.h"
#include "mkimage/disk/disk.h"

enum { STUB_LEN = 0x600, STUB_PE = 0x40, STUB_TABLE = STUB_PE + 24 + 240 };

static inline uint8_t *make_stub(struct arena *a, uint16_t machine)
{
	uint8_t *b = arena_alloc(a, STUB_LEN);
	memcpy(b, "MZ", 2);
	put_le32(b + 0x3c, STUB_PE);
	uint8_t *p = b + STUB_PE, *opt = p + 24, *s = b + STUB_TABLE;
	memcpy(p, "PE\0\0", 4);
	put_le16(p + 4, machine);
	put_le16(p + 6, 1);	     /* sections */
	put_le32(p + 8, 0x12345678); /* time */
	put_le16(p + 20, 240);
	put_le16(opt, 0x20b);
	put_le32(opt + 32, 0x1000);
	put_le32(opt + 36, 0x200);
	put_le32(opt + 56, 0x2000);
	put_le32(opt + 60, 0x400);
	put_le32(opt + 64, 0xdeadbeef); /* checksum */
	put_le32(opt + 108, 16);
	memcpy(s, ".text", 5);
	put_le32(s + 8, 0x123);
	put_le32(s + 12, 0x1000);
	put_le32(s + 16, 0x200);
	put_le32(s + 20, 0x400);
	memset(b + 0x400, 0xcc, 0x200);
	return b;
}

static inline const char *write_bytes(
	struct image *m, const char *name, const void *bytes, size_t len)
{
	const char *path = image_path(m, name);
	AUTO_OUT to = NULL;
	OK(out_create(path, 0644, &to, &m->d));
	OK(out_write(to, bytes, len, &m->d));
	OK(out_commit(&to, &m->d));
	return path;
}

#define STUB_X64   0x8664
#define STUB_ARM64 0xaa64

enum { KERNEL_LEN = 700001, INITRD_LEN = 123 };

/* Kernel and initrd with known bytes; the initrd follows the kernel in m->data. */
static inline void make_payload(struct image *m, struct part *kernel, struct part *initrd)
{
	char *bytes = sample_bytes(m->mem, KERNEL_LEN + INITRD_LEN, 9);
	OK(out_write(m->data, bytes, KERNEL_LEN + INITRD_LEN, &m->d));
	*kernel = (struct part){ .fd = out_fd(m->data), .size = KERNEL_LEN };
	*initrd = (struct part){ .fd = out_fd(m->data), .offset = KERNEL_LEN, .size = INITRD_LEN };
}

#endif
