// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ready classifier: on a lower netdev, redirects each frame to the virtual
 * NIC it belongs to, by a rule if there are any, else by MAC address or MAC
 * address and VLAN; what is nobody's goes on to the stack as ever
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "classify.h"

#define VLAN_ID_MASK	0x0fff

struct vlan_hdr {
	__be16 tci;
	__be16 proto;
};

/* Whose frames go where. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLASSIFY_PLACES);
	__type(key, __u32);
	__type(value, __u64);
} nics SEC(".maps");

/* The NICs themselves. One that moves or goes takes its entry with it. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, CLASSIFY_PLACES);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

/* The place of a key, or CLASSIFY_PLACES. */
static __always_inline __u32 find(__u64 key)
{
	for (__u32 i = 0; i < CLASSIFY_PROBES; i++) {
		__u32 place = classify_place(key, i);
		__u64 *there = bpf_map_lookup_elem(&nics, &place);

		if (!there || *there == CLASSIFY_FREE)
			break;
		if (*there == key)
			return place;
	}
	return CLASSIFY_PLACES;
}

static __always_inline __u32 tag_kind(__be16 proto)
{
	if (proto == bpf_htons(ETH_P_8021Q))
		return CLASSIFY_8021Q;
	return proto == bpf_htons(ETH_P_8021AD) ? CLASSIFY_8021AD :
						  CLASSIFY_ANY;
}

/* --- rules ---------------------------------------------------------------- */

/* A bit for each field that there are rules of. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} fields SEC(".maps");

/* All but prefixes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLASSIFY_RULES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, CLASSIFY_RULES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct classify_prefix);
	__type(value, __u32);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, CLASSIFY_RULE_PLACES);
	__type(key, __u32);
	__type(value, __u32);
} rule_targets SEC(".maps");

#define NO_RULE		CLASSIFY_RULE_PLACES

/* What has been looked at of a frame, and what is next. */
struct heads {
	__u32 fields;			/* those that matter */
	__be16 proto;
	void *next;
	void *end;
};

static __always_inline bool matters(const struct heads *h,
				    enum classify_field field)
{
	return h->fields & 1U << field;
}

static __always_inline __u32 by_rule(const struct heads *h,
				     enum classify_field field, __u64 value)
{
	__u64 key = classify_rule(field, value);
	__u32 *target;

	if (!matters(h, field))
		return NO_RULE;
	target = bpf_map_lookup_elem(&rules, &key);
	return target ? *target : NO_RULE;
}

static __always_inline __u32 by_prefix(const struct classify_prefix *addr)
{
	__u32 *target = bpf_map_lookup_elem(&prefixes, addr);

	return target ? *target : NO_RULE;
}

static __always_inline __u32 by_udp(const struct heads *h)
{
	struct udphdr *udp = h->next;
	__be32 *vxlan = (void *)(udp + 1);
	__u32 target = NO_RULE;

	if ((void *)(udp + 1) > h->end)
		return NO_RULE;
	if (udp->dest == bpf_htons(CLASSIFY_VXLAN_PORT) &&
	    (void *)(vxlan + 2) <= h->end &&
	    vxlan[0] & bpf_htonl(1U << 27))
		target = by_rule(h, CLASSIFY_VXLAN, bpf_ntohl(vxlan[1]) >> 8);
	return target == NO_RULE ?
	       by_rule(h, CLASSIFY_UDP, bpf_ntohs(udp->dest)) : target;
}

static __always_inline __u32 by_gre(const struct heads *h)
{
	__be16 *gre = h->next;
	__be32 *key = (void *)(gre + 2);

	/* With a key, without routing, of version 0. */
	if ((void *)(gre + 2) > h->end ||
	    (gre[0] & bpf_htons(0x6007)) != bpf_htons(0x2000))
		return NO_RULE;
	if (gre[0] & bpf_htons(0x8000))		/* a checksum comes first */
		key++;
	if ((void *)(key + 1) > h->end)
		return NO_RULE;
	return by_rule(h, CLASSIFY_GRE, bpf_ntohl(*key));
}

static __always_inline __u32 by_payload(const struct heads *h, __u8 proto)
{
	if (proto == IPPROTO_UDP)
		return by_udp(h);
	return proto == IPPROTO_GRE ? by_gre(h) : NO_RULE;
}

