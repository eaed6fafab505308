// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "ip": forward IPv4 and IPv6 by the forwarding table
 *
 * What is for the container itself, or needs more than forwarding, is punted
 * to its own stack: ARP, neighbour discovery, multicast, IP options, its own
 * addresses, fragmentation, packets to be answered by ICMP, and what leaves by a NIC
 * that the router does not have.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>

#include "ip.h"
#include "stage.h"
#include "worker.h"

/* Where the destination is in a header. */
#define DST4	16
#define DST6	24

static uint32_t word(const void *p, unsigned int i)
{
	uint32_t w;

	memcpy(&w, (const uint8_t *)p + i * sizeof(w), sizeof(w));
	return w;
}

/* By 32 bits at a time; the ones' complement sum does not mind. */
static bool ipv4_sum_ok(const struct iphdr *ip)
{
	uint64_t sum = (uint64_t)word(ip, 0) + word(ip, 1) + word(ip, 2) +
		       word(ip, 3) + word(ip, 4);

	for (unsigned int i = 5; i < ip->ihl; i++)
		sum += word(ip, i);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16)) == 0xffff;
}

static bool same_mac(const uint8_t *a, const uint8_t *b)
{
	uint32_t a4, b4;
	uint16_t a2, b2;

	memcpy(&a4, a, 4);
	memcpy(&b4, b, 4);
	memcpy(&a2, a + 4, 2);
	memcpy(&b2, b + 4, 2);
	return a4 == b4 && a2 == b2;
}

/* RFC 1141: one less in the upper byte of a 16 bit word. */
static void ipv4_age(struct iphdr *ip)
{
	uint32_t sum = ip->check + (uint32_t)htons(0x0100);

	ip->check = (uint16_t)(sum + (sum >= 0xffff));
	ip->ttl--;
}

/**
 * ipv4_check - may this be forwarded?
 * @frame: the frame from its Ethernet header
 * @len: its length
 *
 * Return: VERDICT_FORWARD4, VERDICT_PUNT or the reason to drop it.
 */
int ipv4_check(const uint8_t *frame, uint32_t len)
{
	const struct iphdr *ip = (const void *)(frame + ETH_HLEN);
	uint32_t dst, src;

	if (len < ETH_HLEN + sizeof(*ip))
		return COUNT_TRUNCATED;
	if (ip->version != 4 || ip->ihl < 5)
		return COUNT_BAD_VERSION;
	if (len < ETH_HLEN + ip->ihl * 4u)
		return COUNT_TRUNCATED;
	if (ntohs(ip->tot_len) < ip->ihl * 4u ||
	    ntohs(ip->tot_len) > len - ETH_HLEN)
		return COUNT_BAD_LENGTH;
	if (!ipv4_sum_ok(ip))
		return COUNT_BAD_CHECKSUM;
	dst = ntohl(ip->daddr);
	src = ntohl(ip->saddr);
	if (src >> 28 == 0xe || src >> 24 == 127 || src == 0xffffffff ||
	    dst >> 24 == 127 || dst >> 24 == 0)
		return COUNT_BAD_ADDRESS;
	if (dst >> 28 >= 0xe || ip->ihl > 5)
		return VERDICT_PUNT;
	/* A host that has no address yet speaks to this network only. */
	return src >> 24 ? VERDICT_FORWARD4 : COUNT_BAD_ADDRESS;
}

/**
 * ipv6_check - may this be forwarded?
 * @frame: the frame from its Ethernet header
 * @len: its length
 * @gso: it is larger than its length field can say, perhaps
 *
 * Return: VERDICT_FORWARD6, VERDICT_PUNT or the reason to drop it.
 */
int ipv6_check(const uint8_t *frame, uint32_t len, bool gso)
{
	const struct ip6_hdr *ip = (const void *)(frame + ETH_HLEN);
	const uint8_t *dst = ip->ip6_dst.s6_addr, *src = ip->ip6_src.s6_addr;
	uint32_t payload;

	if (len < ETH_HLEN + sizeof(*ip))
		return COUNT_TRUNCATED;
	if (ip->ip6_vfc >> 4 != 6)
		return COUNT_BAD_VERSION;
	payload = ntohs(ip->ip6_plen);
	if (payload > len - ETH_HLEN - sizeof(*ip) || (!payload && gso))
		return COUNT_BAD_LENGTH;
	if (src[0] == 0xff || IN6_IS_ADDR_LOOPBACK(&ip->ip6_src) ||
	    IN6_IS_ADDR_LOOPBACK(&ip->ip6_dst) ||
	    IN6_IS_ADDR_UNSPECIFIED(&ip->ip6_dst))
		return COUNT_BAD_ADDRESS;
	if (dst[0] == 0xff || IN6_IS_ADDR_LINKLOCAL(&ip->ip6_dst) ||
	    IN6_IS_ADDR_LINKLOCAL(&ip->ip6_src) ||
	    ip->ip6_nxt == IPPROTO_HOPOPTS)
		return VERDICT_PUNT;
	/* A host that has no address yet speaks to this network only. */
	return IN6_IS_ADDR_UNSPECIFIED(&ip->ip6_src) ? COUNT_BAD_ADDRESS :
						       VERDICT_FORWARD6;
}

