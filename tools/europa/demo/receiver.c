// SPDX-License-Identifier: GPL-2.0-only
/*
 * receiver IFNAME: count and check what the demo's routers forward
 *
 * A router is known by its source MAC address, 02:00:00:00:K:02.  Frames that
 * trafgen was told to make well-formed have destination port 4000; each
 * source port is a flow, whose frames are numbered by IPv4 id or IPv6 flow
 * label.  Anything else from a router is a frame that must not have come
 * through, save what the containers' own stacks send: ARP, neighbour
 * discovery, multicast.
 *
 * SIGUSR1 prints and clears the counters, SIGTERM ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUTERS		16
#define FLOWS		16
#define BATCH		64
#define FIRST_PORT	5000
#define DST_PORT	4000
#define TTL		63
#define FILL		0x5a

struct flow {
	bool begun;
	uint32_t next;
};

struct family {
	uint64_t good;
	uint64_t bad_ttl;
	uint64_t bad_sum;
	uint64_t bad_payload;
	uint64_t bad_order;
	struct flow flow[FLOWS];
};

static struct family count[ROUTERS][2];
static uint64_t forbidden[ROUTERS];

static void die(const char *what)
{
	fprintf(stderr, "receiver: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t sum(const uint8_t *p, uint32_t len, uint32_t start)
{
	uint64_t s = start;

	for (; len > 1; p += 2, len -= 2)
		s += (uint32_t)(p[0] << 8 | p[1]);
	if (len)
		s += (uint32_t)(p[0] << 8);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint32_t)s;
}

static bool filled(const uint8_t *p, uint32_t len)
{
	while (len--)
		if (*p++ != FILL)
			return false;
	return true;
}

/* The UDP packet behind an IP header whose address sum is @pseudo. */
static bool check_udp(struct family *f, const uint8_t *udp, uint32_t len,
		      uint32_t pseudo, uint32_t number, uint32_t wrap)
{
	const struct udphdr *uh = (const void *)udp;
	struct flow *flow;
	uint32_t which;

	if (len < sizeof(*uh) || ntohs(uh->len) != len ||
	    ntohs(uh->dest) != DST_PORT)
		return false;
	which = (uint32_t)ntohs(uh->source) - FIRST_PORT;
	if (which >= FLOWS)
		return false;
	f->good++;
	if (sum(udp, len, pseudo + IPPROTO_UDP + len) != 0xffff)
		f->bad_sum++;
	if (!filled(udp + sizeof(*uh), len - sizeof(*uh)))
		f->bad_payload++;
	flow = &f->flow[which];
	if (flow->begun && number != flow->next)
		f->bad_order++;
	flow->begun = true;
	flow->next = (number + 1) & wrap;
	return true;
}

static bool check_ipv4(struct family *f, const uint8_t *p, uint32_t len)
{
	const struct iphdr *ip = (const void *)p;

	if (len < sizeof(*ip) || ip->version != 4 || ip->ihl != 5 ||
	    ntohs(ip->tot_len) > len || ntohs(ip->tot_len) < sizeof(*ip) ||
	    ip->protocol != IPPROTO_UDP)
		return false;
	if (!check_udp(f, p + 20, ntohs(ip->tot_len) - 20u, sum(p + 12, 8, 0),
		       ntohs(ip->id), 0xffff))
		return false;
	if (ip->ttl != TTL)
		f->bad_ttl++;
	if (sum(p, 20, 0) != 0xffff)
		f->bad_sum++;
	return true;
}

static bool check_ipv6(struct family *f, const uint8_t *p, uint32_t len)
{
	const struct ip6_hdr *ip = (const void *)p;
	uint32_t payload = ntohs(ip->ip6_plen);

	if (len < sizeof(*ip) || ip->ip6_vfc >> 4 != 6 ||
	    payload > len - sizeof(*ip) || ip->ip6_nxt != IPPROTO_UDP)
		return false;
	if (!check_udp(f, p + 40, payload, sum(p + 8, 32, 0),
		       ntohl(ip->ip6_flow) & 0xfffff, 0xfffff))
		return false;
	if (ip->ip6_hlim != TTL)
		f->bad_ttl++;
	return true;
}

