/* What the fuzzer feeds to the parsers of system-runtime. */
#include "tests/fuzz/fuzz.h"

#include "system-runtime/oci/spec.h"
#include "system-runtime/seccomp/filter.h"
#include "system-runtime/supervise/request.h"
#include "system-runtime/supervise/runtime_json.h"

feeder feed_oci_config, feed_runtime_json, feed_svc_request, feed_seccomp, feed_process_json;

int feed_oci_config(const uint8_t *data, size_t len)
{
	AUTO_MEM m = { 0 };
	struct spec s = { 0 };
	struct rt_error e;

	if (mem_open(&m, json_mem_size(len)) == 0 &&
		json_decode(&m, "config.json", (const char *)data, len, &spec_table, &s, &e) == 0)
		(void)!spec_check(&m, &s, &e);
	return 0;
}

int feed_runtime_json(const uint8_t *data, size_t len)
{
	AUTO_MEM m = { 0 };
	struct runtime_json r = { 0 };
	struct rt_error e;

	if (mem_open(&m, json_mem_size(len)) != 0 ||
		json_decode(&m, "runtime.json", (const char *)data, len, &runtime_json_table, &r,
			&e) != 0)
		return 0;
	for (size_t i = 0; i < r.mounts.n; i++)
		(void)!mount_options(&m, &r.mounts.v[i], "runtime.json", &e);
	return 0;
}

int feed_process_json(const uint8_t *data, size_t len)
{
	AUTO_MEM m = { 0 };
	struct process_spec p = { 0 };
	struct rt_error e;

	if (mem_open(&m, json_mem_size(len)) == 0 &&
		json_decode(&m, "process.json", (const char *)data, len, &process_table, &p, &e) ==
			0)
		(void)!process_check(&m, &p, "process", &e);
	return 0;
}

int feed_seccomp(const uint8_t *data, size_t len)
{
	AUTO_MEM m = { 0 };
	struct seccomp_spec s = { 0 };
	struct filter f;
	struct rt_error e;

	if (mem_open(&m, json_mem_size(len)) == 0 &&
		json_decode(&m, "seccomp", (const char *)data, len, &seccomp_table, &s, &e) == 0 &&
		seccomp_check(&s, &e) == 0)
		(void)!filter_compile(&m, &s, &f, &e);
	return 0;
}

int feed_svc_request(const uint8_t *data, size_t len)
{
	AUTO_MEM m = { 0 };
	struct request r;
	struct rt_error e;

	if (mem_open(&m, json_mem_size(len)) == 0)
		(void)!request_decode(&m, (const char *)data, len, &r, &e);
	return 0;
}
