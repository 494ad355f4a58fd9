/* Nodes -> struct config; the tables themselves. */
#include "tests/unit/base_test.h"

#include "base/json.h"
#include "yaml/config.h"
#include "yaml/fields.h"

#include <string.h>

static struct config parse(struct fixture *f, const char *text)
{
	struct config c;
	assert_int_equal(config_parse(f->mem, "in", text, strlen(text), &c, &f->d), 0);
	assert_int_equal(f->d.errors, 0);
	return c;
}

static void values(void **state)
{
	struct config c = parse(*state,
		"slipway: 1\n"
		"arch: arm64\n"
		"kernel: {image: a/b, cmdline: quiet}\n"
		"init: [x, y]\n"
		"services:\n"
		"  - name: web\n"
		"    image: nginx\n"
		"    capabilities: []\n"
		"    binds.add: [\"/a:/b\"]\n"
		"    readonly: false\n"
		"    uid: web\n"
		"    gid: 0o17\n"
		"    additionalGids: [5, \"1000\", web]\n"
		"    oomScoreAdj: -5\n"
		"    sysctl: {b.c: \"1\", a.b: x}\n"
		"    mounts: [{type: tmpfs, destination: /x, options: [ro]}]\n"
		"    uidMappings: [{containerID: 1, hostID: 2, size: 3}]\n"
		"    resources: {memory: {limit: 0x10}, blockio: {weight: 10}}\n"
		"    runtime: {mkdir: [a], bindNS: {net: /n}, interfaces: [{name: e0, createInRoot: true}]}\n"
		"files: [{path: etc/a, contents: \"\", mode: \"0644\"}]\n");
	assert_true(c.slipway.set && c.slipway.v == 1);
	assert_string_equal(c.arch.v, "arm64");
	assert_true(c.kernel.set);
	assert_string_equal(c.kernel.cmdline.v, "quiet");
	assert_null(c.kernel.binary.v);
	assert_int_equal(c.init.len, 2);
	assert_string_equal(c.init.items[1].v, "y");
	assert_int_equal(c.init.items[1].at.col, 11);
	assert_int_equal(c.services.len, 1);
	assert_false(c.modules.set);
	struct image_item *s = &c.services.items[0];
	struct image_options *o = &s->options;
	assert_int_equal(s->at.line, 6);
	assert_true(o->capabilities.set && o->capabilities.len == 0);
	assert_false(o->binds.set);
	assert_int_equal(o->binds_add.len, 1);
	assert_true(o->readonly.set && !o->readonly.v);
	assert_false(o->no_new_privileges.set);
	assert_string_equal(o->uid.name, "web");
	assert_null(o->gid.name);
	assert_int_equal(o->gid.number, 15);
	assert_int_equal(o->additional_gids.len, 3);
	assert_int_equal(o->additional_gids.items[1].number, 1000);
	assert_null(o->additional_gids.items[1].name);
	assert_int_equal(o->oom_score_adj.v, -5);
	assert_string_equal(o->sysctl.items[0].key.v, "b.c");
	assert_string_equal(o->sysctl.items[1].value.v, "x");
	assert_true(o->mounts.set);
	assert_string_equal(o->mounts.items[0].options.items[0].v, "ro");
	assert_int_equal(o->uid_mappings.items[0].container_id.v, 1);
	assert_int_equal(o->uid_mappings.items[0].host_id.v, 2);
	assert_int_equal(o->uid_mappings.items[0].size.v, 3);
	assert_true(o->runtime.set);
	assert_string_equal(o->runtime.bind_net.v, "/n");
	assert_null(o->runtime.bind_pid.v);
	assert_true(o->runtime.interfaces.items[0].create_in_root.v);
	assert_int_equal(c.files.len, 1);
	assert_string_equal(c.files.items[0].contents.v, "");
	/* Numbers of resources are decimal for whoever reads the nodes. */
	struct yaml_node *memory = yaml_get(o->resources.node, "memory");
	assert_string_equal(yaml_get(memory, "limit")->text, "16");
}

static void errors_leave_the_result_alone(void **state)
{
	struct fixture *f = *state;
	struct config c = { .file = "untouched" };
	static const char text[] = "slipway: 1\nkernle: {}\n";
	assert_int_equal(config_parse(f->mem, "in", text, sizeof(text) - 1, &c, &f->d), -1);
	assert_string_equal(c.file, "untouched");
	assert_int_equal(diags_exit_code(&f->d), 1);
}

