#include "packages/metadata/json.h"

#include "packages/metadata/text.h"

enum { POOL = 16 * TEXT_MAX };

/* What yyjson reads numbers with a point by, in place of strtod (setup/libraries): nobody here
 * needs their values. */
double json_skip_real(const char *text, char **end);
double json_skip_real(const char *text, char **end)
{
	*end = (char *)(uintptr_t)text + strspn(text, "+-.0123456789eE");
	return 0;
}

yyjson_val *json_root(const char *text, size_t len)
{
	static char pool[POOL];
	yyjson_alc memory;

	if (len == 0 || !yyjson_alc_pool_init(&memory, pool, sizeof(pool)))
		return NULL;
	/* Without the flag for it the text is not changed, whatever the type says. */
	yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text, len, 0, &memory, NULL);
	return yyjson_doc_get_root(doc);
}

static void take_key(struct metadata *m, yyjson_val *key)
{
	if (yyjson_is_str(key))
		add_keys(m, yyjson_get_str(key), yyjson_get_len(key));
}

static void take_name(struct metadata *m, yyjson_val *name)
{
	if (yyjson_is_str(name))
		set_hostname(m, yyjson_get_str(name), yyjson_get_len(name));
}

bool take_openstack(struct metadata *m, const char *text, size_t len)
{
	yyjson_val *root = json_root(text, len), *key, *value;
	size_t i, n;

	if (!yyjson_is_obj(root))
		return false;
	take_name(m, yyjson_obj_get(root, "hostname"));
	yyjson_val *keys = yyjson_obj_get(root, "public_keys");
	if (yyjson_is_obj(keys)) {
		yyjson_obj_foreach(keys, i, n, key, value) take_key(m, value);
	}
	return true;
}

bool take_key_list(struct metadata *m, const char *text, size_t len)
{
	yyjson_val *root = json_root(text, len), *value;
	size_t i, n;

	if (!yyjson_is_arr(root))
		return false;
	yyjson_arr_foreach(root, i, n, value) take_key(m, value);
	return true;
}

bool take_azure(struct metadata *m, const char *text, size_t len)
{
	static char user_data[TEXT_MAX];
	yyjson_val *root = json_root(text, len), *compute, *data, *value;
	size_t i, n;

	compute = yyjson_obj_get(root, "compute");
	if (!yyjson_is_obj(compute))
		return false;
	take_name(m, yyjson_obj_get(yyjson_obj_get(compute, "osProfile"), "computerName"));
	yyjson_val *keys = yyjson_obj_get(compute, "publicKeys");
	if (yyjson_is_arr(keys)) {
		yyjson_arr_foreach(keys, i, n, value) take_key(m, yyjson_obj_get(value, "keyData"));
	}
	data = yyjson_obj_get(compute, "userData");
	if (yyjson_is_str(data) && yyjson_get_len(data) > 0) {
		ssize_t got = unbase64(yyjson_get_str(data), yyjson_get_len(data), user_data);
		if (got < 0)
			say("azure: the user's data is no base64");
		else
			m->user_data = (struct text){ user_data, (size_t)got };
	}
	return true;
}

bool take_scaleway(struct metadata *m, const char *text, size_t len)
{
	yyjson_val *root = json_root(text, len), *value;
	size_t i, n;

	if (!yyjson_is_obj(root))
		return false;
	take_name(m, yyjson_obj_get(root, "hostname"));
	yyjson_val *keys = yyjson_obj_get(root, "ssh_public_keys");
	if (yyjson_is_arr(keys)) {
		yyjson_arr_foreach(keys, i, n, value) take_key(m, yyjson_obj_get(value, "key"));
	}
	return true;
}

bool take_meta_data(struct metadata *m, const char *text, size_t len)
{
	yyjson_val *root = json_root(text, len), *key, *value;
	size_t i, n;

	if (!yyjson_is_obj(root))
		return false;
	take_name(m, yyjson_obj_get(root, "hostname"));
	take_name(m, yyjson_obj_get(root, "local-hostname"));
	yyjson_val *keys = yyjson_obj_get(root, "public-keys");
	take_key(m, keys);
	if (yyjson_is_arr(keys)) {
		yyjson_arr_foreach(keys, i, n, value) take_key(m, value);
	} else if (yyjson_is_obj(keys)) {
		yyjson_obj_foreach(keys, i, n, key, value) take_key(m, value);
	}
	take_key(m, yyjson_obj_get(root, "public-keys-data"));
	return true;
}
