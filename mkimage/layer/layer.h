/*
 * One OCI layer, decompressed once: its files' contents lie end to end in a pack, its entries in an
 * index beside it (store's unpacked/, by diff id, so that later builds read only what they need).
 * Layers may be plain, gzip or zstd tars (image-spec layer.md), written by any tool, and are
 * hostile input.
 */
#ifndef LAYER_LAYER_H
#define LAYER_LAYER_H

#include "mkimage/store/garbage.h"
#include "mkimage/tree/tree.h"

struct layer;

/*
 * Opens the layer with that diff id, unpacking desc's blob first when it was not yet. The diff id
 * and every entry are checked: KIND_INTEGRITY on a wrong digest, KIND_INPUT for a tar that is cut
 * off, has a path that escapes, or goes over a limit; nothing stays behind then.
 */
CHECK int layer_open(struct store *s, struct arena *a, const struct descriptor *desc,
	const struct digest *diff_id, struct layer **out, struct diags *d);
void layer_close(struct layer **l);

/*
 * Applies the layer to the tree below dir with OCI's rules: whiteouts (.wh.NAME, .wh..wh..opq hide
 * what lower layers put there, never what this one puts), hard links to this or lower layers'
 * files, replaced types. Contents refer to the pack: the layer must stay open as long as the tree
 * is read. ref and loc go into every inode (borrowed).
 */
CHECK int layer_apply(struct layer *l, struct tree *t, struct node *dir, const char *ref,
	const char *loc, struct diags *d);

/* All layers of an image, in order. The layers stay open in *open (close them with layers_close).
 */
struct layers {
	struct layer **items;
	size_t len, cap;
};
CHECK int image_apply(struct store *s, struct arena *a, const struct image *i, struct tree *t,
	struct node *dir, const char *ref, const char *loc, struct layers *open, struct diags *d);
void layers_close(struct layers *l);
/* "the layer sha256:…" that content came from, or NULL. */
const char *layers_name(const struct layers *open, const struct content *c);

/* Removes the unpacked layers but those to keep and those being made, or (dry) only lists them. */
CHECK int layer_gc(struct store *s, bool dry, struct arena *a, const struct digest_set *keep,
	struct garbage_list *out, struct diags *d);
/* Checks a layer against what of it is unpacked, if any. *unpacked: the bytes of it. */
CHECK int layer_verify(
	struct store *s, const struct verify_layer *l, uint64_t *unpacked, struct diags *d);

/* Writes a tree as a layer (a tar compressed with zstd) into the store; for packages. */
CHECK int layer_write(struct store *s, const struct tree *t, struct descriptor *desc,
	struct digest *diff_id, struct diags *d);

#endif
