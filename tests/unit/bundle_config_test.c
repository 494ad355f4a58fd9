/* config.json and runtime.json, to the byte, as LinuxKit writes them. */
#include "tests/unit/base_test.h"

#include "mkimage/bundle/bundle.h"
#include "yaml/node.h"

static const char *text_of(struct fixture *f, const struct service *s)
{
	char *text;
	size_t len;
	assert_int_equal(bundle_config_json(f->mem, s, 4, &text, &len, &f->d), 0);
	assert_int_equal(strlen(text), len);
	return text;
}

static struct service bare(void)
{
	return (struct service){ .name = "x",
		.bundle = "containers/services/x",
		.root_bundle = "containers/services/x",
		.root_dir = "containers/services/x/lower",
		.cwd = "/",
		.pid = "" };
}

static void least(void **state)
{
	struct service s = bare();
	assert_string_equal(text_of(*state, &s), "{\n"
						 "    \"ociVersion\": \"1.2.1\",\n"
						 "    \"process\": {\n"
						 "        \"user\": {\n"
						 "            \"uid\": 0,\n"
						 "            \"gid\": 0\n"
						 "        },\n"
						 "        \"cwd\": \"/\",\n"
						 "        \"capabilities\": {}\n"
						 "    },\n"
						 "    \"root\": {\n"
						 "        \"path\": \"rootfs\"\n"
						 "    },\n"
						 "    \"linux\": {\n"
						 "        \"resources\": {},\n"
						 "        \"namespaces\": [\n"
						 "            {\n"
						 "                \"type\": \"pid\"\n"
						 "            },\n"
						 "            {\n"
						 "                \"type\": \"mount\"\n"
						 "            }\n"
						 "        ]\n"
						 "    }\n"
						 "}");
}

static void most(void **state)
{
	struct fixture *f = *state;
	struct service s = bare();
	const char *args[] = { "/bin/sh", "-c", "a <b && c\xe2\x80\xa8" },
		   *caps[] = { "CAP_CHOWN" }, *options[] = { "ro", "rbind" };
	struct mount_point mounts[] = { { .destination = "/etc",
		.type = "bind",
		.source = "/x",
		.options = { options, 2, 2 } } };
	struct device devices[] = {
		{ .path = "/dev/kvm", .type = "c", .major = 10, .minor = 232, .mode = 0660 },
		{ .type = "b" }
	};
	struct rlimit rlimits[] = { { "RLIMIT_NOFILE", 1024, UINT64_MAX } };
	struct label annotations[] = { { "io.slipway.restart", "always" } };
	uint32_t gids[] = { 5 };
	struct id_mapping ids[] = { { 0, 100000, 65536 } };
	s.args = (struct strings){ args, 3, 3 };
	s.bounding = (struct strings){ caps, 1, 1 };
	s.mounts = (struct mount_points){ mounts, 1, 1 };
	s.devices = devices;
	s.devices_len = 2;
	s.rlimits = rlimits;
	s.rlimits_len = 1;
	s.annotations = (struct labels){ annotations, 1, 1 };
	s.additional_gids = gids;
	s.additional_gids_len = 1;
	s.uid_mappings = ids;
	s.uid_mappings_len = 1;
	s.readonly = s.no_new_privileges = s.has_oom_score_adj = true;
	s.oom_score_adj = -999;
	s.hostname = "h";
	s.net = "/run/netns/a";
	s.userns = s.cgroupns = "";
	const char *text = text_of(f, &s);
	static const char *const parts[] = {
		"\"a \\u003cb \\u0026\\u0026 c\\u2028\"\n",
		"            \"gid\": 0,\n            \"additionalGids\": [\n                5\n",
		"\"capabilities\": {\n            \"bounding\": [\n                \"CAP_CHOWN\"\n",
		"\"type\": \"RLIMIT_NOFILE\",\n                \"hard\": 18446744073709551615,\n"
		"                \"soft\": 1024\n",
		"        \"noNewPrivileges\": true,\n        \"oomScoreAdj\": -999\n    },\n",
		"\"readonly\": true\n    },\n    \"hostname\": \"h\",\n    \"mounts\": [\n",
		"\"destination\": \"/etc\",\n            \"type\": \"bind\",\n            \"source\": \"/x\",\n",
		"\"annotations\": {\n        \"io.slipway.restart\": \"always\"\n    },\n    \"linux\": {\n",
		"\"containerID\": 0,\n                \"hostID\": 100000,\n                \"size\": 65536\n",
		"\"allow\": true,\n                    \"type\": \"b\",\n"
		"                    \"access\": \"rwm\"\n",
		"\"path\": \"/dev/kvm\",\n                \"type\": \"c\",\n                \"major\": 10,\n"
		"                \"minor\": 232,\n                \"fileMode\": 432\n",
		"\"type\": \"network\",\n                \"path\": \"/run/netns/a\"\n",
		"\"type\": \"mount\"\n            },\n            {\n                \"type\": \"cgroup\"\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!strstr(text, parts[i])) {
			print_error("%s\nis not in\n%s", parts[i], text);
			assert_true(false);
		}
	}
}

