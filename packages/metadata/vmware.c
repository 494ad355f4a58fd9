#include "packages/metadata/vmware.h"

#include "packages/metadata/json.h"
#include "packages/metadata/providers.h"
#include "packages/metadata/text.h"

#include <setjmp.h>
#include <signal.h>

enum {
	MAGIC = 0x564d5868,
	PORT = 0x5658,
	COMMAND_MESSAGE = 30,
	PROTOCOL_RPCI = 0x49435052,
	DONE = 1,	/* in the high half of cx: the host has taken it */
	HAS_ANSWER = 2, /* ... and has something to say */
};
#define COOKIE UINT32_C(0x80000000)
/* The type of a message, in the high half of cx. */
enum step { OPEN, SEND_SIZE, SEND, RECEIVE_SIZE, RECEIVE, RECEIVED, CLOSE };

struct channel {
	vmware_door *door;
	uint32_t id, cookie_high, cookie_low;
};

/* The host's status; *value goes in, and what the host says comes out. */
static uint32_t message(const struct channel *c, enum step step, uint32_t *value, uint32_t *dx)
{
	struct vmware_registers r = { .ax = MAGIC,
		.bx = *value,
		.cx = (uint32_t)step << 16 | COMMAND_MESSAGE,
		.dx = c->id << 16 | PORT,
		.si = c->cookie_high,
		.di = c->cookie_low };

	c->door(&r);
	*value = r.bx;
	if (dx != NULL)
		*dx = r.dx;
	return r.cx >> 16;
}

static bool open_channel(struct channel *c, vmware_door *door)
{
	struct vmware_registers r = { .ax = MAGIC,
		.bx = PROTOCOL_RPCI | COOKIE,
		.cx = (uint32_t)OPEN << 16 | COMMAND_MESSAGE,
		.dx = PORT };

	door(&r);
	*c = (struct channel){
		.door = door, .id = r.dx >> 16, .cookie_high = r.si, .cookie_low = r.di
	};
	return (r.cx >> 16 & DONE) != 0;
}

static bool send_text(const struct channel *c, const char *text, size_t len)
{
	uint32_t value = (uint32_t)len;

	if ((message(c, SEND_SIZE, &value, NULL) & DONE) == 0)
		return false;
	for (size_t i = 0; i < len; i += sizeof(value)) {
		size_t n = len - i < sizeof(value) ? len - i : sizeof(value);
		value = 0;
		memcpy(&value, text + i, n);
		if ((message(c, SEND, &value, NULL) & DONE) == 0)
			return false;
	}
	return true;
}

static ssize_t receive_text(const struct channel *c, char *to, size_t max)
{
	uint32_t value = 0, dx;
	uint32_t status = message(c, RECEIVE_SIZE, &value, &dx);
	size_t len = value;

	if ((status & (DONE | HAS_ANSWER)) != (DONE | HAS_ANSWER) || dx >> 16 != SEND_SIZE)
		return -1;
	if (len > max) {
		say("vmware: an answer is larger than %d bytes, and left out", TEXT_MAX);
		return -1;
	}
	for (size_t i = 0; i < len; i += sizeof(value)) {
		value = DONE;
		if ((message(c, RECEIVE, &value, NULL) & DONE) == 0)
			return -1;
		memcpy(to + i, &value, len - i < sizeof(value) ? len - i : sizeof(value));
	}
	value = DONE;
	message(c, RECEIVED, &value, NULL);
	return (ssize_t)len;
}

bool vmware_ask(vmware_door *door, const char *request, struct text *answer)
{
	/* "1 VALUE", or "0 " and why there is none. */
	static char reply[TEXT_MAX + 2];
	struct channel c;
	uint32_t value = 0;
	ssize_t n = -1;

	if (!open_channel(&c, door))
		return false;
	if (send_text(&c, request, strlen(request)))
		n = receive_text(&c, reply, sizeof(reply));
	message(&c, CLOSE, &value, NULL);
	if (n < 2 || reply[0] != '1' || reply[1] != ' ')
		return false;
	*answer = (struct text){ reply + 2, (size_t)n - 2 };
	return true;
}

/* A value of guestinfo, out of its encoding. */
static bool get_value(vmware_door *door, const char *name, struct text *value)
{
	char request[80], encoding[16] = "";
	struct text coded;

	snprintf(request, sizeof(request), "info-get guestinfo.%s.encoding", name);
	/* The answer is gone with the next request. */
	if (vmware_ask(door, request, &coded) && coded.len < sizeof(encoding))
		memcpy(encoding, coded.at, coded.len);
	snprintf(request, sizeof(request), "info-get guestinfo.%s", name);
	if (!vmware_ask(door, request, value) || value->len == 0)
		return false;
	if (encoding[0] == '\0')
		return true;
	if (strcmp(encoding, "base64") != 0 && strcmp(encoding, "b64") != 0) {
		say("vmware: guestinfo.%s is left out: its encoding has to be base64, not %s", name,
			encoding);
		return false;
	}
	ssize_t n = unbase64(value->at, value->len, value->at);
	if (n < 0) {
		say("vmware: guestinfo.%s is no base64", name);
		return false;
	}
	value->len = (size_t)n;
	return true;
}

int take_guestinfo(struct metadata *m, vmware_door *door)
{
	struct text value;
	int found = 0;

	if (get_value(door, "metadata", &value)) {
		if (!take_meta_data(m, value.at, value.len))
			read_yaml(m, value.at, value.len);
		found = 1;
	}
	if (get_value(door, "userdata", &value)) {
		keep_user_data(m, value.at, value.len);
		found = 1;
	}
	return found;
}

#ifdef __x86_64__
static sigjmp_buf nobody;

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(nobody, 1);
}

/* VMware lets every program through to this port; elsewhere it is a fault. */
static void access_port(struct vmware_registers *r)
{
	__asm__ volatile(
		"inl %%dx, %%eax"
		: "+a"(r->ax), "+b"(r->bx), "+c"(r->cx), "+d"(r->dx), "+S"(r->si), "+D"(r->di)
		:
		: "memory");
}

int read_vmware(const struct settings *s, struct metadata *m)
{
	struct sigaction on = { .sa_handler = on_fault };

	(void)s;
	sigemptyset(&on.sa_mask);
	if (sigaction(SIGSEGV, &on, NULL) < 0 || sigsetjmp(nobody, 1) != 0)
		return fail("vmware: nobody answers at its port: this is no VMware");
	int found = take_guestinfo(m, access_port);
	on.sa_handler = SIG_DFL;
	sigaction(SIGSEGV, &on, NULL);
	return found;
}
#else
int read_vmware(const struct settings *s, struct metadata *m)
{
	(void)s;
	(void)m;
	return fail("vmware: guestinfo is read on amd64 only");
}
#endif
