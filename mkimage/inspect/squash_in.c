#include "mkimage/inspect/squash_in.h"

#include <errno.h>
#include <sqfs/error.h>
#include <stdlib.h>

static int read_at(sqfs_file_t *base, sqfs_u64 offset, void *buffer, size_t size)
{
	struct squash_source *s = (struct squash_source *)(void *)base;
	ssize_t n = content_read(s->content, offset, buffer, size);
	return n == (ssize_t)size ? 0 : n < 0 ? SQFS_ERROR_IO : SQFS_ERROR_OUT_OF_BOUNDS;
}

static int write_at(sqfs_file_t *base, sqfs_u64 offset, const void *buffer, size_t size)
{
	(void)base, (void)offset, (void)buffer, (void)size;
	return SQFS_ERROR_IO;
}

static sqfs_u64 get_size(const sqfs_file_t *base)
{
	return ((const struct squash_source *)(const void *)base)->content->size;
}

static int truncate_to(sqfs_file_t *base, sqfs_u64 size)
{
	(void)base, (void)size;
	return SQFS_ERROR_IO;
}

static void destroy(sqfs_object_t *self)
{
	(void)self; /* part of struct squash_in */
}

int squash_in_check(struct squash_in *s, int rc, const char *what)
{
	if (rc == 0)
		return 0;
	return part_fail(s->x, s->p, "%s cannot be read (libsquashfs: %d)", what, rc);
}

static int open_tables(struct squash_in *s)
{
	sqfs_compressor_config_t cfg;
	s->source.content = &s->p->content;
	s->source.base.base.destroy = destroy;
	s->source.base.read_at = read_at;
	s->source.base.write_at = write_at;
	s->source.base.get_size = get_size;
	s->source.base.truncate = truncate_to;
	sqfs_file_t *file = &s->source.base;
	if (squash_in_check(s, sqfs_super_read(&s->super, file), "its super block") < 0)
		return -1;
	if (s->super.inode_count > INSPECT_NODES_MAX)
		return part_fail(s->x, s->p, "it has more than %d files", INSPECT_NODES_MAX);
	if (squash_in_check(s,
		    sqfs_compressor_config_init(&cfg, s->super.compression_id, s->super.block_size,
			    SQFS_COMP_FLAG_UNCOMPRESS),
		    "its compression") < 0 ||
		squash_in_check(s, sqfs_compressor_create(&cfg, &s->cmp), "its compression") < 0)
		return -1;
	s->dirs = sqfs_dir_reader_create(&s->super, s->cmp, file, 0);
	s->data = sqfs_data_reader_create(file, s->super.block_size, s->cmp, 0);
	s->ids = sqfs_id_table_create(0);
	s->fragments = sqfs_frag_table_create(0);
	s->xattrs = sqfs_xattr_reader_create(0);
	if (!s->dirs || !s->data || !s->ids || !s->fragments || !s->xattrs)
		return squash_in_check(s, SQFS_ERROR_ALLOC, "its tables");
	if (squash_in_check(s, sqfs_id_table_read(s->ids, file, &s->super, s->cmp),
		    "its table of owners") < 0 ||
		squash_in_check(s, sqfs_data_reader_load_fragment_table(s->data, &s->super),
			"its table of fragments") < 0 ||
		squash_in_check(s, sqfs_frag_table_read(s->fragments, file, &s->super, s->cmp),
			"its table of fragments") < 0)
		return -1;
	if (s->super.flags & SQFS_FLAG_NO_XATTRS)
		return 0;
	return squash_in_check(s, sqfs_xattr_reader_load(s->xattrs, &s->super, file, s->cmp),
		"its table of attributes");
}

static ssize_t read_content(
	struct content_reader *r, uint64_t key, uint64_t at, void *buf, size_t len)
{
	struct squash_in *s = (struct squash_in *)(void *)r;
	sqfs_s32 n = sqfs_data_reader_read(
		s->data, s->files[key], at, buf, len > INT32_MAX ? INT32_MAX : (sqfs_u32)len);
	if (n <= 0) {
		errno = EIO;
		return -1;
	}
	return n;
}

static void drop(void *object)
{
	if (object)
		sqfs_destroy(object);
}

static void close_squash(void *ctx)
{
	struct squash_in *s = ctx;
	for (size_t i = 0; s->files && i <= s->super.inode_count; i++)
		free(s->files[i]);
	drop(s->fragments);
	drop(s->xattrs);
	drop(s->ids);
	drop(s->data);
	drop(s->dirs);
	drop(s->cmp);
}

int squash_in_open(struct squash_in *s)
{
	struct arena *a = s->x->of->mem;
	s->base.read = read_content;
	vec_push(a, &s->x->of->closers, ((struct inspect_closer){ close_squash, s }));
	if (open_tables(s) < 0)
		return -1;
	s->nodes = arena_array(a, s->super.inode_count + 1, sizeof(struct node *));
	s->files = arena_array(a, s->super.inode_count + 1, sizeof(*s->files));
	return 0;
}
