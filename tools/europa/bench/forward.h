/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all of the peers do: PROGRAM IN OUT DST-MAC forwards IPv4 that is
 * received by the netdev IN out of the netdev OUT, to DST-MAC
 */
#ifndef BENCH_FORWARD_H
#define BENCH_FORWARD_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH	64

struct forward {
	const char *in, *out;
	int in_ifindex, out_ifindex;
	uint8_t in_mac[ETH_ALEN], out_mac[ETH_ALEN], dst[ETH_ALEN];
};

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void forward_mac(const char *ifname, uint8_t *mac)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &ifr))
		die(ifname);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	close(fd);
}

static inline void forward_init(struct forward *f, int argc, char **argv)
{
	if (argc < 4 || sscanf(argv[3], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
			       &f->dst[0], &f->dst[1], &f->dst[2], &f->dst[3],
			       &f->dst[4], &f->dst[5]) != 6) {
		fprintf(stderr, "Usage: %s IN OUT DST-MAC\n", argv[0]);
		exit(2);
	}
	f->in = argv[1];
	f->out = argv[2];
	f->in_ifindex = (int)if_nametoindex(f->in);
	f->out_ifindex = (int)if_nametoindex(f->out);
	forward_mac(f->in, f->in_mac);
	forward_mac(f->out, f->out_mac);
}

/* Returns false if the frame is none to forward; it is changed only if so. */
static inline bool forward_frame(const struct forward *f, uint8_t *frame,
				 size_t len)
{
	struct ether_header *eth = (void *)frame;
	struct iphdr *ip = (void *)(frame + ETH_HLEN);
	uint32_t sum;

	if (len < ETH_HLEN + sizeof(*ip) || eth->ether_type != htons(ETH_P_IP) ||
	    memcmp(eth->ether_dhost, f->in_mac, ETH_ALEN) || ip->ttl <= 1)
		return false;
	sum = ip->check + (uint32_t)htons(0x0100);
	ip->check = (uint16_t)(sum + (sum >= 0xffff));
	ip->ttl--;
	memcpy(eth->ether_dhost, f->dst, ETH_ALEN);
	memcpy(eth->ether_shost, f->out_mac, ETH_ALEN);
	return true;
}

/*
 * A packet socket on a netdev; without a protocol it only sends.  With all of them
 * it has its copy before tc's ingress.
 */
static inline int forward_socket(int ifindex, uint16_t protocol)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(protocol),
				   .sll_ifindex = ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), size = 4 << 20, on = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die("packet socket");
	if (protocol) {
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
			   sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	} else {
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on,
			   sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	}
	return fd;
}

#endif /* BENCH_FORWARD_H */