/* May it be sent in fragments, which is the stack's to do? */
static bool may_fragment(const uint8_t *ip, uint8_t family)
{
	return family == 4 && !(ip[6] & 0x40);
}

/*
 * Of a flow's packets all the same: addresses, and ports where they are.  Each
 * router has a seed of its own: the next one is not to choose as this one did.
 */
static uint16_t flow_hash(uint32_t seed, const uint8_t *ip, uint8_t family,
			  uint32_t len)
{
	unsigned int words = family == 4 ? 2 : 8, at = family == 4 ? 3 : 2;
	uint8_t proto = ip[family == 4 ? 9 : 6];
	uint32_t ports = at + words, h = seed ^ proto;
	bool whole = family == 6 || !((ip[6] & 0x3f) | ip[7]);

	for (unsigned int i = at; i < at + words; i++)
		h = (h ^ word(ip, i)) * 0x9e3779b1u;
	if (whole && (proto == IPPROTO_TCP || proto == IPPROTO_UDP) &&
	    len >= (ports + 1) * sizeof(h))
		h = (h ^ word(ip, ports)) * 0x9e3779b1u;
	h = (h ^ h >> 15) * (seed | 1);
	return (uint16_t)(h >> 16);
}

/* Length of the IP packet, without padding. */
static uint32_t packet_len(const uint8_t *ip, uint8_t family)
{
	if (family == 4)
		return ntohs(((const struct iphdr *)ip)->tot_len);
	return ntohs(((const struct ip6_hdr *)ip)->ip6_plen) +
	       (uint32_t)sizeof(struct ip6_hdr);
}

/* Of a GSO frame its segments; how long its headers are vnet does not say. */
static uint32_t longest_packet(const uint8_t *ip, uint8_t family,
			       const struct virtio_net_hdr *vnet)
{
	uint32_t len = packet_len(ip, family), head = family == 4 ? 20 : 40;
	uint8_t proto = ip[family == 4 ? 9 : 6];

	if (!vnet->gso_type)
		return len;
	if (proto == IPPROTO_TCP && len >= head + 20)
		head += (ip[head + 12] >> 4) * 4u;
	else if (proto == IPPROTO_UDP)
		head += 8;
	return head + le16toh(vnet->gso_size);
}

/*
 * To the next hop, if its MAC address is known.  This and route() are made
 * twice, each knowing its family.
 */
static inline __attribute__((always_inline)) void
to_hop(struct worker *w, unsigned int in, const struct hop *hop,
       uint8_t family, const uint8_t *dst, struct europa_slot *slot,
       uint8_t *frame)
{
	const uint8_t *next = hop->family ? hop->addr : dst;
	struct ether_header *eth = (void *)frame;
	uint8_t of = hop->family ?: family;
	const struct neigh *n;

	n = neigh_lookup(w->neigh_now, of, hop->nic, next);
	if (!n) {
		worker_hold(w, in, hop->nic, of, next, slot);
		return;
	}
	if (n->state == NEIGH_FAILED) {
		worker_unanswered(w, in, hop->nic, of, next, slot);
		return;
	}
	memcpy(eth->ether_dhost, n->mac, 6);
	memcpy(eth->ether_shost, w->mac[hop->nic], 6);
	if (family == 4)
		ipv4_age((void *)(frame + ETH_HLEN));
	else
		((struct ip6_hdr *)(frame + ETH_HLEN))->ip6_hlim--;
	worker_send(w, hop->nic, slot);
}

static bool fits(const struct worker *w, const struct hop *hop, uint32_t len)
{
	return len <= w->r->nic[w->place[hop->nic]].mtu &&
	       (!hop->mtu || len <= hop->mtu);
}

/* A route that ends here. */
static void end(struct worker *w, unsigned int in, uint8_t kind,
		struct europa_slot *slot)
{
	switch (kind) {
	case HOP_DROP:
		worker_drop(w, in, slot, COUNT_BLACKHOLE);
		break;
	case HOP_REFUSE:
		worker_refuse(w, in, slot, COUNT_UNREACHABLE);
		break;
	default:
		worker_punt(w, in, slot);
	}
}

