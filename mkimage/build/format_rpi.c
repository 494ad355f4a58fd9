/*
 * For the Raspberry Pi (www.raspberrypi.com/documentation/computers/config_txt.html): its firmware
 * reads a FAT partition that a plain table of partitions names, finds its own files, the kernel,
 * the initrd and the device tree of the board there, and takes the command line from cmdline.txt.
 */
#include "mkimage/build/build_impl.h"

#include "mkimage/fs/fs.h"

#include <string.h>

/* The kernel's own names of device trees; the mini UART as console. */
static const char config_txt[] = "arm_64bit=1\n"
				 "upstream_kernel=1\n"
				 "enable_uart=1\n"
				 "kernel=kernel8.img\n"
				 "initramfs initrd.img followkernel\n";

/* What the board's firmware must find of its own. */
static const char *const needed[] = { "bootcode.bin", "start.elf", "fixup.dat", "start4.elf",
	"fixup4.dat" };

static int board_folder(struct build *b, const struct node **out, struct diags *d)
{
	struct tree *t;
	if (build_tree(b, &t, d) < 0)
		return -1;
	const struct node *dir = tree_find(t->root, "boot/board");
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		const struct node *n = dir ? tree_find(dir, needed[i]) : NULL;
		if (!n || n->inode->type != NODE_FILE)
			return fail_at(d, b->plan->config->kernel.image.at,
				"take one that has the board's files, such as slipway/kernel-debian-rpi",
				"the kernel \"%s\" has no file \"/board/%s\", which a Raspberry Pi starts from",
				b->plan->kernel_ref, needed[i]);
	}
	*out = dir;
	return 0;
}

static void add(struct build *b, struct board_files *to, const char *path, struct part content)
{
	struct disk_file file = { path, content };
	vec_push(b->mem, to, file);
}

int board_files(struct build *b, enum initrd_kind kind, struct board_files *out, struct diags *d)
{
	const struct node *dir;
	const struct content *kernel;
	const char *cmdline;
	struct out *initrd;
	if (need_slipway_init(b, d) < 0 || board_folder(b, &dir, d) < 0 ||
		artefact_kernel(b, &kernel, d) < 0 || artefact_cmdline(b, kind, &cmdline, d) < 0 ||
		artefact_initrd(b, kind, &initrd, d) < 0)
		return -1;
	for (size_t i = 0; i < dir->len; i++)
		if (dir->children[i]->inode->type == NODE_FILE)
			add(b, out, dir->children[i]->name,
				part_of(&dir->children[i]->inode->content));
	add(b, out, "cmdline.txt",
		(struct part){ .fd = -1, .bytes = cmdline, .size = strlen(cmdline) });
	add(b, out, "config.txt",
		(struct part){ .fd = -1, .bytes = config_txt, .size = sizeof(config_txt) - 1 });
	add(b, out, "kernel8.img", part_of(kernel));
	add(b, out, "initrd.img", part_whole(initrd));
	return 0;
}

int board_partition(struct build *b, uint64_t size, struct out *to, struct diags *d)
{
	struct board_files files = { 0 };
	if (board_files(b, INITRD_PARTITION, &files, d) < 0)
		return -1;
	const struct volume_options o = {
		.label = "BOOT", .id = b->root_guid, .epoch = b->plan->epoch, .size = size
	};
	return volume_write(files.items, files.len, &o, to, d);
}

/* The files of a card's only partition, with the root in the initrd. */
int format_rpi_files(struct build *b, const struct format *f, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct board_files files = { 0 };
	struct out *to;
	if (board_files(b, INITRD_EMBEDDED, &files, d) < 0)
		return -1;
	struct tree *t = tree_new(b->mem, b->plan->epoch);
	for (size_t i = 0; i < files.len; i++) {
		const struct part *p = &files.items[i].content;
		struct inode *inode = tree_inode(t, NODE_FILE, 0644, 0, 0, b->plan->epoch);
		inode->content = (struct content){
			.size = p->size, .bytes = p->bytes, .fd = p->fd, .offset = p->offset
		};
		if (tree_put(t, t->root, files.items[i].path, inode, NULL, d) < 0)
			return -1;
	}
	if (build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return fs_tar.write(t, &o, to, d);
}