static void labels(void **state)
{
	struct fixture *f = *state;
	struct image_options o;
	assert_int_equal(
		config_parse_label(f->mem, "label of image \"x\"",
			"{\"capabilities\": [\"all\"], \"binds\": [\"vol:/v\"], \"uid\": \"nginx\"}",
			&o, &f->d),
		0);
	assert_string_equal(o.capabilities.items[0].v, "all");
	assert_string_equal(o.uid.name, "nginx");
	assert_int_equal(
		config_parse_label(f->mem, "label of image \"y\"", "{\"name\": \"x\"}", &o, &f->d),
		-1);
	assert_string_equal(f->d.first->at.file, "label of image \"y\"");
	assert_int_equal(f->d.first->at.line, 1);
	assert_int_equal(f->d.first->at.col, 2);
}

/* LinuxKit's files keep what they mean; a Slipway file is told. */
static void mistakes(void **state)
{
	static const char body[] = "services: [{name: a, image: b, hostname: no}]\n";
	struct fixture *f = *state;
	struct config c = parse(f, body);
	assert_string_equal(c.services.items[0].options.hostname.v, "no");
	assert_int_equal(f->d.warnings, 1);
	const char *strict = arena_fmt(f->mem, "slipway: 1\n%s", body);
	assert_int_equal(config_parse(f->mem, "in", strict, strlen(strict), &c, &f->d), -1);
}

static void at_most_twenty(void **state)
{
	struct fixture *f = *state;
	struct config c;
	char *text = arena_alloc(f->mem, 30 * 8);
	for (size_t i = 0; i < 26; i++)
		memcpy(text + i * 7, arena_fmt(f->mem, "zz%c: 1\n", (int)('a' + i)), 7);
	assert_int_equal(config_parse(f->mem, "in", text, strlen(text), &c, &f->d), -1);
	assert_int_equal(f->d.errors, 26);
	unsigned kept = 0;
	for (const struct diag *g = f->d.first; g; g = g->next)
		kept++;
	assert_int_equal(kept, 20);
}

/* Every field has a doc and what its type needs; names differ; offsets lie in the struct. */
static void table_is_sound(const struct table *t, unsigned depth)
{
	size_t at, other;
	const struct field *f;
	assert_true(depth < 8);
	assert_non_null(t->name);
	assert_non_null(t->called);
	assert_non_null(t->doc);
	for (size_t i = 0; (f = field_at(t, i, &at)); i++) {
		assert_non_null(f->doc);
		assert_true(f->doc[0] && f->doc[strlen(f->doc) - 1] == '.');
		assert_ptr_equal(field_find(t, f->name, &other), f);
		assert_true(at == NOWHERE || at < t->size);
		bool nests = f->type == FIELD_TABLE || f->type == FIELD_TABLES ||
			     f->type == FIELD_TABLE_MAP;
		assert_int_equal(nests, f->of != NULL);
		if (f->form)
			assert_true((f->form->check != NULL) != (f->form->words != NULL));
		if (nests)
			table_is_sound(f->of, depth + 1);
	}
}

static void tables(void **state)
{
	(void)state;
	for (size_t i = 0; documented_tables[i]; i++)
		table_is_sound(documented_tables[i], 0);
	table_is_sound(&config_table, 0);
}

static void schema(void **state)
{
	struct fixture *f = *state;
	const char *text = config_schema_json(f->mem);
	struct json root, defs, container, any;
	assert_int_equal(json_parse(f->mem, "the schema", text, strlen(text), &root, &f->d), 0);
	assert_int_equal(json_need_object(root, "$defs", &defs, &f->d), 0);
	assert_int_equal(json_need_object(defs, "container", &container, &f->d), 0);
	assert_int_equal(json_need_array(container, "anyOf", &any, &f->d), 0);
	const char *page = config_reference_md(f->mem);
	assert_non_null(strstr(page, "| `rootfsPropagation` |"));
	assert_non_null(strstr(page, "### resources.cpu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values),
		TEST(errors_leave_the_result_alone),
		TEST(labels),
		TEST(mistakes),
		TEST(at_most_twenty),
		TEST(tables),
		TEST(schema),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
