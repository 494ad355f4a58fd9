#include "mkimage/bundle/bundle_impl.h"

static yyjson_mut_val *user(struct json_out *o, const struct service *s)
{
	yyjson_mut_val *u = bundle_object(o);
	bundle_add_uint(o, u, "uid", s->uid);
	bundle_add_uint(o, u, "gid", s->gid);
	if (s->additional_gids_len) {
		yyjson_mut_val *gids = bundle_array(o);
		for (size_t i = 0; i < s->additional_gids_len; i++)
			yyjson_mut_arr_add_uint(o->doc, gids, s->additional_gids[i]);
		bundle_add(o, u, "additionalGids", gids);
	}
	return u;
}

static yyjson_mut_val *capabilities(struct json_out *o, const struct service *s)
{
	yyjson_mut_val *c = bundle_object(o);
	bundle_opt_strings(o, c, "bounding", &s->bounding);
	bundle_opt_strings(o, c, "effective", &s->effective);
	bundle_opt_strings(o, c, "inheritable", &s->inheritable);
	bundle_opt_strings(o, c, "permitted", &s->permitted);
	bundle_opt_strings(o, c, "ambient", &s->ambient);
	return c;
}

static void rlimits(struct json_out *o, yyjson_mut_val *process, const struct service *s)
{
	if (!s->rlimits_len)
		return;
	yyjson_mut_val *arr = bundle_array(o);
	for (size_t i = 0; i < s->rlimits_len; i++) {
		yyjson_mut_val *r = bundle_object(o);
		bundle_add_str(o, r, "type", s->rlimits[i].type);
		bundle_add_uint(o, r, "hard", s->rlimits[i].hard);
		bundle_add_uint(o, r, "soft", s->rlimits[i].soft);
		yyjson_mut_arr_append(arr, r);
	}
	bundle_add(o, process, "rlimits", arr);
}

static yyjson_mut_val *process(struct json_out *o, const struct service *s)
{
	yyjson_mut_val *p = bundle_object(o);
	bundle_add(o, p, "user", user(o, s));
	bundle_opt_strings(o, p, "args", &s->args);
	bundle_opt_strings(o, p, "env", &s->env);
	bundle_add_str(o, p, "cwd", s->cwd);
	bundle_add(o, p, "capabilities", capabilities(o, s));
	rlimits(o, p, s);
	if (s->no_new_privileges)
		bundle_add_true(o, p, "noNewPrivileges");
	if (s->has_oom_score_adj)
		bundle_add_int(o, p, "oomScoreAdj", s->oom_score_adj);
	return p;
}

int bundle_config_json(struct arena *a, const struct service *s, unsigned indent, char **text,
	size_t *len, struct diags *d)
{
	struct json_out o = { .mem = a, .doc = json_new(a), .d = d };
	yyjson_mut_val *config = bundle_object(&o);
	yyjson_mut_doc_set_root(o.doc, config);

	bundle_add_str(&o, config, "ociVersion", "1.2.1");
	bundle_add(&o, config, "process", process(&o, s));
	yyjson_mut_val *root = bundle_object(&o);
	bundle_add_str(&o, root, "path", "rootfs");
	if (s->readonly)
		bundle_add_true(&o, root, "readonly");
	bundle_add(&o, config, "root", root);
	bundle_opt_str(&o, config, "hostname", s->hostname);
	if (s->mounts.len) {
		yyjson_mut_val *mounts = bundle_array(&o);
		vec_each (struct mount_point, m, &s->mounts)
			yyjson_mut_arr_append(mounts, bundle_mount(&o, m));
		bundle_add(&o, config, "mounts", mounts);
	}
	bundle_opt_map(&o, config, "annotations", &s->annotations);
	yyjson_mut_val *linux_part;
	if (bundle_linux(&o, s, &linux_part) < 0)
		return fail_ctx(d, "writing config.json of \"%s\"", s->name);
	bundle_add(&o, config, "linux", linux_part);
	return bundle_finish(&o, indent, text, len);
}
