#include "mkimage/layer/layer_impl.h"

#include <string.h>

/* Docker's one name for layers stands for whatever is in them. */
int layer_media_check(const char *what, const char *type, enum encoding is, struct diags *d)
{
	static const struct {
		const char *suffix;
		enum encoding encoding;
	} said[] = {
		{ ".tar", ENCODING_PLAIN },
		{ "+gzip", ENCODING_GZIP },
		{ ".tar.gzip", ENCODING_GZIP },
		{ "+zstd", ENCODING_ZSTD },
		{ ".tar.zstd", ENCODING_ZSTD },
	};
	bool docker = strncmp(type, "application/vnd.docker.image.rootfs.", 36) == 0;
	bool oci = strncmp(type, "application/vnd.oci.image.layer.", 32) == 0;
	size_t n = strlen(type);
	for (size_t i = 0; (docker || oci) && i < ARRAY_LEN(said); i++) {
		size_t m = strlen(said[i].suffix);
		if (n < m || strcmp(type + n - m, said[i].suffix) != 0)
			continue;
		if (docker || said[i].encoding == is)
			return 0;
		return fail(d, KIND_INPUT, NULL, "%s is %s, and its media type says \"%s\"", what,
			encoding_name(is), type);
	}
	return fail(d, KIND_INPUT, NULL,
		"%s has the media type \"%s\", which is no layer that can be unpacked", what, type);
}