static inline __attribute__((always_inline)) void
route(struct worker *w, unsigned int in, uint8_t family,
      struct europa_slot *slot, uint8_t *frame, uint32_t value)
{
	const struct fib *fib = &w->tables->fib;
	const uint8_t *ip = frame + ETH_HLEN;
	const uint8_t *dst = ip + (family == 4 ? DST4 : DST6);
	uint8_t ttl = ip[family == 4 ? 8 : 7];
	const struct hop *hop;

	if (value == LPM_NONE) {
		worker_refuse(w, in, slot, COUNT_NO_ROUTE);
		return;
	}
	hop = &fib->hops.hop[value];
	if (hop->others)
		hop = hops_choose(hop, flow_hash(w->tables->seed, ip, family,
						 packet_len(ip, family)));
	if (hop->kind != HOP_FORWARD)
		end(w, in, hop->kind, slot);
	else if (ttl <= 1)
		worker_refuse(w, in, slot, COUNT_TTL);
	else if (w->place[hop->nic] < 0)
		worker_punt(w, in, slot);	/* it is the stack's for now */
	else if (fits(w, hop, longest_packet(ip, family, &slot->desc->vnet)))
		to_hop(w, in, hop, family, dst, slot, frame);
	else if (may_fragment(ip, family))
		worker_punt(w, in, slot);
	else
		worker_refuse(w, in, slot, COUNT_TOO_BIG);
}

/* What is to be done with a frame, so far: or it is dropped for a reason. */
static int check(const struct worker *w, unsigned int in,
		 const struct europa_slot *slot, const uint8_t *frame)
{
	const struct ether_header *eth = (const void *)frame;
	uint32_t len = slot->desc->len;

	/* A tagged frame is for a VLAN device of the container, if any. */
	if (eth->ether_dhost[0] & 1 || slot->desc->vlan_proto)
		return VERDICT_PUNT;
	if (!same_mac(eth->ether_dhost, w->mac[in]))
		return COUNT_NOT_FOR_US;
	switch (ntohs(eth->ether_type)) {
	case ETHERTYPE_IP:
		return ipv4_check(frame, len);
	case ETHERTYPE_IPV6:
		return ipv6_check(frame, len, slot->desc->vnet.gso_type);
	case ETHERTYPE_ARP:
		return VERDICT_PUNT;
	}
	return COUNT_UNKNOWN_PROTOCOL;
}

/* Destinations of one family, and what the table says of them, in turn. */
struct lookups {
	const uint8_t *dst[BURST];
	uint32_t value[BURST];
	unsigned int n;
	unsigned int used;
};

static void add_lookup(struct lookups *l, const uint8_t *dst)
{
	l->dst[l->n++] = dst;
}

static uint32_t next_value(struct lookups *l)
{
	return l->value[l->used++];
}

/* At most BURST frames: all are checked, all looked up, then all sent on. */
static void some(struct worker *w, unsigned int in, struct europa_slot *slot,
		 unsigned int n)
{
	const struct fib *fib = &w->tables->fib;
	struct lookups v4, v6;
	uint8_t *frame[BURST];
	int verdict[BURST];

	v4.n = v4.used = v6.n = v6.used = 0;
	for (unsigned int i = 0; i < n; i++) {
		frame[i] = europa_data(w->r, &slot[i]);
		__builtin_prefetch(frame[i]);
	}
	for (unsigned int i = 0; i < n; i++) {
		verdict[i] = check(w, in, &slot[i], frame[i]);
		if (verdict[i] == VERDICT_FORWARD4)
			add_lookup(&v4, frame[i] + ETH_HLEN + DST4);
		else if (verdict[i] == VERDICT_FORWARD6)
			add_lookup(&v6, frame[i] + ETH_HLEN + DST6);
	}
	lpm_lookup4(&fib->v4, v4.dst, v4.value, v4.n);
	lpm_lookup6(&fib->v6, v6.dst, v6.value, v6.n);
	for (unsigned int i = 0; i < n; i++) {
		if (verdict[i] == VERDICT_FORWARD4)
			route(w, in, 4, &slot[i], frame[i], next_value(&v4));
		else if (verdict[i] == VERDICT_FORWARD6)
			route(w, in, 6, &slot[i], frame[i], next_value(&v6));
		else if (verdict[i] == VERDICT_PUNT)
			worker_punt(w, in, &slot[i]);
		else
			worker_drop(w, in, &slot[i], (enum count)verdict[i]);
	}
}

static void ip_burst(struct europa_stage *s, unsigned int in,
		     struct europa_slot *slot, unsigned int n)
{
	for (; n > BURST; slot += BURST, n -= BURST)
		some(s->worker, in, slot, BURST);
	some(s->worker, in, slot, n);
}

const struct europa_stage_type ip_stage = {
	.version = EUROPA_STAGE_VERSION,
	.last	 = true,
	.burst	 = ip_burst,
};
