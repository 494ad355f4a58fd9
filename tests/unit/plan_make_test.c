/* From a config and a small store to a plan: LinuxKit's merge order, ids, mounts, capabilities,
 * sharing. */
#include "tests/unit/base_test.h"

#include "base/fd.h"
#include "mkimage/plan/plan.h"

#include <unistd.h>

struct world {
	struct fixture *f;
	const char *folder;
	struct store *store;
	struct config config;
	struct plan plan;
};

static struct descriptor put(struct world *w, const char *media_type, const char *text)
{
	struct descriptor desc = { .media_type = media_type, .size = strlen(text) };
	assert_int_equal(store_blob_put(w->store, text, strlen(text), &desc.digest, &w->f->d), 0);
	return desc;
}

/* An image without layers. labels: JSON members. */
static void image(struct world *w, const char *name, const char *labels)
{
	char digest[DIGEST_TEXT_SIZE];
	const char *config = arena_fmt(w->f->mem,
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Entrypoint\":[\"/bin/a\"],\"Cmd\":[\"b\"],"
		"\"Env\":[\"A=1\"],\"WorkingDir\":\"/w\",\"Labels\":{%s}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
		labels);
	struct descriptor c = put(w, "application/vnd.oci.image.config.v1+json", config);
	const char *manifest = arena_fmt(w->f->mem,
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
		"{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":%llu},"
		"\"layers\":[]}",
		digest_text(&c.digest, digest), (unsigned long long)c.size);
	struct descriptor m = put(w, "application/vnd.oci.image.manifest.v1+json", manifest);
	assert_int_equal(store_tag(w->store, name, &m, &w->f->d), 0);
}

static int up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char folder[] = "/tmp/slipway-plan-test.XXXXXX";
	void *fixture = NULL;
	fixture_up(&fixture);
	w->f = fixture;
	assert_non_null(mkdtemp(folder));
	w->folder = arena_str(w->f->mem, folder);
	assert_int_equal(store_open(w->f->mem, arena_fmt(w->f->mem, "%s/store", folder), &w->store,
				 &w->f->d),
		0);
	image(w, "docker.io/t/plain:1", "");
	image(w, "docker.io/t/init:1", "\"io.slipway.init\":\"1\"");
	image(w, "docker.io/t/label:1",
		"\"org.mobyproject.config\":\"{\\\"capabilities\\\": [\\\"CAP_KILL\\\", \\\"CAP_CHOWN\\\"], "
		"\\\"binds\\\": [\\\"/a:/a\\\"], \\\"env\\\": [\\\"L=1\\\"], \\\"net\\\": \\\"new\\\", "
		"\\\"runtime\\\": {\\\"mkdir\\\": [\\\"/l\\\"], \\\"bindNS\\\": {\\\"net\\\": \\\"/n\\\", "
		"\\\"uts\\\": \\\"/u\\\"}}}\"");
	*state = w;
	return 0;
}

static int down(void **state)
{
	struct world *w = *state;
	void *fixture = w->f;
	store_close(&w->store);
	assert_int_equal(dir_remove(w->folder, &w->f->d), 0);
	fixture_down(&fixture);
	free(w);
	return 0;
}

static int try(struct world *w, const char *text)
{
	text = arena_fmt(w->f->mem, "arch: amd64\n%s", text);
	if (config_parse(w->f->mem, "os.yml", text, strlen(text), &w->config, &w->f->d) < 0)
		return -1;
	static const struct plan_options options;
	return plan_make(w->f->mem, &w->config, w->store, &options, &w->plan, &w->f->d);
}

static void plan(struct world *w, const char *text)
{
	if (try(w, text) < 0) {
		print_error("%s\n", w->f->d.first->what);
		assert_true(false);
	}
}

static const char *joined(struct world *w, const struct strings *l)
{
	const char *out = "";
	vec_each (const char *, s, l)
		out = arena_fmt(w->f->mem, "%s%s%s", out, *out ? " " : "", *s);
	return out;
}

static const struct mount_point *mount_on(const struct service *s, const char *destination)
{
	const struct mount_point *found = NULL;
	vec_each (struct mount_point, m, &s->mounts) {
		if (strcmp(m->destination, destination) == 0) {
			assert_null(found);
			found = m;
		}
	}
	assert_non_null(found);
	return found;
}

