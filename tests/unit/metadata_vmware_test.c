/* VMware's channel, with a host that is played: what Linux's vmwgfx_msg.c documents, and hosts that
 * lie. */
#include "tests/unit/base_test.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define fail	       metadata_fail
#define say	       metadata_say
#define json_skip_real metadata_skip_real
#include "packages/metadata/json.c"
#include "packages/metadata/text.c"
#include "packages/metadata/vmware.c"
#undef fail

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAA"

/* What the host keeps: pairs of name and value. */
static const char *const *variables;
static enum { HONEST, SILENT, HUGE, SHORT, REFUSES } manner;

static struct {
	bool open;
	char request[128];
	size_t want, have;
	char answer[256];
	size_t sent;
} host;

static void make_answer(void)
{
	static const char get[] = "info-get guestinfo.";

	assert_memory_equal(host.request, get, strlen(get));
	snprintf(host.answer, sizeof(host.answer), "0 No value found");
	for (size_t i = 0; variables[i] != NULL; i += 2) {
		if (strcmp(host.request + strlen(get), variables[i]) == 0)
			snprintf(host.answer, sizeof(host.answer), "1 %s", variables[i + 1]);
	}
	host.sent = 0;
}

static void play(struct vmware_registers *r)
{
	uint32_t status = DONE;
	size_t left;

	assert_int_equal(r->ax, 0x564d5868);
	assert_int_equal(r->dx & 0xffff, 0x5658);
	assert_int_equal(r->cx & 0xffff, 30);
	if (r->cx >> 16 != OPEN) {
		assert_int_equal(r->dx >> 16, 7);
		assert_int_equal(r->si, 0x1234);
		assert_int_equal(r->di, 0x5678);
		assert_true(host.open);
	}
	switch (r->cx >> 16) {
	case OPEN:
		assert_int_equal(r->bx, 0xc9435052);
		assert_false(host.open);
		memset(&host, 0, sizeof(host));
		host.open = manner != REFUSES;
		r->dx = 7 << 16 | 0x5658;
		r->si = 0x1234;
		r->di = 0x5678;
		break;
	case SEND_SIZE:
		host.want = r->bx;
		assert_true(host.want < sizeof(host.request));
		break;
	case SEND:
		left = host.want - host.have;
		memcpy(host.request + host.have, &r->bx, left < 4 ? left : 4);
		host.have += left < 4 ? left : 4;
		if (host.have == host.want)
			make_answer();
		break;
	case RECEIVE_SIZE:
		status = manner == SILENT ? DONE : DONE | HAS_ANSWER;
		r->bx = manner == HUGE ? UINT32_MAX : (uint32_t)strlen(host.answer);
		r->dx = SEND_SIZE << 16;
		break;
	case RECEIVE:
		memcpy(&r->bx, host.answer + host.sent, 4);
		host.sent += 4;
		if (manner == SHORT && host.sent > 4)
			status = 0;
		break;
	case CLOSE:
		host.open = false;
		break;
	default:
		assert_int_equal(r->cx >> 16, RECEIVED);
	}
	r->cx = (manner == REFUSES ? 0 : status) << 16 | 30;
}

static struct metadata m;

static int take(const char *const *these)
{
	memset(&m, 0, sizeof(m));
	variables = these;
	int found = take_guestinfo(&m, play);
	assert_false(host.open);
	return found;
}

static void honest(void **state)
{
	(void)state;
	manner = HONEST;
	assert_int_equal(take((const char *const[]){ "metadata",
				 "local-hostname: esx-7\npublic-keys:\n  - " KEY "\n", "userdata",
				 "#!/bin/sh\necho\n", NULL }),
		1);
	assert_string_equal(m.hostname, "esx-7");
	assert_int_equal(m.keys_len, strlen(KEY) + 1);
	assert_int_equal(m.user_data.len, 15);
	assert_memory_equal(m.user_data.at, "#!/bin/sh\necho\n", 15);

	assert_int_equal(
		take((const char *const[]){ "metadata",
			"{\"local-hostname\": \"json-7\", \"public-keys-data\": \"" KEY "\"}",
			"userdata", "aGVs\nbG8=", "userdata.encoding", "base64", NULL }),
		1);
	assert_string_equal(m.hostname, "json-7");
	assert_int_equal(m.keys_len, strlen(KEY) + 1);
	assert_int_equal(m.user_data.len, 5);
	assert_memory_equal(m.user_data.at, "hello", 5);

	assert_int_equal(take((const char *const[]){ NULL }), 0);
	/* Not what it can read: left out, and said. */
	assert_int_equal(take((const char *const[]){
				 "userdata", "H4sI", "userdata.encoding", "gzip+base64", NULL }),
		0);
	assert_int_equal(
		take((const char *const[]){ "userdata", "*", "userdata.encoding", "b64", NULL }),
		0);
}

static void lies(void **state)
{
	static const char *const some[] = { "userdata", "long enough", NULL };

	(void)state;
	for (manner = SILENT; manner <= REFUSES; manner++)
		assert_int_equal(take(some), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(honest), cmocka_unit_test(lies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
