#include "mkimage/disk/uki_impl.h"

#include "base/endian.h"

#include <string.h>

enum {
	READABLE_DATA = 0x40000040,
	PAGE = 4096, /* firmware maps, and the ISO shares, in multiples of it */
	SECTION_NAME = 8,
	MAX_SECTIONS = 5,
};

struct section {
	const char *name;
	struct part content;
	uint64_t *at; /* where its bytes are to be told; or NULL */
	uint64_t raw, raw_size, virt;
};

/* The stub; each section with zeros before and after it. */
struct pieces {
	struct part items[1 + 3 * MAX_SECTIONS];
	size_t len;
	uint64_t size;
};

struct uki {
	struct uki_stub stub;
	struct section sections[MAX_SECTIONS];
	size_t len;
};

static void add(struct uki *u, const char *name, struct part content, uint64_t *at)
{
	u->sections[u->len++] = (struct section){ .name = name, .content = content, .at = at };
}

static void add_text(struct uki *u, const char *name, const char *text)
{
	if (text)
		add(u, name, part_bytes(text, strlen(text)), NULL);
}

/* Behind what the stub has, in the file and in memory. */
static int place(struct uki *u, struct diags *d)
{
	const struct uki_stub *s = &u->stub;
	uint64_t align = s->align > PAGE ? s->align : PAGE;
	uint64_t file_align = s->file_align > PAGE ? s->file_align : PAGE;
	uint64_t raw = round_up(s->raw_end, s->file_align), virt = s->end;
	for (size_t i = 0; i < u->len; i++) {
		struct section *x = &u->sections[i];
		/* No gaps: Authenticode covers sections. The first one ends where pages begin. */
		x->raw = raw;
		x->raw_size = round_up(raw + x->content.size, file_align) - raw;
		x->virt = round_up(virt, align);
		raw = x->raw + x->raw_size;
		virt = x->virt + x->raw_size;
	}
	uint64_t end = raw > virt ? raw : virt;
	if (end <= UINT32_MAX)
		return 0;
	return fail(d, KIND_INPUT, "move data out of the initrd, onto a root partition",
		"kernel and initrd make a PE image of %llu bytes, %llu more than it may have",
		(unsigned long long)end, (unsigned long long)end - UINT32_MAX);
}

static void put_headers(struct uki *u)
{
	struct uki_stub *s = &u->stub;
	uint8_t *coff = s->bytes + s->pe + PE_COFF, *opt = s->bytes + s->pe + PE_OPTIONAL;
	uint64_t data = get_le32(opt + 8), end = s->end;
	for (size_t i = 0; i < u->len; i++) {
		const struct section *x = &u->sections[i];
		uint8_t *h = s->bytes + s->table + (s->sections + i) * PE_SECTION;
		memset(h, 0, PE_SECTION);
		memcpy(h, x->name, strnlen(x->name, SECTION_NAME));
		put_le32(h + 8, (uint32_t)x->content.size);
		put_le32(h + 12, (uint32_t)x->virt);
		put_le32(h + 16, (uint32_t)x->raw_size);
		put_le32(h + 20, (uint32_t)x->raw);
		put_le32(h + 36, READABLE_DATA);
		data += x->raw_size;
		end = x->virt + x->content.size;
	}
	put_le16(coff + 2, (uint16_t)(s->sections + u->len));
	memset(coff + 4, 0, 12); /* time; symbols, which are left out */
	put_le32(opt + 8, (uint32_t)data);
	put_le32(opt + 56, (uint32_t)round_up(end, s->align));
	put_le32(opt + 64, 0); /* checksum: firmware does not look at it */
}

static void push(struct pieces *p, struct part one)
{
	p->items[p->len++] = one;
	p->size += one.size;
}

/* Zeros up to that place of the image. */
static void pad(struct arena *a, struct pieces *p, uint64_t to)
{
	if (p->size < to)
		push(p, part_bytes(arena_alloc(a, (size_t)(to - p->size)), (size_t)(to - p->size)));
}

int uki_part(struct arena *a, const struct uki_options *o, struct part *out, struct diags *d)
{
	struct uki u = { .len = 0 };
	if (uki_stub_read(a, o->stub, &u.stub, d) < 0)
		return -1;
	add_text(&u, ".osrel", o->os_release);
	add_text(&u, ".cmdline", o->cmdline);
	add_text(&u, ".uname", o->uname);
	add(&u, ".linux", o->kernel, o->kernel_at);
	add(&u, ".initrd", o->initrd, o->initrd_at);
	if (u.stub.room < u.len)
		return fail(d, KIND_INPUT, "use the stub of another version of systemd-boot-efi",
			"\"%s\" has room for %zu more sections; a kernel needs %zu", o->stub,
			u.stub.room, u.len);
	if (place(&u, d) < 0)
		return -1;
	put_headers(&u);
	struct pieces *p = ARENA_NEW(a, struct pieces);
	push(p, part_bytes(u.stub.bytes, u.stub.raw_end));
	for (size_t i = 0; i < u.len; i++) {
		const struct section *x = &u.sections[i];
		pad(a, p, x->raw);
		if (x->at)
			*x->at = x->raw;
		push(p, x->content);
		pad(a, p, x->raw + x->raw_size);
	}
	*out = (struct part){ .fd = -1, .size = p->size, .pieces = p->items, .pieces_len = p->len };
	return 0;
}

int uki_write(struct arena *a, const struct uki_options *o, struct out *to, struct diags *d)
{
	uint64_t start = out_size(to);
	struct part whole;
	if (uki_part(a, o, &whole, d) < 0 || part_write(&whole, to, d) < 0)
		return -1;
	if (o->kernel_at)
		*o->kernel_at += start;
	if (o->initrd_at)
		*o->initrd_at += start;
	return o->finish ? o->finish(o->finish_ctx, to, start, d) : 0;
}

int uki_finished(struct arena *a, const struct uki_options *o, const char *folder,
	struct out **scratch, struct part *out, struct diags *d)
{
	if (!o->finish)
		return uki_part(a, o, out, d);
	if (out_scratch(folder, scratch, d) < 0 || uki_write(a, o, *scratch, d) < 0)
		return -1;
	*out = (struct part){ .fd = out_fd(*scratch), .size = out_size(*scratch) };
	return 0;
}
