/* What the step of the first boot is told of `disk:` (docs/ARCHITECTURE.md, "Disk settings"). */
#include "mkimage/build/build_impl.h"

#include <string.h>

static const char *text_or(const struct y_str *v, const char *otherwise)
{
	return v->v ? v->v : otherwise;
}

bool build_grows_disk(const struct build *b)
{
	return b->plan->slipway_init && b->plan->config->disk.data.set;
}

int build_disk(struct build *b, struct diags *d)
{
	const struct disk_item *disk = &b->plan->config->disk;
	const struct disk_data *data = &disk->data;
	struct origin from = { NULL, NULL };
	if (!build_grows_disk(b))
		return 0;
	bool grow = data->grow.set ? data->grow.v : !data->size.set;
	const char *text = arena_fmt(b->mem,
		"slots=%lld\n"
		"size=%lld\n"
		"grow=%d\n"
		"label=%s\n"
		"filesystem=%s\n"
		"mount=%s\n",
		disk->slots.set ? (long long)disk->slots.v : 2LL,
		data->size.set ? (long long)data->size.v : 0LL, grow, text_or(&data->label, "data"),
		text_or(&data->filesystem, "ext4"), text_or(&data->mount, "/var/data"));
	return put_file(
		b, b->tree, b->tree->root, "etc/slipway/disk", text, strlen(text), 0644, from, d);
}
