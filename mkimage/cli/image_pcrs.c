/* `slipway inspect --pcrs` and `slipway build --pcrs`: what a TPM will hold, as JSON. */
#include "mkimage/cli/image_report.h"

#include "base/json.h"
#include "mkimage/build/build.h"
#include "mkimage/inspect/pcrs.h"
#include "mkimage/out/out.h"

#include <string.h>

int image_pcrs(struct cli *c, const struct inspected *i, const char *keys, const char **out)
{
	struct pcr_events events = { 0 };
	if (inspect_pcrs(i, keys, &events, &c->d) < 0)
		return -1;
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *v = yyjson_mut_obj(doc);
	size_t len;
	char text[DIGEST_TEXT_SIZE];
	yyjson_mut_doc_set_root(doc, v);
	json_add_str(doc, v, "bank", "sha256");
	yyjson_mut_obj_add_bool(doc, v, "secureBoot", keys != NULL);
	yyjson_mut_val *pcrs = yyjson_mut_obj_add_obj(doc, v, "pcrs");
	for (unsigned pcr = 0; pcr < 24; pcr++) {
		struct digest g;
		if (pcr_value(&events, pcr, &g))
			json_add_str(doc, pcrs, arena_fmt(c->mem, "%u", pcr),
				arena_str(c->mem, digest_hex(&g, text)));
	}
	yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, v, "events");
	vec_each (struct pcr_event, e, &events) {
		yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, list);
		yyjson_mut_obj_add_uint(doc, one, "pcr", e->pcr);
		json_add_str(doc, one, "event", e->what);
		json_add_str(doc, one, "digest", arena_str(c->mem, digest_hex(&e->digest, text)));
	}
	*out = json_write(c->mem, doc, 2, &len);
	return 0;
}

static bool is_uefi(struct cli *c, const char *path, const struct image_made *m)
{
	for (size_t i = 0; i < m->len; i++)
		if ((m->formats[i]->firmware & BOOT_UEFI) &&
			strcmp(path, arena_fmt(c->mem, "%s%s", m->prefix, m->formats[i]->suffix)) ==
				0)
			return true;
	return false;
}

int image_pcrs_beside(
	struct cli *c, const struct image_made *m, const char *keys, struct strings *told)
{
	const char *text;
	vec_each (const char *, path, m->paths) {
		AUTO_INSPECTED i = NULL;
		AUTO_OUT to = NULL;
		const char *beside = arena_fmt(c->mem, "%s.pcrs.json", *path);
		if (!is_uefi(c, *path, m))
			continue;
		if (cli_image(c, *path, &i) < 0 || image_pcrs(c, i, keys, &text) < 0 ||
			out_create(beside, 0666, &to, &c->d) < 0 ||
			out_write(to, text, strlen(text), &c->d) < 0 ||
			out_write(to, "\n", 1, &c->d) < 0 || out_commit(&to, &c->d) < 0)
			return -1;
		vec_push(c->mem, told, beside);
	}
	return 0;
}