static void linuxkit_defaults(void **state)
{
	struct world *w = *state;
	plan(w, "services:\n  - name: a\n    image: t/plain:1\n");
	const struct service *s = &w->plan.services[0];
	assert_string_equal(s->bundle, "containers/services/a");
	assert_string_equal(s->root_dir, "containers/services/a/lower");
	assert_string_equal(s->ref, "docker.io/t/plain:1");
	assert_string_equal(joined(w, &s->args), "/bin/a b");
	assert_string_equal(joined(w, &s->env), "A=1");
	assert_string_equal(s->cwd, "/w");
	assert_false(s->readonly || s->no_new_privileges);
	assert_null(s->net);
	assert_string_equal(s->pid, "");
	assert_null(s->cgroupns);
	assert_int_equal(s->masked_paths.len + s->bounding.len + s->annotations.len, 0);
	assert_int_equal(s->mounts.len, 5);
	assert_string_equal(joined(w, &mount_on(s, "/dev")->options),
		"nosuid strictatime mode=755 size=65536k");
	assert_false(w->plan.slipway_init);
}

static void slipway_defaults(void **state)
{
	struct world *w = *state;
	plan(w, "slipway: 1\ninit: [t/init:1]\nonboot:\n  - name: o\n    image: t/plain:1\n"
		"services:\n  - name: a\n    image: t/plain:1\n");
	const struct service *s = &w->plan.services[1];
	assert_true(w->plan.slipway_init);
	assert_true(s->readonly && s->no_new_privileges);
	assert_string_equal(s->cgroupns, "");
	assert_true(s->masked_paths.len > 5 && s->readonly_paths.len > 3);
	assert_string_equal(s->annotations.items[0].key, "io.slipway.restart");
	assert_string_equal(s->annotations.items[0].value, "always");
	assert_int_equal(w->plan.services[0].annotations.len, 0);
	assert_non_null(strstr(joined(w, &mount_on(s, "/sys")->options), "ro"));
	/* The second use of the image has no files of its own. */
	assert_string_equal(s->root_dir, "containers/onboot/000-o/rootfs");
}

static void merge(void **state)
{
	struct world *w = *state;
	plan(w, "services:\n"
		"  - name: a\n    image: t/label:1\n    capabilities.add: [CAP_SYS_TIME, CAP_CHOWN]\n"
		"    ambient: [CAP_KILL, CAP_NET_RAW]\n"
		"    binds.add: [\"/b:/b:ro\"]\n    runtime:\n      bindNS: {uts: /v}\n"
		"  - name: b\n    image: t/label:1\n    binds: []\n    env: []\n    net: host\n    capabilities: [all]\n");
	const struct service *a = &w->plan.services[0], *b = &w->plan.services[1];
	assert_string_equal(joined(w, &a->effective), "CAP_KILL CAP_CHOWN CAP_SYS_TIME");
	assert_string_equal(joined(w, &a->bounding), "CAP_CHOWN CAP_KILL CAP_NET_RAW CAP_SYS_TIME");
	assert_string_equal(joined(w, &a->ambient), "CAP_KILL CAP_NET_RAW");
	assert_string_equal(joined(w, &mount_on(a, "/a")->options), "rw rbind rshared");
	assert_string_equal(joined(w, &mount_on(a, "/b")->options), "ro rbind");
	assert_string_equal(joined(w, &a->env), "L=1");
	assert_string_equal(a->net, "");
	assert_string_equal(a->runtime.bind_net.v, "/n");
	assert_string_equal(a->runtime.bind_uts.v, "/v");
	assert_int_equal(a->runtime.mkdir.len, 1);
	assert_int_equal(b->mounts.len, 5);
	assert_int_equal(b->env.len, 0);
	assert_null(b->net);
	assert_int_equal(b->effective.len, 41);
}

