#include "layout.h"

#include "say.h"

#include <string.h>
#include <sys/random.h>

enum { ALIGN = (1 << 20) / GPT_SECTOR, DATA_LEAST = 16 * ALIGN };

/* EFI system partition (UEFI specification 2.10, table 5.7); Linux file system (UAPI group,
 * Discoverable Partitions Specification). */
static const uint8_t type_esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b,
	0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
static const uint8_t type_data[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79,
	0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };

static bool is_type(const struct gpt_entry *e, const uint8_t type[16])
{
	return memcmp(e->type, type, 16) == 0;
}

struct gpt_entry *layout_data(struct gpt *g)
{
	for (unsigned i = 0; i < GPT_ENTRIES; i++)
		if (is_type(&g->entry[i], type_data))
			return &g->entry[i];
	return NULL;
}

bool layout_is_ours(const struct gpt *g)
{
	for (unsigned i = 0; i < GPT_ENTRIES; i++)
		if (gpt_used(&g->entry[i]) && (gpt_is_named(&g->entry[i], "root-a") ||
						      gpt_is_named(&g->entry[i], "root-b")))
			return true;
	return false;
}

/* Where a partition behind all others begins. */
static uint64_t next_place(const struct gpt *g)
{
	uint64_t at = gpt_first(g);

	for (unsigned i = 0; i < GPT_ENTRIES; i++)
		if (gpt_used(&g->entry[i]) && g->entry[i].last >= at)
			at = g->entry[i].last + 1;
	return (at + ALIGN - 1) / ALIGN * ALIGN;
}

/* Up to where a partition may go that begins at `first`, so that it ends at a whole MiB. */
static uint64_t last_place(const struct gpt *g)
{
	return (gpt_last(g) + 1) / ALIGN * ALIGN - 1;
}

static enum layout add(struct gpt *g, const uint8_t type[16], const char *name, uint64_t sectors)
{
	uint64_t first = next_place(g);
	struct gpt_entry *e = g->entry;

	while (e < g->entry + GPT_ENTRIES && gpt_used(e))
		e++;
	if (e == g->entry + GPT_ENTRIES)
		return (enum layout)fail("the partition table has no free entry");
	*e = (struct gpt_entry){ .first = first, .last = first + sectors - 1 };
	memcpy(e->type, type, 16);
	gpt_name(e, name);
	if (getrandom(e->guid, sizeof(e->guid), 0) != (ssize_t)sizeof(e->guid))
		return (enum layout)fail_errno("a random GUID");
	e->guid[7] = (uint8_t)((e->guid[7] & 0x0f) | 0x40); /* RFC 9562: version 4, its variant */
	e->guid[8] = (uint8_t)((e->guid[8] & 0x3f) | 0x80);
	return LAYOUT_CHANGED;
}

static unsigned mib(uint64_t sectors)
{
	return (unsigned)(sectors / ALIGN);
}

/* What is free behind all partitions, in sectors. */
static uint64_t room(const struct gpt *g)
{
	uint64_t first = next_place(g), last = last_place(g);

	return last > first ? last - first + 1 : 0;
}

enum layout layout_slots(struct gpt *g)
{
	enum layout r = LAYOUT_SAME;

	for (unsigned i = 0; i < GPT_ENTRIES && r >= 0; i++) {
		const struct gpt_entry *e = &g->entry[i];
		unsigned same = 0;

		if (!gpt_used(e) || is_type(e, type_esp) || is_type(e, type_data))
			continue;
		for (unsigned k = 0; k < GPT_ENTRIES; k++)
			same += is_type(&g->entry[k], e->type);
		if (same > 1)
			continue;
		uint64_t size = e->last - e->first + 1;
		if (size > room(g))
			return (enum layout)fail(
				"the second slot needs %u MiB, and behind the partitions are %u: "
				"give the machine a larger disk, or the config `slots: 1`",
				mib(size), mib(room(g)));
		/* systemd-sysupdate's name of a slot that nothing was written to. */
		r = add(g, e->type, "_empty", size);
	}
	return r;
}

enum layout layout_add_data(struct gpt *g, const struct settings *s)
{
	uint64_t least = s->size ? (s->size + (1 << 20) - 1) / (1 << 20) * ALIGN : DATA_LEAST;

	if (layout_data(g))
		return LAYOUT_SAME;
	if (least > room(g))
		return (enum layout)fail(
			"the partition for data needs %u MiB, and behind the others are %u: "
			"give the machine a larger disk",
			mib(least), mib(room(g)));
	return add(g, type_data, NAME_NEW, s->grow ? room(g) : least);
}

enum layout layout_grow_data(struct gpt *g, const struct settings *s)
{
	struct gpt_entry *e = layout_data(g);

	if (!s->grow || !e || next_place(g) < e->last || last_place(g) <= e->last)
		return LAYOUT_SAME;
	for (unsigned i = 0; i < GPT_ENTRIES; i++)
		if (gpt_used(&g->entry[i]) && g->entry[i].last > e->last)
			return LAYOUT_SAME; /* others are behind it */
	e->last = last_place(g);
	return LAYOUT_CHANGED;
}
