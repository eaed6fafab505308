// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ready classifier: on a lower netdev, redirects each frame to the virtual
 * NIC it belongs to, by MAC address or MAC address and VLAN; what is nobody's
 * goes on to the stack as ever
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

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

SEC("xdp")
int europa_classify(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct ethhdr *eth = data;
	struct vlan_hdr *tag = (void *)(eth + 1);
	__u32 kind, place = CLASSIFY_PLACES;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS;
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