/* What the container's own stack says to its neighbours. */
static bool is_stack(const uint8_t *frame, uint32_t len, uint16_t type)
{
	if (frame[0] & 1 || type == ETHERTYPE_ARP)
		return true;
	return type == ETHERTYPE_IPV6 && len >= 54 &&
	       frame[20] == IPPROTO_ICMPV6;
}

static void one_frame(const uint8_t *frame, uint32_t len)
{
	static const uint8_t oui[4] = { 0x02 };
	const struct ether_header *eth = (const void *)frame;
	uint16_t type = ntohs(eth->ether_type);
	unsigned int k;

	if (len < sizeof(*eth) || memcmp(eth->ether_shost, oui, 4) ||
	    eth->ether_shost[5] != 2 || eth->ether_shost[4] >= ROUTERS)
		return;
	k = eth->ether_shost[4];
	if (type == ETHERTYPE_IP &&
	    check_ipv4(&count[k][0], frame + ETH_HLEN, len - ETH_HLEN))
		return;
	if (type == ETHERTYPE_IPV6 && !is_stack(frame, len, type) &&
	    check_ipv6(&count[k][1], frame + ETH_HLEN, len - ETH_HLEN))
		return;
	if (!is_stack(frame, len, type))
		forbidden[k]++;
}

static void print_family(unsigned int k, int version, struct family *f)
{
	printf("recv %u ipv%d good %llu ttl %llu sum %llu payload %llu order %llu\n",
	       k, version, (unsigned long long)f->good,
	       (unsigned long long)f->bad_ttl, (unsigned long long)f->bad_sum,
	       (unsigned long long)f->bad_payload,
	       (unsigned long long)f->bad_order);
}

static void print_counts(int fd)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	for (unsigned int k = 1; k < ROUTERS; k++) {
		if (!count[k][0].good && !count[k][1].good && !forbidden[k])
			continue;
		print_family(k, 4, &count[k][0]);
		print_family(k, 6, &count[k][1]);
		printf("recv %u forbidden %llu\n", k,
		       (unsigned long long)forbidden[k]);
	}
	printf("recv lost %u\nrecv end\n", stats.tp_drops);
	fflush(stdout);
	memset(count, 0, sizeof(count));
	memset(forbidden, 0, sizeof(forbidden));
}

static int open_socket(const char *ifname)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	int size = 64 << 20, on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	sll.sll_ifindex = (int)if_nametoindex(ifname);
	if (!sll.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die(ifname);
	return fd;
}

static void receive(int fd)
{
	static uint8_t buf[BATCH][2048];
	struct mmsghdr msg[BATCH] = {};
	struct iovec iov[BATCH];
	int n;

	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ buf[i], sizeof(buf[i]) };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while ((n = recvmmsg(fd, msg, BATCH, 0, NULL)) > 0)
		for (int i = 0; i < n; i++)
			one_frame(buf[i], msg[i].msg_len);
}

int main(int argc, char **argv)
{
	struct signalfd_siginfo info;
	struct pollfd pfd[2] = { { .events = POLLIN }, { .events = POLLIN } };
	sigset_t set;

	if (argc != 2) {
		fprintf(stderr, "Usage: receiver IFNAME\n");
		return 2;
	}
	pfd[0].fd = open_socket(argv[1]);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pfd[1].fd = signalfd(-1, &set, 0);
	for (;;) {
		if (poll(pfd, 2, -1) < 0)
			die("poll");
		receive(pfd[0].fd);
		if (!pfd[1].revents)
			continue;
		if (read(pfd[1].fd, &info, sizeof(info)) != sizeof(info))
			die("signalfd");
		if (info.ssi_signo != SIGUSR1)
			return 0;
		print_counts(pfd[0].fd);
	}
}
