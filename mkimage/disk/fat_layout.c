#include "mkimage/disk/fat_impl.h"

/*
 * The number of clusters alone tells FAT16 from FAT32, and drivers disagree near the borders: stay
 * 16 away, as the specification advises.
 */
enum {
	FAT16_MIN = 4085 + 16,
	FAT16_MAX = 65524 - 16,
	FAT32_MIN = 65525 + 16,
	FAT32_MAX = 0x0FFFFFF5 - 16,
	FAT32_RESERVED = 32,
	ALIGN_SECTORS =
		4, /* clusters lie at multiples of 2048 bytes, so that an ISO can share them */
};

static uint32_t clusters_of(const struct fat_node *n, bool root_is_region, uint32_t per_cluster)
{
	uint64_t bytes = n->content ? n->content->size : (uint64_t)n->entries * FAT_ENTRY;
	if (root_is_region)
		return 0;
	return (uint32_t)(round_up(bytes, (uint64_t)per_cluster * FAT_SECTOR) /
			  ((uint64_t)per_cluster * FAT_SECTOR));
}

static uint64_t needed(const struct fat_nodes *n, bool fat32, uint32_t per_cluster)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n->len; i++)
		sum += clusters_of(&n->items[i], i == 0 && !fat32, per_cluster);
	return sum;
}

static void shape_of(struct fat_shape *s, bool fat32, uint32_t per_cluster, uint64_t clusters)
{
	s->fat32 = fat32;
	s->per_cluster = per_cluster;
	s->clusters = (uint32_t)clusters;
	s->fat_sectors = (uint32_t)(round_up((clusters + FAT_FIRST_CLUSTER) * (fat32 ? 4 : 2),
					    FAT_SECTOR) /
				    FAT_SECTOR);
	s->root_sectors = fat32 ? 0 : FAT16_ROOT_ENTRIES * FAT_ENTRY / FAT_SECTOR;
	uint32_t tables = 2 * s->fat_sectors + s->root_sectors;
	uint32_t least = tables + (fat32 ? FAT32_RESERVED : 1);
	uint32_t start = (uint32_t)round_up(
		least, per_cluster > ALIGN_SECTORS ? per_cluster : ALIGN_SECTORS);
	s->reserved = start - tables;
	s->total = start + clusters * per_cluster;
}

/* Whether the nodes fit at that cluster size, into size bytes (0: as few as possible). */
static bool try_shape(const struct fat_nodes *n, uint64_t size, bool fat32, uint32_t per_cluster,
	struct fat_shape *s)
{
	uint64_t need = needed(n, fat32, per_cluster);
	uint64_t min = fat32 ? FAT32_MIN : FAT16_MIN, max = fat32 ? FAT32_MAX : FAT16_MAX;
	uint64_t clusters = need > min ? need : min;
	if (size) {
		clusters = size / FAT_SECTOR / per_cluster;
		if (clusters > max + max / 8)
			return false;
		shape_of(s, fat32, per_cluster, clusters);
		while (s->total > size / FAT_SECTOR && clusters)
			shape_of(s, fat32, per_cluster, --clusters);
	} else {
		shape_of(s, fat32, per_cluster, clusters);
	}
	return clusters >= min && clusters <= max && need <= clusters && s->total <= UINT32_MAX;
}

static void place(struct fat_nodes *n, const struct fat_shape *s)
{
	uint32_t next = FAT_FIRST_CLUSTER;
	/* Folders first; each node is one run. */
	for (int files = 0; files < 2; files++) {
		for (size_t i = 0; i < n->len; i++) {
			struct fat_node *e = &n->items[i];
			if ((e->content != NULL) != files)
				continue;
			e->clusters = clusters_of(e, i == 0 && !s->fat32, s->per_cluster);
			e->first = e->clusters ? next : 0;
			next += e->clusters;
		}
	}
}

int fat_layout(
	struct fat_nodes *n, uint64_t size, bool fat32_only, struct fat_shape *out, struct diags *d)
{
	static const uint32_t per_cluster[] = { 4, 8, 16, 32, 64, 2, 1 };
	static const uint64_t fat16_end = 512 << 20; /* Microsoft's own border */
	if (n->items[0].entries > FAT16_ROOT_ENTRIES)
		return fail(
			d, KIND_INPUT, NULL, "a FAT boot partition has too many files at its top");
	for (int fat32 = fat32_only || size >= fat16_end; fat32 < 2; fat32++) {
		for (size_t i = 0; i < ARRAY_LEN(per_cluster); i++) {
			if (fat32 && per_cluster[i] < 4)
				break;
			if (!try_shape(n, size, fat32, per_cluster[i], out))
				continue;
			if (!fat32 && out->total * FAT_SECTOR >= fat16_end)
				continue;
			place(n, out);
			return 0;
		}
	}
	return fail(d, KIND_INPUT, "make the boot partition larger",
		"the files do not fit into a FAT boot partition of %llu bytes",
		(unsigned long long)size);
}
