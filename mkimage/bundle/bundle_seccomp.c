/* linux.seccomp (runtime-spec 1.2 config-linux.md "Seccomp"). */
#include "mkimage/bundle/bundle_impl.h"

static yyjson_mut_val *args(struct json_out *o, const struct seccomp_rule *r)
{
	yyjson_mut_val *list = bundle_array(o);
	for (size_t i = 0; i < r->args_len; i++) {
		const struct seccomp_arg *a = &r->args[i];
		yyjson_mut_val *v = bundle_object(o);
		bundle_add_uint(o, v, "index", a->index);
		bundle_add_uint(o, v, "value", a->value);
		if (a->value_two)
			bundle_add_uint(o, v, "valueTwo", a->value_two);
		bundle_add_str(o, v, "op", a->op);
		yyjson_mut_arr_append(list, v);
	}
	return list;
}

yyjson_mut_val *bundle_seccomp(struct json_out *o, const struct seccomp *s)
{
	yyjson_mut_val *v = bundle_object(o), *rules = bundle_array(o);
	bundle_add_str(o, v, "defaultAction", s->default_action);
	if (s->has_default_errno)
		bundle_add_uint(o, v, "defaultErrnoRet", s->default_errno);
	bundle_opt_strings(o, v, "architectures", &s->architectures);
	bundle_opt_strings(o, v, "flags", &s->flags);
	bundle_opt_str(o, v, "listenerPath", s->listener_path);
	bundle_opt_str(o, v, "listenerMetadata", s->listener_metadata);
	vec_each (struct seccomp_rule, r, &s->rules) {
		yyjson_mut_val *rule = bundle_object(o);
		bundle_add(o, rule, "names", bundle_strings(o, &r->names));
		bundle_add_str(o, rule, "action", r->action);
		if (r->has_errno)
			bundle_add_uint(o, rule, "errnoRet", r->errno_ret);
		if (r->args_len)
			bundle_add(o, rule, "args", args(o, r));
		yyjson_mut_arr_append(rules, rule);
	}
	if (s->rules.len)
		bundle_add(o, v, "syscalls", rules);
	return v;
}