static void ids_by_name(void **state)
{
	struct world *w = *state;
	plan(w, "onboot:\n  - {name: o, image: \"t/plain:1\"}\n"
		"onshutdown:\n  - {name: e, image: \"t/plain:1\"}\n"
		"services:\n  - {name: a, image: \"t/plain:1\", uid: e, gid: a, additionalGids: [o, 7]}\n"
		"files:\n  - {path: etc/x, contents: x, uid: a, mode: \"0640\"}\n");
	const struct service *s = &w->plan.services[2];
	assert_int_equal(s->uid, 101);
	assert_int_equal(s->gid, 102);
	assert_int_equal(s->additional_gids[0], 100);
	assert_int_equal(s->additional_gids[1], 7);
	assert_int_equal(w->plan.files[0].uid, 102);
	assert_int_equal(w->plan.files[0].mode, 0640);
	assert_string_equal(w->plan.services[1].bundle, "containers/onshutdown/000-e");
}

static void mounts(void **state)
{
	struct world *w = *state;
	plan(w, "volumes:\n  - name: v\n"
		"services:\n  - name: a\n    image: t/plain:1\n    tmpfs: [\"/t:size=1m\", \"/x\"]\n"
		"    binds: [\"v:/data\", \"/h:/x\"]\n"
		"    mounts:\n      - {type: bind, source: v, destination: /again, options: [rbind]}\n"
		"      - {source: mqueue}\n      - {type: tmpfs, destination: /data}\n");
	const struct service *s = &w->plan.services[0];
	assert_string_equal(mount_on(s, "/again")->source, "/containers/volumes/v/merged");
	assert_string_equal(mount_on(s, "/data")->type, "tmpfs");
	assert_string_equal(mount_on(s, "/x")->type, "bind");
	assert_string_equal(mount_on(s, "/dev/mqueue")->type, "mqueue");
	assert_string_equal(joined(w, &mount_on(s, "/t")->options), "size=1m");
	for (size_t i = 1; i < s->mounts.len; i++)
		assert_true(strcmp(s->mounts.items[i - 1].destination,
				    s->mounts.items[i].destination) < 0);
}

static void limits(void **state)
{
	struct world *w = *state;
	plan(w, "services:\n  - name: a\n    image: t/plain:1\n    rlimits: [\"nofile,1024,unlimited\"]\n"
		"    devices:\n      - {path: all, type: b, mode: \"0600\"}\n"
		"      - {path: /dev/kvm, type: c, major: 10, minor: 232, mode: \"0660\"}\n"
		"    sysctl: {b: \"2\", a: \"1\"}\n");
	const struct service *s = &w->plan.services[0];
	assert_string_equal(s->rlimits[0].type, "RLIMIT_NOFILE");
	assert_int_equal(s->rlimits[0].soft, 1024);
	assert_true(s->rlimits[0].hard == UINT64_MAX);
	assert_null(s->devices[0].path);
	assert_int_equal(s->devices[1].mode, 0660);
	assert_string_equal(s->sysctl.items[0].key, "a");
}

static void refused(void **state)
{
	static const struct {
		const char *text, *what;
		unsigned line;
	} bad[] = {
		{ "init: [t/intt:1]\n", "there is no image \"docker.io/t/intt:1\"", 2 },
		{ "services:\n  - name: a\n    image: t/plain:1\n    uid: nobody\n", "nobody", 5 },
		{ "services:\n  - name: a\n    image: t/plain:1\n    binds: [\"vol:/x\"]\n", "vol",
			5 },
		{ "volumes:\n  - {name: v, readonly: true}\n"
		  "services:\n  - name: a\n    image: t/plain:1\n    binds: [\"v:/x\"]\n",
			"read-only", 7 },
		{ "files:\n  - {path: ../x, contents: a}\n", "..", 3 },
		{ "files:\n  - {path: x, source: /nonexistent/x}\n", "/nonexistent/x", 3 },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct world *w = *state;
		diags_init(&w->f->d, w->f->mem);
		assert_int_equal(try(w, bad[i].text), -1);
		const struct diag *g = w->f->d.first;
		while (g->sev != SEV_ERROR)
			g = g->next;
		if (!strstr(g->what, bad[i].what) || g->at.line != bad[i].line ||
			g->kind != KIND_INPUT) {
			print_error("%zu: %u: %s\n", i, g->at.line, g->what);
			assert_true(false);
		}
	}
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(linuxkit_defaults),
		CASE(slipway_defaults),
		CASE(merge),
		CASE(ids_by_name),
		CASE(mounts),
		CASE(limits),
		CASE(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
