/* The signatures of sign:. The bytes are the same for the same key, so that a build can be
 * repeated. */
#include "mkimage/build/build_impl.h"

#include "base/fd.h"

#include <errno.h>
#include <string.h>

/* What goes wrong with a file or a program is where the config names it. */
static int failed_at(struct diags *d, unsigned before, struct pos at)
{
	if (d->errors > before && d->last && !d->last->at.line)
		d->last->at = at;
	return -1;
}

static int signer_of(struct build *b, struct diags *d)
{
	const struct plan_sign *p = &b->plan->sign;
	const struct sign_key key = { .file = p->key, .command = p->command };
	unsigned before = d->errors;
	if (b->nobody_signs || !p->certificate || b->signer)
		return 0;
	if (signer_new(b->mem, p->certificate, &b->signer, d) < 0)
		return failed_at(d, before, p->certificate_at);
	if (b->signatures) {
		signer_know(b->signer, b->signatures);
		return 0;
	}
	return signer_use(b->mem, b->signer, &key, d) < 0 ? failed_at(d, before, p->key_at) : 0;
}

void build_unsigned(struct build *b)
{
	b->nobody_signs = true;
}

void build_with_signatures(struct build *b, const struct signatures *known)
{
	b->signatures = known;
}

int build_finish_uki(void *ctx, struct out *uki, uint64_t start, struct diags *d)
{
	struct build *b = ctx;
	if (signer_of(b, d) < 0)
		return -1;
	return b->signer ? sign_pe(b->mem, b->signer, uki, start, d) : 0;
}

/* As the Discoverable Partitions Specification calls them, and as the kernel wants to see them
 * signed: hex digits and no more. */
static int write_root_hash(struct build *b, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct out *to;
	if (!b->made.hashes || !root_verified(b))
		return 0;
	const char *hex = digest_hex(&b->verity.root, text);
	if (build_output(b, ".roothash", &to, d) < 0)
		return -1;
	return out_write(to, hex, strlen(hex), d);
}

static int digest_output(struct out *o, struct digest *g, struct diags *d)
{
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	char buf[64 * 1024];
	if (out_flush(o, d) < 0)
		return -1;
	for (uint64_t at = 0, size = out_size(o); at < size;) {
		ssize_t n = fd_pread_full(out_fd(o), buf, sizeof(buf), at);
		if (n <= 0)
			return fail_sys(
				d, n < 0 ? errno : EIO, "cannot read \"%s\" back", out_path(o));
		hasher_add(h, buf, (size_t)n);
		at += (uint64_t)n;
	}
	hasher_take(h, g);
	return 0;
}

int build_sign(struct build *b, struct diags *d)
{
	if (b->nobody_signs || !b->plan->sign.certificate)
		return 0;
	if (signer_of(b, d) < 0 || write_root_hash(b, d) < 0)
		return -1;
	size_t len = b->outs.len;
	size_t name = strlen(b->folder) + 1 + strlen(b->name);
	for (size_t i = 0; i < len; i++) {
		struct out *o = b->outs.items[i];
		const char *suffix = arena_fmt(b->mem, "%s.p7s", out_path(o) + name);
		struct digest g;
		struct bytes signature;
		struct out *to;
		if (digest_output(o, &g, d) < 0 ||
			sign_detached(b->mem, b->signer, &g, &signature, d) < 0 ||
			build_output(b, suffix, &to, d) < 0 ||
			out_write(to, signature.at, signature.len, d) < 0)
			return fail_ctx(d, "signing \"%s\"", out_path(o));
	}
	return 0;
}
