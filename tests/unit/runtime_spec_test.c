/* config.json and runtime.json of a bundle: what is taken, and what is refused by its path. */
#include "system-runtime/oci/spec.h"
#include "system-runtime/supervise/request.h"
#include "system-runtime/supervise/runtime_json.h"

#include <linux/mount.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD	 "{\"ociVersion\":\"1.2.1\",\"root\":{\"path\":\"rootfs\"},"
#define PROC	 "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]},"
#define LINUX(x) "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]" x "}}"

static int load(struct mem *m, const char *text, struct spec *s, struct rt_error *e)
{
	*s = (struct spec){ 0 };
	*e = (struct rt_error){ 0 };
	assert_int_equal(mem_open(m, json_mem_size(strlen(text))), 0);
	if (json_decode(m, "config.json", text, strlen(text), &spec_table, s, e) != 0)
		return -1;
	return spec_check(m, s, e);
}

static void refused(const char *text, const char *words)
{
	AUTO_MEM m = { 0 };
	struct spec s;
	struct rt_error e;

	assert_int_equal(load(&m, text, &s, &e), -1);
	if (strstr(e.what, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.what, words);
}

static void test_minimal(void **state)
{
	AUTO_MEM m = { 0 };
	struct spec s;
	struct rt_error e;

	(void)state;
	assert_int_equal(load(&m, HEAD PROC LINUX(""), &s, &e), 0);
	assert_string_equal(s.process->args.v[0], "sh");
	assert_null(s.process->args.v[1]);
	assert_int_equal(s.linux_->new_namespaces, CLONE_NEWNS);
	assert_int_equal(s.process->user->uid, 0);
	AUTO_MEM n = { 0 };
	assert_int_equal(load(&n, HEAD "\"linux\":{\"namespaces\":[]}}", &s, &e), 0);
	assert_true(s.process->absent);
	assert_int_equal(s.linux_->new_namespaces, 0);
}

static void test_refusals(void **state)
{
	(void)state;
	refused("{", "config.json: byte");
	refused("[]", "the document is not an object");
	refused("{\"ociVersion\":\"1.0\"}", "root.path: is missing");
	refused(HEAD "\"process\":{\"cwd\":\"/\",\"args\":[]}," LINUX(""), "process.args");
	refused(HEAD "\"process\":{\"cwd\":\"x\",\"args\":[\"a\"]}," LINUX(""), "process.cwd");
	refused(HEAD PROC LINUX(",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ODD\"}"),
		"linux.seccomp.defaultAction: there is no action \"SCMP_ACT_ODD\"");
	refused(HEAD PROC "\"hooks\":{\"prestart\":[{\"path\":\"x\"}]}," LINUX(""),
		"hooks.prestart[0].path: \"x\" is not an absolute path");
	refused(HEAD PROC LINUX(",\"resources\":{\"memory\":{\"swappiness\":3}}"),
		"linux.resources.memory.swappiness");
	refused(HEAD PROC LINUX(",\"uidMappings\":[{\"hostID\":\"x\"}]"),
		"linux.uidMappings[0].hostID");
	refused(HEAD PROC LINUX(",\"sysctl\":{\"kernel.panic\":\"1\"}"), "belongs to the machine");
	refused(HEAD PROC LINUX(",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}"),
		"network namespace");
	refused(HEAD PROC LINUX(",\"rootfsPropagation\":\"odd\""), "linux.rootfsPropagation");
	refused(HEAD PROC "\"hostname\":\"x\"," LINUX(""), "\"uts\"");
	refused(HEAD PROC LINUX(",\"cgroupsPath\":\"a\",\"cgroupsPath\":\"b\""), "given twice");
	refused(HEAD "\"process\":{\"cwd\":\"/\",\"args\":[\"a\\u0000b\"]}," LINUX(""), "NUL");
	refused(HEAD
		"\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"capabilities\":{\"bounding\":[\"CAP_X\"]}}," LINUX(
			""),
		"process.capabilities.bounding[0]");
	refused(HEAD
		"\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":1,"
		"\"hard\":1}]}," LINUX(""),
		"process.rlimits[0].type");
	refused(HEAD PROC
		"\"mounts\":[{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/y\",\"options\":[\"rbind\","
		"\"odd\"]}]," LINUX(""),
		"mounts[0].options");
	refused(HEAD PROC
		"\"mounts\":[{\"destination\":\"/x\",\"source\":\"/y\",\"options\":[\"remount\",\"bind\","
		"\"idmap\"],\"uidMappings\":[{\"size\":1}],\"gidMappings\":[{\"size\":1}]}]," LINUX(
			""),
		"mounts[0].options: \"remount\" changes a mount that is there");
	refused(HEAD PROC LINUX(",\"intelRdt\":{\"closID\":\"../x\"}"), "linux.intelRdt.closID");
	refused(HEAD PROC LINUX(",\"intelRdt\":{\"closID\":\"..\"}"), "linux.intelRdt.closID");
	refused(HEAD PROC LINUX(",\"intelRdt\":{\"memBwSchema\":\"L3:0=1\"}"),
		"linux.intelRdt.memBwSchema");
	refused(HEAD PROC LINUX(",\"intelRdt\":{\"schemata\":[\"MB:0=1\",\"a\\nb\"]}"),
		"linux.intelRdt.schemata[1]");
	refused(HEAD PROC LINUX(",\"intelRdt\":{\"enableCMT\":true}"), "linux.intelRdt.enableCMT");
	refused(HEAD PROC LINUX(",\"resources\":{\"blockIO\":{\"throttleWriteIOPSDevice\":3}}"),
		"linux.resources.blockIO.throttleWriteIOPSDevice");
}

static void test_mount_options(void **state)
{
	AUTO_MEM m = { 0 };
	struct spec s;
	struct rt_error e;

	(void)state;
	assert_int_equal(
		load(&m,
			HEAD PROC
			"\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[\"nosuid\","
			"\"strictatime\",\"mode=755\",\"ro\"]},{\"destination\":\"/b\",\"source\":\"/b\",\"options\":["
			"\"ro\",\"rbind\",\"rshared\",\"rnoexec\"]},{\"destination\":\"/b\",\"options\":["
			"\"rw\",\"remount\",\"bind\",\"mode=1\"]},{\"destination\":\"/dev\",\"options\":["
			"\"remount\",\"size=1m\"]}]," LINUX(""),
			&s, &e),
		0);
	const struct mount_spec *t = &s.mounts.v[0], *b = &s.mounts.v[1];
	assert_int_equal(
		t->attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_RDONLY);
	assert_int_equal(t->data.n, 1);
	assert_string_equal(t->data.v[0], "mode=755");
	assert_int_equal(b->from, MOUNT_BIND);
	assert_true(b->recursive && b->propagation_recursive);
	assert_int_equal(b->propagation, MS_SHARED);
	assert_int_equal(b->rec_attr_set, MOUNT_ATTR_NOEXEC);
	const struct mount_spec *r = &s.mounts.v[2], *fs = &s.mounts.v[3];
	assert_true(r->from == MOUNT_REMOUNT && r->attr_clear == MOUNT_ATTR_RDONLY);
	assert_int_equal(r->data.n, 0);
	assert_true(fs->from == MOUNT_REMOUNT && fs->data.n == 1);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(signal_number("TERM"), 15);
	assert_int_equal(signal_number("SIGKILL"), 9);
	assert_int_equal(signal_number("10"), 10);
	assert_int_equal(signal_number("RTMIN+3"), 37);
	assert_int_equal(signal_number("0"), -1);
	assert_int_equal(signal_number("9x"), -1);
	assert_int_equal(cap_number("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(cap_number("NET_ADMIN"), -1);
}

static void test_runtime_json(void **state)
{
	static const char text[] =
		"{\"cgroups\":[],\"mkdir\":[\"/var/x\"],\"interfaces\":[],\"bindNS\":{\"net\":\"/run/n\"},"
		"\"namespace\":\"x\",\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\"}]}";
	static const char links[] = "{\"interfaces\":[{\"name\":\"eth0\"}]}";
	AUTO_MEM m = { 0 };
	struct runtime_json r = { 0 };
	struct rt_error e;

	(void)state;
	assert_int_equal(mem_open(&m, 1 << 20), 0);
	assert_int_equal(
		json_decode(&m, "runtime.json", text, strlen(text), &runtime_json_table, &r, &e),
		0);
	assert_string_equal(r.bindNS->net, "/run/n");
	assert_int_equal(
		json_decode(&m, "runtime.json", links, strlen(links), &runtime_json_table, &r, &e),
		-1);
	assert_non_null(strstr(e.what, "interfaces is not carried out"));
}

static void test_request(void **state)
{
	static const char text[] =
		"{\"cmd\":\"exec\",\"name\":\"web\",\"args\":[\"ls\"],\"tty\":true}";
	AUTO_MEM m = { 0 };
	struct request r;
	struct rt_error e;

	(void)state;
	assert_int_equal(mem_open(&m, 1 << 16), 0);
	assert_int_equal(request_decode(&m, text, strlen(text), &r, &e), 0);
	assert_true(r.tty);
	assert_int_equal(request_decode(&m, "{}", 2, &r, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_mount_options),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_runtime_json),
		cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
