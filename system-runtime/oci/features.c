#include "system-runtime/oci/features.h"

void features_words(struct json_out *o, const char *key, const char *prefix, const void *table,
	size_t entry, size_t n)
{
	char word[64];

	jw_open(o, key, '[');
	for (size_t i = 0; i < n; i++) {
		const char *const *name = (const void *)((const char *)table + i * entry);
		snprintf(word, sizeof(word), "%s%s", prefix, *name);
		jw_str(o, NULL, word);
	}
	jw_close(o, ']');
}

static void hooks(struct json_out *o)
{
	jw_open(o, "hooks", '[');
	for (size_t i = 0; i < hooks_table.n; i++)
		jw_str(o, NULL, hooks_table.fields[i].key);
	jw_close(o, ']');
}

/* Carried out is what the table takes. */
static bool takes(const struct table *t, const char *key)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(field_key(&t->fields[i]), key) == 0)
			return t->fields[i].kind != F_REFUSED;
	}
	return false;
}

static void enabled(struct json_out *o, const char *feature, const struct table *t, const char *key)
{
	jw_open(o, feature, '{');
	jw_bool(o, "enabled", takes(t, key));
	jw_close(o, '}');
}

static void cgroup(struct json_out *o)
{
	jw_open(o, "cgroup", '{');
	jw_bool(o, "v1", false);
	jw_bool(o, "v2", true);
	jw_bool(o, "systemd", false);
	jw_bool(o, "systemdUser", false);
	jw_bool(o, "rdma", takes(&oci_resources_table, "rdma"));
	jw_close(o, '}');
}

void features_write(struct json_out *o)
{
	jw_open(o, NULL, '{');
	jw_str(o, "ociVersionMin", "1.0.0");
	jw_str(o, "ociVersionMax", OCI_VERSION);
	hooks(o);
	mount_features(o);
	jw_open(o, "linux", '{');
	namespace_features(o);
	cap_features(o);
	cgroup(o);
	jw_open(o, "seccomp", '{');
	jw_bool(o, "enabled", takes(&linux_table, "seccomp"));
	seccomp_features(o);
	jw_close(o, '}');
	enabled(o, "apparmor", &process_table, "apparmorProfile");
	enabled(o, "selinux", &process_table, "selinuxLabel");
	jw_open(o, "intelRdt", '{');
	jw_bool(o, "enabled", takes(&linux_table, "intelRdt"));
	jw_bool(o, "schemata", takes(&oci_rdt_table, "schemata"));
	jw_bool(o, "monitoring", takes(&oci_rdt_table, "enableMonitoring"));
	jw_close(o, '}');
	enabled(o, "netDevices", &linux_table, "netDevices");
	memory_policy_features(o);
	jw_open(o, "mountExtensions", '{');
	enabled(o, "idmap", &oci_mount_table, "uidMappings");
	jw_close(o, '}');
	jw_close(o, '}');
	jw_close(o, '}');
}
