#include "mkimage/cli/image_report.h"

#include "base/fd.h"
#include "base/json.h"
#include "mkimage/build/build.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct format_list {
	const struct format **items;
	size_t len, cap;
};

static int wanted(struct cli *c, struct format_list *out)
{
	const struct strings *names = &cli_option(c, "format")->list;
	const char *usual = "kernel+initrd";
	struct strings one = { &usual, 1, 1 };
	vec_each (const char *, n, names->len ? names : &one) {
		const struct format *f;
		bool twice = false;
		if (format_find(c->mem, *n, &f, &c->d) < 0)
			return -1;
		vec_each (const struct format *, have, out)
			twice |= *have == f;
		if (!twice)
			vec_push(c->mem, out, f);
	}
	return formats_fit(out->items, out->len, &c->d);
}

static int name_of(struct cli *c, const char **out)
{
	const struct option_value *name = cli_option(c, "name");
	*out = name->set ? name->text : cli_base_name(c->mem, c->words.items[c->words.len - 1]);
	if (!**out || strchr(*out, '/') || **out == '.')
		return fail(&c->d, KIND_USAGE, "--output names the folder",
			"\"%s\" cannot be a name of files", *out);
	return 0;
}

/* Said before anything is built. */
static int has_pcr_keys(struct cli *c)
{
	const struct option_value *keys = cli_option(c, "pcrs");
	const char *path = arena_fmt(c->mem, "%s/db.esl", keys->set ? keys->text : "");
	if (!keys->set || access(path, R_OK) == 0)
		return 0;
	return fail_sys(
		&c->d, errno, "--pcrs wants a folder that `slipway keys` made: \"%s\"", path);
}

/*
 * What is signed is told unasked: with Secure Boot on when the certificate is in a folder that
 * `slipway keys` made. True: it is to be told; *keys NULL: with Secure Boot off.
 */
static bool pcr_keys(struct cli *c, const struct plan *plan, const char **keys)
{
	static const char db[] = "/db.crt";
	static const char *const lists[] = { "PK", "KEK", "db" };
	const char *certificate = plan->sign.certificate;
	*keys = cli_option(c, "pcrs")->text;
	if (cli_option(c, "pcrs")->set || !certificate)
		return cli_option(c, "pcrs")->set;
	size_t len = strlen(certificate);
	if (len < sizeof(db) || strcmp(certificate + len - (sizeof(db) - 1), db) != 0)
		return true;
	const char *folder = arena_strn(c->mem, certificate, len - (sizeof(db) - 1));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (access(arena_fmt(c->mem, "%s/%s.esl", folder, lists[i]), R_OK) < 0)
			return true;
	*keys = folder;
	return true;
}

static void print_json(struct cli *c, const struct strings *paths)
{
	yyjson_mut_doc *doc = json_new(c->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc), *list = yyjson_mut_arr(doc);
	size_t len;
	vec_each (const char *, p, paths)
		yyjson_mut_arr_add_str(doc, list, *p);
	yyjson_mut_obj_add_val(doc, root, "outputs", list);
	yyjson_mut_doc_set_root(doc, root);
	printf("%s\n", json_write(c->mem, doc, 2, &len));
}

int command_build(struct cli *c)
{
	const char *folder = cli_option(c, "output")->set ? cli_option(c, "output")->text : ".",
		   *name, *keys;
	struct format_list formats_wanted = { 0 };
	struct config config;
	struct plan plan;
	struct strings paths = { 0 }, pcrs = { 0 };
	if (wanted(c, &formats_wanted) < 0 || name_of(c, &name) < 0 || has_pcr_keys(c) < 0)
		return -1;
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 || cli_checked_plan(c, store, &config, &plan) < 0)
		return -1;
	AUTO_BUILD b = build_new(c->mem, &plan, store, (struct build_progress){ cli_say, c });
	if (cli_flag(c, "no-sbom"))
		build_without_sbom(b);
	if (dir_make(folder, 0777, &c->d) < 0 ||
		build_outputs(b, folder, name, formats_wanted.items, formats_wanted.len, &paths,
			&c->d) < 0)
		return -1;
	const struct image_made made = { &paths, arena_fmt(c->mem, "%s/%s", folder, name),
		formats_wanted.items, formats_wanted.len };
	if (pcr_keys(c, &plan, &keys) && image_pcrs_beside(c, &made, keys, &pcrs) < 0)
		return -1;
	vec_each (const char *, p, &pcrs)
		vec_push(c->mem, &paths, *p);
	if (cli_flag(c, "json"))
		print_json(c, &paths);
	return 0;
}
