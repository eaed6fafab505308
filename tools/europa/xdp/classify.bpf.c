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

/* The place in targets of the NIC a frame is for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLASSIFY_NICS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct classify_key);
	__type(value, __u32);
} nics SEC(".maps");

/* The NICs themselves. One that moves or goes takes its entry with it. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, CLASSIFY_NICS);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

SEC("xdp")
int europa_classify(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct classify_key key = {};
	struct ethhdr *eth = data;
	struct vlan_hdr *tag = (void *)(eth + 1);
	__u32 *target = NULL;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS;
	__builtin_memcpy(key.mac, eth->h_dest, ETH_ALEN);
	if ((eth->h_proto == bpf_htons(ETH_P_8021Q) ||
	     eth->h_proto == bpf_htons(ETH_P_8021AD)) &&
	    (void *)(tag + 1) <= data_end) {
		key.vlan_proto = eth->h_proto;
		key.vlan_id = bpf_ntohs(tag->tci) & VLAN_ID_MASK;
		target = bpf_map_lookup_elem(&nics, &key);
		key.vlan_proto = 0;
		key.vlan_id = 0;
	}
	if (!target)
		target = bpf_map_lookup_elem(&nics, &key);
	if (!target)
		return XDP_PASS;
	return bpf_redirect_map(&targets, *target, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
