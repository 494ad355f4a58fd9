#include "mkimage/signature/signature.h"

#include "base/json.h"
#include "mkimage/store/oci.h"

#include <string.h>

enum { SIGNATURES_MAX = 100, PAYLOAD_MAX = 64 << 10 };

static const char payload_type[] = "application/vnd.dev.cosign.simplesigning.v1+json";
static const char signature_key_name[] = "dev.cosignproject.cosign/signature";

const char *signature_name(struct arena *a, const char *ref, const struct digest *g)
{
	char text[DIGEST_TEXT_SIZE];
	const char *slash = strrchr(ref, '/');
	size_t repository = strcspn(slash ? slash : ref, ":@") + (size_t)(slash ? slash - ref : 0);
	return arena_fmt(a, "%.*s:%s-%s.sig", (int)repository, ref, digest_alg_name(g->alg),
		digest_hex(g, text));
}

bool signature_is_about(struct arena *a, const char *payload, size_t len, const struct digest *g)
{
	char want[DIGEST_TEXT_SIZE];
	struct json root, critical, image;
	const char *digest = NULL, *type = NULL;
	struct diags quiet;
	diags_init(&quiet, a);
	return json_parse(a, "the payload", payload, len, &root, &quiet) == 0 &&
	       json_as_object(root, &quiet) == 0 &&
	       json_need_object(root, "critical", &critical, &quiet) == 0 &&
	       json_need_object(critical, "image", &image, &quiet) == 0 &&
	       json_need_str(image, "docker-manifest-digest", &digest, &quiet) == 0 &&
	       json_need_str(critical, "type", &type, &quiet) == 0 &&
	       strcmp(type, "cosign container image signature") == 0 &&
	       strcmp(digest, digest_text(g, want)) == 0;
}

/* One layer of the signatures' manifest. */
static int look_at(struct store *s, struct arena *a, struct json layer, const struct digest *g,
	const struct signature_key *k, bool *good, struct diags *d)
{
	struct descriptor desc;
	struct json notes;
	const char *signature = NULL;
	char *payload;
	size_t len;
	if (descriptor_parse(layer, &desc, d) < 0 ||
		json_object(layer, "annotations", &notes, d) < 0)
		return -1;
	if (strcmp(desc.media_type, payload_type) != 0 || !notes.val || desc.size > PAYLOAD_MAX)
		return 0;
	if (json_str(notes, signature_key_name, &signature, d) < 0)
		return -1;
	if (!signature || !store_has(s, &desc.digest))
		return 0;
	if (store_blob_read(s, a, &desc, PAYLOAD_MAX, &payload, &len, d) < 0)
		return -1;
	*good = signature_holds(k, signature, payload, len) &&
		signature_is_about(a, payload, len, g);
	return 0;
}

int signature_find(struct store *s, struct arena *a, const char *name, const struct digest *g,
	const struct signature_key *k, enum signature_result *out, struct diags *d)
{
	struct descriptor desc;
	struct json root, list, layer;
	struct diags quiet;
	char *text;
	size_t len;
	unsigned looked = 0;
	diags_init(&quiet, a);
	*out = SIGNATURE_NONE;
	if (store_resolve(s, a, name, &desc, &quiet) < 0)
		return 0;
	if (store_blob_read(s, a, &desc, MANIFEST_MAX, &text, &len, d) < 0 ||
		json_parse(a, "the manifest of signatures", text, len, &root, d) < 0 ||
		json_as_object(root, d) < 0 || json_need_array(root, "layers", &list, d) < 0)
		return fail_ctx(d, "reading the signatures \"%s\"", name);
	for (struct json_each e = json_each(list);
		looked < SIGNATURES_MAX && json_next(&e, NULL, &layer); looked++) {
		bool good = false;
		if (look_at(s, a, layer, g, k, &good, d) < 0)
			return fail_ctx(d, "reading the signatures \"%s\"", name);
		*out = SIGNATURE_OTHERS;
		if (good) {
			*out = SIGNATURE_GOOD;
			return 0;
		}
	}
	return 0;
}
