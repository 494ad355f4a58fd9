#include "mkimage/disk/disk_impl.h"

int esp_write(struct arena *a, const struct esp_options *o, struct out *to, struct part *kernel,
	struct part *initrd, struct diags *d)
{
	AUTO_OUT uki = NULL;
	if (out_scratch(o->scratch, &uki, d) < 0)
		return -1;
	uint64_t kernel_at = 0, initrd_at = 0, file_at = 0;
	struct uki_options u = o->uki;
	u.kernel_at = &kernel_at;
	u.initrd_at = &initrd_at;
	if (uki_write(a, &u, uki, d) < 0)
		return -1;
	struct disk_file file = { boot_path(o->arch),
		{ .fd = out_fd(uki), .size = out_size(uki) } };
	struct fat_options f = {
		.label = "ESP", .id = o->id, .epoch = o->epoch, .offsets = &file_at
	};
	if (fat_write(&file, 1, &f, to, d) < 0)
		return -1;
	if (kernel)
		*kernel = (struct part){
			.fd = out_fd(to), .offset = file_at + kernel_at, .size = o->uki.kernel.size
		};
	if (initrd)
		*initrd = (struct part){
			.fd = out_fd(to), .offset = file_at + initrd_at, .size = o->uki.initrd.size
		};
	return 0;
}
