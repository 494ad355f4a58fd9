#include "mkimage/disk/disk_impl.h"

#include "base/fd.h"

int part_write(const struct part *p, struct out *to, struct diags *d)
{
	for (size_t i = 0; i < p->pieces_len; i++)
		if (part_write(&p->pieces[i], to, d) < 0)
			return -1;
	if (p->pieces_len)
		return 0;
	if (p->fd < 0)
		return out_write(to, p->bytes, (size_t)p->size, d);
	return out_copy(to, p->fd, p->offset, p->size, d);
}

int part_write_sparse(const struct part *p, struct out *to, struct diags *d)
{
	if (p->fd < 0)
		return part_write(p, to, d);
	return out_copy_sparse(to, p->fd, p->offset, p->size, d);
}

int part_hash(const struct part *p, struct hasher *h, struct diags *d)
{
	for (size_t i = 0; i < p->pieces_len; i++)
		if (part_hash(&p->pieces[i], h, d) < 0)
			return -1;
	if (p->pieces_len)
		return 0;
	if (p->fd < 0) {
		hasher_add(h, p->bytes, (size_t)p->size);
		return 0;
	}
	char buf[64 * 1024];
	for (uint64_t at = 0; at < p->size;) {
		size_t want = p->size - at < sizeof(buf) ? (size_t)(p->size - at) : sizeof(buf);
		ssize_t n = fd_pread_full(p->fd, buf, want, p->offset + at);
		if (n != (ssize_t)want)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read a part of the image");
		hasher_add(h, buf, want);
		at += want;
	}
	return 0;
}