/* What is in the first fragment goes for none of the others. */
static __always_inline __u32 by_ipv4(struct heads *h)
{
	struct classify_prefix dst = { .len = CLASSIFY_FAMILY_BITS + 32,
				       .data = { 4 } };
	struct iphdr *ip = h->next;
	__u32 target = NO_RULE;

	if ((void *)(ip + 1) > h->end || ip->ihl < 5)
		return NO_RULE;
	h->next = (void *)ip + ip->ihl * 4;
	if (!(ip->frag_off & bpf_htons(0x3fff)))
		target = by_payload(h, ip->protocol);
	if (target != NO_RULE || !matters(h, CLASSIFY_IP))
		return target;
	__builtin_memcpy(&dst.data[1], &ip->daddr, 4);
	return by_prefix(&dst);
}

static __always_inline __u32 by_ipv6(struct heads *h)
{
	struct classify_prefix dst = { .len = CLASSIFY_FAMILY_BITS + 128,
				       .data = { 6 } };
	struct ipv6hdr *ip = h->next;
	__u32 target;

	if ((void *)(ip + 1) > h->end)
		return NO_RULE;
	h->next = ip + 1;
	target = by_payload(h, ip->nexthdr);
	if (target != NO_RULE || !matters(h, CLASSIFY_IP))
		return target;
	__builtin_memcpy(&dst.data[1], &ip->daddr, 16);
	return by_prefix(&dst);
}

/* Past a tag, if this is one of the kind. */
static __always_inline bool next_tag(struct heads *h, __u32 kind,
				     __u32 *vlan_id)
{
	struct vlan_hdr *tag = h->next;

	if (tag_kind(h->proto) != kind || (void *)(tag + 1) > h->end)
		return false;
	*vlan_id = bpf_ntohs(tag->tci) & VLAN_ID_MASK;
	h->proto = tag->proto;
	h->next = tag + 1;
	return true;
}

static __always_inline __u64 mac_value(const __u8 *mac)
{
	__u64 value = 0;

	for (int i = 0; i < ETH_ALEN; i++)
		value = value << 8 | mac[i];
	return value;
}

/* Without a tag by what is in it, with one by VLAN. */
static __always_inline __u32 by_protocol(struct heads *h)
{
	__u32 outer, inner;

	if (h->proto == bpf_htons(ETH_P_IP))
		return by_ipv4(h);
	if (h->proto == bpf_htons(ETH_P_IPV6))
		return by_ipv6(h);
	if (next_tag(h, CLASSIFY_8021Q, &outer))
		return by_rule(h, CLASSIFY_VLAN, outer);
	if (next_tag(h, CLASSIFY_8021AD, &outer) &&
	    next_tag(h, CLASSIFY_8021Q, &inner))
		return by_rule(h, CLASSIFY_QINQ, outer << 12 | inner);
	return NO_RULE;
}

static __always_inline __u32 by_ether(struct heads *h, struct ethhdr *eth)
{
	__u32 target;

	h->proto = eth->h_proto;
	h->next = eth + 1;
	target = by_protocol(h);
	return target == NO_RULE ?
	       by_rule(h, CLASSIFY_MAC, mac_value(eth->h_dest)) : target;
}

/* Most lower netdevs have none. */
static __always_inline __u32 find_rule(struct ethhdr *eth, void *end)
{
	struct heads h = { .end = end };
	__u32 zero = 0, *used = bpf_map_lookup_elem(&fields, &zero);

	if (!used || !*used)
		return NO_RULE;
	h.fields = *used;
	return by_ether(&h, eth);
}

/* --- virtual NICs ---------------------------------------------------------- */

SEC("xdp")
int europa_classify(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct ethhdr *eth = data;
	struct vlan_hdr *tag = (void *)(eth + 1);
	__u32 kind, rule, place = CLASSIFY_PLACES;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS;
	rule = find_rule(eth, data_end);
	if (rule != NO_RULE)
		return bpf_redirect_map(&rule_targets, rule, XDP_PASS);
	kind = tag_kind(eth->h_proto);
	if (kind != CLASSIFY_ANY && (void *)(tag + 1) <= data_end)
		place = find(classify_key(eth->h_dest, kind,
					  bpf_ntohs(tag->tci) & VLAN_ID_MASK));
	if (place == CLASSIFY_PLACES)
		place = find(classify_key(eth->h_dest, CLASSIFY_ANY, 0));
	if (place == CLASSIFY_PLACES)
		return XDP_PASS;
	return bpf_redirect_map(&targets, place, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
