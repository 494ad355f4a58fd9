/* Manifests that are about another one (image-spec 1.1 manifest.md, "subject"). */
#ifndef REGISTRY_SUBJECT_H
#define REGISTRY_SUBJECT_H

#include "mkimage/registry/registry_impl.h"

struct subject {
	bool given;
	struct digest digest;
	const char *artifact_type; /* the manifest's, else its config's media type; or NULL */
};
CHECK int subject_parse(
	struct arena *a, const struct manifest_text *t, struct subject *out, struct diags *d);
/* Whether an entry of an index may be about another one: it is for no machine. */
bool subject_possible(const struct descriptor *entry);

/* "sha256-HEX": the tag under which registries without the referrers API list what is about a
 * digest. */
const char *referrers_tag(struct arena *a, const struct digest *g);
/* Adds a manifest to that list. */
CHECK int referrers_tag_add(struct channel *c, const struct endpoint *e,
	const struct manifest_text *t, const struct subject *about, struct diags *d);

#endif
