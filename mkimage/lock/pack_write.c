#include "mkimage/lock/pack_impl.h"

#include "base/fd.h"
#include "base/json.h"
#include "mkimage/sbom/sbom.h"

#include <fcntl.h>
#include <string.h>

static const char manifest_type[] = "application/vnd.oci.image.manifest.v1+json";
static const char index_type[] = "application/vnd.oci.image.index.v1+json";
static const char empty_type[] = "application/vnd.oci.empty.v1+json";

struct writer {
	struct arena *mem;
	struct store *store;
	const struct pack *pack;
	yyjson_mut_doc *doc;
};

bool pack_path_is_safe(const char *path)
{
	if (!*path || *path == '/' || strlen(path) > 1000)
		return false;
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		if (!len || len > 255 || p[0] == '.' || (p[len] == '/' && !p[len + 1]))
			return false;
		for (size_t i = 0; i < len; i++) {
			if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f || p[i] == '\\')
				return false;
		}
		p += len + (p[len] == '/');
	}
	return true;
}

static yyjson_mut_val *add_descriptor(struct writer *w, yyjson_mut_val *list, const char *type,
	const struct digest *g, uint64_t size)
{
	char text[DIGEST_TEXT_SIZE];
	yyjson_mut_val *v = yyjson_mut_arr_add_obj(w->doc, list);
	yyjson_mut_obj_add_str(w->doc, v, "mediaType", type);
	yyjson_mut_obj_add_strcpy(w->doc, v, "digest", digest_text(g, text));
	yyjson_mut_obj_add_uint(w->doc, v, "size", size);
	return v;
}

/* A file as a layer; its digest must be what want says, unless that is NULL. */
static int add_file(struct writer *w, yyjson_mut_val *layers, const char *type, const char *path,
	const char *title, const struct digest *want, struct diags *d)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	AUTO_BLOB_IN in = NULL;
	struct digest got;
	uint64_t size;
	char buf[65536];
	ssize_t n = fd < 0 ? -1 : 1;
	if (fd >= 0 && blob_in_open(w->store, &in, d) < 0)
		return -1;
	while (n > 0) {
		n = fd_read_full(fd, buf, sizeof(buf));
		if (n > 0 && blob_in_write(in, buf, (size_t)n, d) < 0)
			return -1;
	}
	if (n < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", path);
	if (blob_in_commit(&in, want, &got, &size, d) < 0)
		return fail_ctx(d, "packing \"%s\"", path);
	yyjson_mut_val *v = add_descriptor(w, layers, type, &got, size);
	yyjson_mut_val *notes = yyjson_mut_obj_add_obj(w->doc, v, "annotations");
	yyjson_mut_obj_add_strcpy(w->doc, notes, PACK_TITLE, title);
	return 0;
}

static const char *path_of(const struct plan *p, const char *source)
{
	for (size_t i = 0; i < p->files_len; i++) {
		if (p->files[i].source && strcmp(p->files[i].item->source.v, source) == 0)
			return p->files[i].source;
	}
	for (size_t i = 0; i < p->services_len; i++) {
		const struct service *s = &p->services[i];
		if (s->seccomp_file && strcmp(s->seccomp_file, source) == 0)
			return s->seccomp_path;
	}
	return source;
}

static int add_layers(struct writer *w, yyjson_mut_val *layers, struct diags *d)
{
	const struct pack *p = w->pack;
	vec_each (const char *, c, &p->configs) {
		if (!pack_path_is_safe(*c))
			return fail(d, KIND_INPUT,
				"go to the folder that holds all of the config's files, and name them from there",
				"\"%s\" is not below this folder, so that it cannot be packed", *c);
		if (add_file(w, layers, PACK_CONFIG, *c, *c, NULL, d) < 0)
			return -1;
	}
	if (!pack_path_is_safe(p->lock_path))
		return fail(d, KIND_INPUT, NULL,
			"\"%s\" is not below this folder, so that it cannot be packed",
			p->lock_path);
	if (add_file(w, layers, PACK_LOCK, p->lock_path, p->lock_path, NULL, d) < 0)
		return -1;
	vec_each (struct locked_file, f, &p->lock->files) {
		if (add_file(w, layers, PACK_FILE, path_of(p->plan, f->source), f->source,
			    &f->digest, d) < 0)
			return -1;
	}
	return 0;
}

