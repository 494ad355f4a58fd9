#include "init/verity.h"

#include "base/endian.h"
#include "init/fmt.h"

#include <string.h>

enum { BLOCK = 4096, SECTORS = BLOCK / 512, SALT_MAX = 32 };

/* What we do not make is refused: nobody has checked the superblock, so it gets no choices. */
bool verity_table(const uint8_t superblock[VERITY_SUPERBLOCK], const char *root, const char *data,
	const char *hashes, char out[VERITY_TABLE], uint64_t *sectors)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = superblock;
	uint64_t blocks = get_le64(b + 72);
	char salt[2 * SALT_MAX + 1];

	if (memcmp(b, "verity\0\0\1\0\0\0\1\0\0", 16) != 0 || memcmp(b + 32, "sha256", 7) != 0 ||
		get_le32(b + 64) != BLOCK || get_le32(b + 68) != BLOCK || b[80] != SALT_MAX ||
		b[81] != 0 || blocks == 0 || blocks > UINT64_MAX / BLOCK)
		return false;
	for (unsigned i = 0; i < SALT_MAX; i++) {
		salt[2 * i] = digits[b[88 + i] >> 4];
		salt[2 * i + 1] = digits[b[88 + i] & 15];
	}
	salt[sizeof(salt) - 1] = '\0';
	*sectors = blocks * SECTORS;
	fmt_text(out, VERITY_TABLE, "1 %s %s 4096 4096 %llu 1 sha256 %s %s 1 panic_on_corruption",
		data, hashes, (unsigned long long)blocks, root, salt);
	return true;
}
