/*
 * linux.netDevices (runtime spec 1.3): devices of the machine move into the container's network
 * namespace, with another name if asked, and keep their permanent global addresses (rtnetlink(7)).
 * The creator reads the addresses and moves; the first process, inside, puts them back and sets the
 * device up.
 */
#include "system-runtime/container/net_devices.h"
#include "base/auto_fd.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

enum { REPLY_MAX = 16 * 1024 };

struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg addr;
	};
	char attrs[256];
};

static void put(struct request *r, unsigned short type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (unsigned)RTA_ALIGN(a->rta_len);
}

static int open_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* Sends and waits for the kernel's word; -1 and errno. */
static int ask(int fd, struct request *r)
{
	char reply[1024];

	r->head.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(fd, r, r->head.nlmsg_len, 0) < 0)
		return -1;
	ssize_t n = recv(fd, reply, sizeof(reply), 0);
	struct nlmsghdr *h = (void *)reply;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || h->nlmsg_type != NLMSG_ERROR) {
		errno = n < 0 ? errno : EBADMSG;
		return -1;
	}
	errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
	return errno == 0 ? 0 : -1;
}

/* One RTM_NEWADDR of the dump, when it is one that a program would miss. */
static int keep(struct net_device *d, struct nlmsghdr *h)
{
	struct ifaddrmsg *a = NLMSG_DATA(h);
	unsigned len = (unsigned)IFA_PAYLOAD(h);
	struct net_address *out = &d->addresses[d->n];

	if ((int)a->ifa_index != d->index || a->ifa_scope != RT_SCOPE_UNIVERSE ||
		!(a->ifa_flags & IFA_F_PERMANENT))
		return 0;
	if (d->n == NET_ADDRESSES_MAX)
		return -1;
	*out = (struct net_address){ .family = a->ifa_family, .prefix = a->ifa_prefixlen };
	for (struct rtattr *r = IFA_RTA(a); RTA_OK(r, len); r = RTA_NEXT(r, len)) {
		size_t n = RTA_PAYLOAD(r);
		if (n > sizeof(out->address))
			continue;
		if (r->rta_type == IFA_ADDRESS)
			memcpy(out->address, RTA_DATA(r), n);
		if (r->rta_type == IFA_LOCAL)
			memcpy(out->local, RTA_DATA(r), n);
		out->has_local |= r->rta_type == IFA_LOCAL;
	}
	d->n++;
	return 0;
}

static int read_addresses(int fd, struct net_device *d, char *buf)
{
	struct request r = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
				     .nlmsg_type = RTM_GETADDR,
				     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };

	if (send(fd, &r, r.head.nlmsg_len, 0) < 0)
		return -1;
	for (;;) {
		ssize_t n = recv(fd, buf, REPLY_MAX, 0);
		if (n <= 0)
			return -1;
		unsigned len = (unsigned)n;
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR ||
				(h->nlmsg_type == RTM_NEWADDR && keep(d, h) != 0)) {
				errno = E2BIG;
				return -1;
			}
		}
	}
}

int net_devices_read(
	struct mem *m, const struct linux_spec *l, struct net_device **out, struct rt_error *e)
{
	*out = NULL;
	if (l->netDevices.n == 0)
		return 0;
	struct net_device *v = mem_array(m, l->netDevices.n, sizeof(*v));
	char *buf = mem_alloc(m, REPLY_MAX);
	AUTO_FD fd = open_netlink();
	if (v == NULL || buf == NULL || fd < 0)
		return rt_fail(e, fd < 0 ? errno : ENOMEM, "linux.netDevices");
	for (size_t i = 0; i < l->netDevices.n; i++) {
		const char *name = l->netDevices.v[i].host;
		v[i].index = (int)if_nametoindex(name);
		if (v[i].index == 0)
			return rt_fail(
				e, errno, "linux.netDevices: there is no device \"%s\"", name);
		if (read_addresses(fd, &v[i], buf) != 0)
			return rt_fail(e, errno,
				"linux.netDevices: cannot read the addresses of \"%s\"", name);
	}
	*out = v;
	return 0;
}

int net_devices_move(
	const struct linux_spec *l, const struct net_device *v, pid_t pid, struct rt_error *e)
{
	AUTO_FD fd = open_netlink();

	if (fd < 0)
		return rt_fail(e, errno, "linux.netDevices");
	for (size_t i = 0; i < l->netDevices.n; i++) {
		const struct net_device_spec *d = &l->netDevices.v[i];
		struct request r = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
					     .nlmsg_type = RTM_NEWLINK } };
		uint32_t to = (uint32_t)pid;
		/* A device that is up cannot be given another name. */
		r.link.ifi_index = v[i].index;
		r.link.ifi_change = IFF_UP;
		put(&r, IFLA_NET_NS_PID, &to, sizeof(to));
		put(&r, IFLA_IFNAME, d->name, strlen(d->name) + 1);
		if (ask(fd, &r) != 0)
			return rt_fail(e, errno, "linux.netDevices: cannot move \"%s\" as \"%s\"",
				d->host, d->name);
	}
	return 0;
}

static int add_address(int fd, unsigned index, const struct net_address *a)
{
	struct request r = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
				     .nlmsg_type = RTM_NEWADDR,
				     .nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE } };
	size_t n = a->family == AF_INET ? 4 : 16;

	r.addr.ifa_family = a->family;
	r.addr.ifa_prefixlen = a->prefix;
	r.addr.ifa_index = index;
	put(&r, IFA_ADDRESS, a->address, n);
	if (a->has_local)
		put(&r, IFA_LOCAL, a->local, n);
	return ask(fd, &r);
}

int net_devices_set_up(const struct linux_spec *l, const struct net_device *v, struct rt_error *e)
{
	AUTO_FD fd = open_netlink();

	if (fd < 0)
		return rt_fail(e, errno, "linux.netDevices");
	for (size_t i = 0; i < l->netDevices.n; i++) {
		const char *name = l->netDevices.v[i].name;
		unsigned index = if_nametoindex(name);
		struct request up = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
					      .nlmsg_type = RTM_NEWLINK } };
		for (size_t k = 0; k < v[i].n; k++) {
			if (add_address(fd, index, &v[i].addresses[k]) != 0)
				return rt_fail(e, errno,
					"linux.netDevices: cannot restore the addresses of \"%s\"",
					name);
		}
		up.link.ifi_index = (int)index;
		up.link.ifi_flags = up.link.ifi_change = IFF_UP;
		if (ask(fd, &up) != 0)
			return rt_fail(e, errno, "linux.netDevices: cannot set \"%s\" up", name);
	}
	return 0;
}
