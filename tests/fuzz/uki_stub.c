/* An EFI stub: the only binary format that the disk writers parse. */
#include "tests/fuzz/fuzz.h"

#include "mkimage/disk/uki_impl.h"

feeder feed_uki_stub;

int feed_uki_stub(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	diags_init(&d, a);
	uint8_t *bytes = malloc(len ? len : 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data, len);
	struct uki_stub s;
	/* What was accepted is written to: the headers that have room, and the fields that are set.
	 */
	if (uki_stub_parse(bytes, len, "stub", &s, &d) == 0) {
		memset(bytes + s.table, 0, (s.sections + s.room) * PE_SECTION);
		bytes[s.pe + PE_OPTIONAL + 67] = 0;
	}
	free(bytes);
	return 0;
}
