/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all of the peers do: PROGRAM [OPTIONS] IN OUT DST-MAC [MAC] forwards IP
 * that is received by the netdev IN out of the netdev OUT, to DST-MAC, and what
 * is received by OUT out of IN, to MAC, if there is one
 *
 *  -q QUEUES	a process for each queue, on the CPU of the same number
 *  -s SLOTS	room for so many packets that are received
 *  -o		packets as large as the stack makes them, to be segmented by others:
 *		each has a virtio_net_hdr before it
 *  -R FILE	only to the prefixes of a file, one a line
 */
#ifndef BENCH_FORWARD_H
#define BENCH_FORWARD_H

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../router/lpm.h"

#define BATCH		64
#define QUEUES_MAX	8
#define SLOTS		4096
#define SLOT_SIZE	2048
#define LARGE_SLOT_SIZE	(68 << 10)

struct forward {
	const char *in, *out;
	int in_ifindex, out_ifindex;
	uint8_t in_mac[ETH_ALEN], out_mac[ETH_ALEN], dst[ETH_ALEN];
	unsigned int queues, slots, slot_size;
	size_t head;			/* bytes before a frame, which stay as they are */
	struct lpm table;		/* without elements if all is forwarded */
};

void die(const char *what);
void forward_init(struct forward *f, int argc, char **argv,
		  const char *options, void (*option)(int c));
bool forward_back(struct forward *back, const struct forward *f, char **argv);
void forward_ways(struct forward *f, char **argv);
int forward_in_socket(const struct forward *f);
int forward_out_socket(const struct forward *f);
void forward_spread(int fd, const struct forward *f);
unsigned int forward_workers(const struct forward *f);
int forward_in(const struct forward *f);
void forward_ready(void);

static inline bool forward_has_route(const struct forward *f,
				     const uint8_t *addr, unsigned int stride)
{
	uint32_t value;

	if (!f->table.element)
		return true;
	if (f->table.stride != stride)
		return false;
	if (stride == LPM_STRIDE4)
		lpm_lookup4(&f->table, &addr, &value, 1);
	else
		lpm_lookup6(&f->table, &addr, &value, 1);
	return value != LPM_NONE;
}

static inline bool forward_ip(const struct forward *f, struct iphdr *ip,
			      size_t len)
{
	uint32_t sum;

	if (len < sizeof(*ip) || ip->ttl <= 1 ||
	    !forward_has_route(f, (const uint8_t *)&ip->daddr, LPM_STRIDE4))
		return false;
	sum = ip->check + (uint32_t)htons(0x0100);
	ip->check = (uint16_t)(sum + (sum >= 0xffff));
	ip->ttl--;
	return true;
}

static inline bool forward_ip6(const struct forward *f, struct ip6_hdr *ip,
			       size_t len)
{
	if (len < sizeof(*ip) || ip->ip6_hlim <= 1 ||
	    !forward_has_route(f, ip->ip6_dst.s6_addr, LPM_STRIDE6))
		return false;
	ip->ip6_hlim--;
	return true;
}

/* Returns false if the frame is none to forward; it is changed only if so. */
static inline bool forward_frame(const struct forward *f, uint8_t *frame,
				 size_t len)
{
	struct ether_header *eth = (void *)frame;
	void *ip = frame + ETH_HLEN;

	if (len < ETH_HLEN || memcmp(eth->ether_dhost, f->in_mac, ETH_ALEN))
		return false;
	if (eth->ether_type == htons(ETH_P_IP) ?
	    !forward_ip(f, ip, len - ETH_HLEN) :
	    eth->ether_type != htons(ETH_P_IPV6) ||
	    !forward_ip6(f, ip, len - ETH_HLEN))
		return false;
	memcpy(eth->ether_dhost, f->dst, ETH_ALEN);
	memcpy(eth->ether_shost, f->out_mac, ETH_ALEN);
	return true;
}

/* The same with what is before the frame. */
static inline bool forward_packet(const struct forward *f, uint8_t *packet,
				  ssize_t len)
{
	return len > (ssize_t)f->head &&
	       forward_frame(f, packet + f->head, (size_t)len - f->head);
}

#endif /* BENCH_FORWARD_H */
