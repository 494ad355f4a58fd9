#include "mkimage/disk/uki_impl.h"

int esp_write(struct arena *a, const struct esp_options *o, struct out *to, struct part *kernel,
	struct part *initrd, struct diags *d)
{
	AUTO_OUT scratch = NULL;
	uint64_t kernel_at = 0, initrd_at = 0, file_at = 0;
	struct uki_options u = o->uki;
	u.kernel_at = &kernel_at;
	u.initrd_at = &initrd_at;
	struct disk_file file = { .path = boot_path(o->arch) };
	if (uki_finished(a, &u, o->scratch, &scratch, &file.content, d) < 0)
		return -1;
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