/* The document as a blob. */
static int put(struct writer *w, const char *type, struct descriptor *out, struct diags *d)
{
	size_t len;
	const char *text = json_write(w->mem, w->doc, 0, &len);
	*out = (struct descriptor){ .media_type = type, .size = len };
	return store_blob_put(w->store, text, len, &out->digest, d);
}

static yyjson_mut_val *begin(struct writer *w, const char *type)
{
	w->doc = json_new(w->mem);
	yyjson_mut_val *root = yyjson_mut_obj(w->doc);
	yyjson_mut_doc_set_root(w->doc, root);
	yyjson_mut_obj_add_uint(w->doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_str(w->doc, root, "mediaType", type);
	return root;
}

static int put_artefact(struct writer *w, struct descriptor *out, struct diags *d)
{
	struct digest empty;
	char text[DIGEST_TEXT_SIZE];
	if (store_blob_put(w->store, "{}", 2, &empty, d) < 0)
		return -1;
	yyjson_mut_val *root = begin(w, manifest_type);
	yyjson_mut_obj_add_str(w->doc, root, "artifactType", PACK_ARTIFACT);
	yyjson_mut_val *config = yyjson_mut_obj_add_obj(w->doc, root, "config");
	yyjson_mut_obj_add_str(w->doc, config, "mediaType", empty_type);
	yyjson_mut_obj_add_strcpy(w->doc, config, "digest", digest_text(&empty, text));
	yyjson_mut_obj_add_uint(w->doc, config, "size", 2);
	yyjson_mut_val *layers = yyjson_mut_obj_add_arr(w->doc, root, "layers");
	return add_layers(w, layers, d) < 0 ? -1 : put(w, manifest_type, out, d);
}

/* The SBOM of a locked image goes into the machine's. */
static int add_referrers(
	struct writer *w, yyjson_mut_val *list, const struct locked_image *i, struct diags *d)
{
	struct image image;
	struct platform p;
	struct referrers all;
	char text[DIGEST_TEXT_SIZE];
	if (platform_parse(w->mem, i->platform, &p, d) < 0 ||
		store_image(w->store, w->mem, digest_text(&i->digest, text), &p, &image, d) < 0 ||
		store_referrers(w->store, w->mem, &image, SBOM_TYPE, &all, d) < 0)
		return -1;
	vec_each (struct referrer, r, &all)
		(void)add_descriptor(w, list, arena_str(w->mem, r->manifest.media_type),
			&r->manifest.digest, r->manifest.size);
	return 0;
}

int pack_write(struct arena *a, struct store *s, const struct pack *p, struct diags *d)
{
	struct writer w = { .mem = a, .store = s, .pack = p };
	struct descriptor artefact, index;
	char text[DIGEST_TEXT_SIZE];
	if (put_artefact(&w, &artefact, d) < 0)
		return -1;
	yyjson_mut_val *root = begin(&w, index_type);
	yyjson_mut_val *list = yyjson_mut_obj_add_arr(w.doc, root, "manifests");
	(void)add_descriptor(&w, list, manifest_type, &artefact.digest, artefact.size);
	vec_each (struct locked_image, i, &p->lock->images) {
		struct descriptor desc;
		if (store_resolve(s, a, digest_text(&i->digest, text), &desc, d) < 0)
			return -1;
		yyjson_mut_val *v = add_descriptor(
			&w, list, arena_str(a, desc.media_type), &i->digest, desc.size);
		yyjson_mut_val *notes = yyjson_mut_obj_add_obj(w.doc, v, "annotations");
		yyjson_mut_obj_add_str(w.doc, notes, "io.containerd.image.name", i->ref);
		if (add_referrers(&w, list, i, d) < 0)
			return -1;
	}
	if (put(&w, index_type, &index, d) < 0)
		return -1;
	return store_export(s, digest_text(&index.digest, text), p->to, d);
}
