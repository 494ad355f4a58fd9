/*
 * router [-1] INTERFACE: what the routers of a link say for user space; addresses and routes are
 * the kernel's own work. Asks at once (RFC 4861, 6.3.7), without an address, which the kernel has
 * only a second later. A line for whatever is new: "managed", "other" or "-" (what DHCPv6 is for),
 * name servers and search domains, each with commas, or "-". With -1 it ends after the first.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "advert.h"

enum { MESSAGE_MAX = 4096, LINE_TEXT = 4096, HOPS = 255, SOLICITS = 3, SOLICIT_SECONDS = 4 };

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void fail(const char *interface, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", interface, what, strerror(errno));
	exit(1);
}

/* A socket that gets the link's advertisements alone; ends the program where there is no IPv6. */
static int open_listener(const char *interface)
{
	struct icmp6_filter filter;
	int on = 1, fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);

	if (fd < 0 && errno == EAFNOSUPPORT)
		exit(0);
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_ADVERT, &filter);
	if (fd < 0 || setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
			(socklen_t)strlen(interface) + 1) != 0 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)) != 0)
		fail(interface, "cannot listen to routers");
	return fd;
}

/*
 * From :: to all routers. The kernel sends nothing for a process from there: so as a packet, with
 * its checksum (RFC 4443, 2.3): of a message with two bytes that are not zero, the pseudo-header's
 * ff02::2, length 8 and next header 58.
 */
static void solicit(const char *interface)
{
	static const uint8_t packet[48] = { 0x60, 0, 0, 0, 0, 8, IPPROTO_ICMPV6, HOPS, [24] = 0xff,
		[25] = 0x02, [39] = 2, [40] = ND_ROUTER_SOLICIT, [42] = 0x7b, [43] = 0xb8 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IPV6),
		.sll_halen = ETH_ALEN,
		.sll_ifindex = (int)if_nametoindex(interface),
		.sll_addr = { 0x33, 0x33, 0, 0, 0, 2 } };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Lost, as packets are: it is sent again, and the kernel asks too. */
	if (fd < 0 || sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		fprintf(stderr, "%s: cannot ask for routers: %s\n", interface, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Hop limit 255: a packet that no router has passed on (RFC 4861, 6.1.2). */
static bool is_from_link(struct msghdr *message, const struct sockaddr_in6 *from)
{
	int hops = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
	return hops == HOPS && IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr) &&
	       (message->msg_flags & MSG_TRUNC) == 0;
}

static bool receive(int fd, struct advert *said)
{
	uint8_t data[MESSAGE_MAX];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct sockaddr_in6 from = { 0 };
	struct iovec part = { data, sizeof(data) };
	struct msghdr message = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t size = recvmsg(fd, &message, 0);

	return size > 0 && is_from_link(&message, &from) &&
	       advert_read(said, data, (size_t)size, now());
}

/* Without "::", as the names that DHCPv6's client gives are written too: the same server is then
 * the same text. */
static int print_server(char *to, size_t room, const char *interface, const uint8_t a[16])
{
	const char *scope = a[0] == 0xfe && (a[1] & 0xc0) == 0x80 ? interface : "";
	int length = 0;

	for (int i = 0; i < 16; i += 2)
		length += snprintf(to + length, room - (size_t)length, "%s%x", i > 0 ? ":" : "",
			a[i] << 8 | a[i + 1]);
	return length + snprintf(to + length, room - (size_t)length, "%s%s",
				scope[0] != '\0' ? "%" : "", scope);
}

static void print(char line[LINE_TEXT], const char *interface, const struct advert *said)
{
	int length = snprintf(line, LINE_TEXT, "%s ",
		said->managed ? "managed"
		: said->other ? "other"
			      : "-");
	int start = length;

	for (const struct server *s = said->servers; s < said->servers + SERVERS_MAX; s++) {
		if (s->until == 0)
			continue;
		if (length > start)
			line[length++] = ',';
		length += print_server(
			line + length, LINE_TEXT - (size_t)length, interface, s->address);
	}
	length += snprintf(
		line + length, LINE_TEXT - (size_t)length, "%s", length == start ? "- " : " ");
	start = length;
	for (const struct domain *d = said->domains; d < said->domains + DOMAINS_MAX; d++)
		if (d->until != 0)
			length += snprintf(line + length, LINE_TEXT - (size_t)length, "%s%s",
				length > start ? "," : "", d->text);
	if (length == start)
		snprintf(line + length, LINE_TEXT - (size_t)length, "-");
}

int main(int argc, char **argv)
{
	bool once = argc == 3 && strcmp(argv[1], "-1") == 0;
	const char *interface = argv[argc - 1];
	struct advert said = { 0 };
	char line[LINE_TEXT], printed[LINE_TEXT] = "";
	bool heard = false;

	if (argc != 2 && !once) {
		fprintf(stderr, "say: router [-1] INTERFACE\n");
		return 2;
	}
	int fd = open_listener(interface);
	time_t ask = 0;
	for (int asked = 0;;) {
		time_t next = advert_expire(&said, now());
		if (heard) {
			print(line, interface, &said);
			if (strcmp(line, printed) != 0 && (puts(line) < 0 || fflush(stdout) != 0))
				return 1;
			if (once)
				return 0;
			memcpy(printed, line, sizeof(line));
		} else if (asked < SOLICITS) {
			if (ask <= now()) {
				solicit(interface);
				ask = now() + SOLICIT_SECONDS;
				asked++;
			}
			next = ask;
		}
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int timeout = next == 0 ? -1
					: (int)(next - now() < 3600 ? next - now() : 3600) * 1000;
		if (poll(&wait, 1, timeout) > 0 && receive(fd, &said))
			heard = true;
	}
}
