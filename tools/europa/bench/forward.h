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

/* Where a frame goes: the address, or NULL: it is none to forward. */
static inline const uint8_t *forward_to(const struct forward *f,
					const uint8_t *frame, size_t len)
{
	const struct ether_header *eth = (const void *)frame;
	const void *head = frame + ETH_HLEN;
	const struct ip6_hdr *ip6 = head;
	const struct iphdr *ip = head;

	if (len < ETH_HLEN + sizeof(*ip) ||
	    memcmp(eth->ether_dhost, f->in_mac, ETH_ALEN))
		return NULL;
	if (eth->ether_type == htons(ETH_P_IP))
		return ip->ttl > 1 ? (const uint8_t *)&ip->daddr : NULL;
	if (eth->ether_type != htons(ETH_P_IPV6) ||
	    len < ETH_HLEN + sizeof(*ip6) || ip6->ip6_hlim <= 1)
		return NULL;
	return ip6->ip6_dst.s6_addr;
}

static inline void forward_change(const struct forward *f, uint8_t *frame)
{
	struct ether_header *eth = (void *)frame;
	void *head = frame + ETH_HLEN;
	struct ip6_hdr *ip6 = head;
	struct iphdr *ip = head;
	uint32_t sum;

	if (eth->ether_type == htons(ETH_P_IP)) {
		sum = ip->check + (uint32_t)htons(0x0100);
		ip->check = (uint16_t)(sum + (sum >= 0xffff));
		ip->ttl--;
	} else {
		ip6->ip6_hlim--;
	}
	memcpy(eth->ether_dhost, f->dst, ETH_ALEN);
	memcpy(eth->ether_shost, f->out_mac, ETH_ALEN);
}

/* Those of a family that have no route are not to be forwarded either. */
static inline void forward_routes(const struct forward *f,
				  const uint8_t **to, unsigned int n)
{
	const uint8_t *addr[BATCH];
	uint32_t value[BATCH];
	unsigned int at[BATCH], m = 0;

	for (unsigned int i = 0; i < n; i++)
		if (to[i]) {
			at[m] = i;
			addr[m++] = to[i];
		}
	if (f->table.stride == LPM_STRIDE4)
		lpm_lookup4(&f->table, addr, value, m);
	else
		lpm_lookup6(&f->table, addr, value, m);
	for (unsigned int i = 0; i < m; i++)
		if (value[i] == LPM_NONE)
			to[at[i]] = NULL;
}

/**
 * forward_burst - change frames that are to be forwarded
 * @f: from where to where
 * @frame: the frames
 * @len: of each
 * @n: how many, BATCH at most
 * @to: set to NULL for each that is none to forward; they are as they were
 *
 * A table is of one family, and so is all that is sent then.
 */
static inline void forward_burst(const struct forward *f,
				 uint8_t *const *frame, const uint32_t *len,
				 unsigned int n, const uint8_t **to)
{
	for (unsigned int i = 0; i < n; i++)
		__builtin_prefetch(frame[i]);
	for (unsigned int i = 0; i < n; i++)
		to[i] = forward_to(f, frame[i], len[i]);
	if (f->table.element)
		forward_routes(f, to, n);
	for (unsigned int i = 0; i < n; i++)
		if (to[i])
			forward_change(f, frame[i]);
}

#endif /* BENCH_FORWARD_H */