/* A node tree by hand: { memory: { swap: 2, limit: 1 } }, in the wrong order. */
static struct yaml_node *map(
	struct fixture *f, size_t len, const char *const *keys, struct yaml_node **values)
{
	struct yaml_node *n = ARENA_NEW(f->mem, struct yaml_node);
	*n = (struct yaml_node){ .type = YAML_MAP, .items = values, .len = len };
	n->keys = arena_array(f->mem, len, sizeof(*n->keys));
	for (size_t i = 0; i < len; i++) {
		n->keys[i] = ARENA_NEW(f->mem, struct yaml_node);
		n->keys[i]->text = keys[i];
	}
	return n;
}

static void resources(void **state)
{
	struct fixture *f = *state;
	struct service s = bare();
	struct yaml_node swap = { .text = "2", .plain = true },
			 limit = { .text = "1", .plain = true },
			 oom = { .text = "true", .plain = true };
	const char *const keys[] = { "swap", "disableOOMKiller", "limit" }, *const top[] = {
		"memory"
	};
	struct yaml_node *values[] = { &swap, &oom, &limit }, *memory = map(f, 3, keys, values);
	s.resources = map(f, 1, top, &memory);
	assert_non_null(strstr(text_of(f, &s),
		"\"memory\": {\n                \"limit\": 1,\n                \"swap\": 2,\n"
		"                \"disableOOMKiller\": true\n            }\n        },\n"));
	limit.text = "lots";
	char *text;
	size_t len;
	assert_int_equal(bundle_config_json(f->mem, &s, 4, &text, &len, &f->d), -1);
	assert_string_equal(f->d.last->what, "\"limit\" is no whole number");
}

static void runtime_writable(void **state)
{
	struct fixture *f = *state;
	struct service s = bare();
	char *text;
	size_t len;
	assert_int_equal(bundle_runtime_json(f->mem, &s, 4, &text, &len, &f->d), 0);
	assert_string_equal(text,
		"{\n"
		"    \"cgroups\": [],\n"
		"    \"mounts\": [\n"
		"        {\n"
		"            \"destination\": \"/containers/services/x/tmp\",\n"
		"            \"type\": \"tmpfs\",\n"
		"            \"source\": \"tmpfs\"\n"
		"        },\n"
		"        {\n"
		"            \"destination\": \"/containers/services/x/tmp\",\n"
		"            \"options\": [\n"
		"                \"remount\",\n"
		"                \"private\"\n"
		"            ]\n"
		"        },\n"
		"        {\n"
		"            \"destination\": \"/containers/services/x/rootfs\",\n"
		"            \"type\": \"overlay\",\n"
		"            \"source\": \"overlay\",\n"
		"            \"options\": [\n"
		"                \"lowerdir=/containers/services/x/lower\",\n"
		"                \"upperdir=/containers/services/x/tmp/upper\",\n"
		"                \"workdir=/containers/services/x/tmp/work\"\n"
		"            ]\n"
		"        }\n"
		"    ],\n"
		"    \"mkdir\": [],\n"
		"    \"interfaces\": [],\n"
		"    \"bindNS\": {\n"
		"        \"cgroup\": \"\",\n"
		"        \"ipc\": \"\",\n"
		"        \"mnt\": \"\",\n"
		"        \"net\": \"\",\n"
		"        \"pid\": \"\",\n"
		"        \"user\": \"\",\n"
		"        \"uts\": \"\"\n"
		"    },\n"
		"    \"namespace\": \"\"\n"
		"}");
}

static void runtime_readonly(void **state)
{
	struct fixture *f = *state;
	struct service s = bare();
	char *text;
	size_t len;
	s.readonly = true;
	s.root_dir = "containers/onboot/000-y/rootfs";
	assert_int_equal(bundle_runtime_json(f->mem, &s, 4, &text, &len, &f->d), 0);
	assert_non_null(
		strstr(text, "            \"destination\": \"/containers/services/x/rootfs\",\n"
			     "            \"type\": \"bind\",\n"
			     "            \"source\": \"/containers/onboot/000-y/rootfs\",\n"
			     "            \"options\": [\n"
			     "                \"bind\"\n"
			     "            ]\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(least),
		TEST(most),
		TEST(resources),
		TEST(runtime_writable),
		TEST(runtime_readonly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
